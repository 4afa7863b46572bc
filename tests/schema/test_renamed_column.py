"""A column that was renamed where nothing says so: one column too many, one too few."""

from __future__ import annotations

import pytest

from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.comparison.disagreement import EXTRA, MISSING
from schema_tools.schema.comparison.remedies import draft_for
from schema_tools.schema.objects import column_key

pytestmark = pytest.mark.db

MODELS = """CREATE TABLE t (a integer, b text NOT NULL);
CREATE INDEX i ON t (b); ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b)"""
BY_HAND = "ALTER TABLE t RENAME b TO c"


@pytest.mark.parametrize("order", [(MISSING, EXTRA), (EXTRA, MISSING)])
def test_each_remedy_runs_and_both_lead_to_the_models(database, order) -> None:
    names = {MISSING: "b", EXTRA: "c"}
    with database.connect() as connection:
        connection.execute(MODELS.encode())
        models = read_schema(connection, ("public",))
        connection.execute(BY_HAND.encode())
        for aspect in order:
            live = read_schema(connection, ("public",))
            key = column_key("public", "t", names[aspect])
            for statement in draft_for(live, models, key, aspect).statements:
                connection.execute(statement.encode())
        assert read_schema(connection, ("public",)).objects == models.objects
