"""A hot standby is read and validated like any database, and nothing is written to it."""

from __future__ import annotations

import pytest
from django.db import connections

from schema_tools.errors import SchemaChanging
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.session import open_connection
from tests.standby import caught_up, standby_of
from tests.validate.sample import validated

pytestmark = pytest.mark.db

SCHEMAS = ("public",)


@pytest.fixture
def standby(server, sample, binaries):
    """A standby of the test server, made while the sample's database is there."""
    with standby_of(server.params, binaries) as params:
        caught_up(server.params, params)
        yield params


def schema_at(params, database):
    with open_connection({**params, "dbname": database.name}, what="it") as connection:
        return read_schema(connection, SCHEMAS)


def test_a_standby_reads_and_validates_as_its_primary_does(
    server, sample, standby, alias: str
) -> None:
    assert schema_at(standby, sample) == schema_at(server.params, sample)
    connections.databases[alias]["HOST"] = standby["host"]
    connections.databases[alias]["PORT"] = str(standby["port"])
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        assert cursor.fetchone() == (True,)
    expected = {each["code"] for each in validated(alias)["findings"]}
    sample.execute("ALTER TABLE users ADD COLUMN by_hand int")
    caught_up(server.params, standby)
    assert schema_at(standby, sample) == schema_at(server.params, sample)
    report = validated(alias)
    assert {each["code"] for each in report["findings"]} == expected | {"column.extra"}
    assert report["migrations"]["pending"] == []


def test_a_standby_whose_primary_is_busy_gives_right_answers(server, sample, standby) -> None:
    """Changes that are replayed while a query runs cancel it, or change what it would print."""
    before = schema_at(server.params, sample)
    sample.execute("ALTER TABLE users RENAME TO people")
    after = schema_at(server.params, sample)
    assert before != after
    answers = []
    for _ in range(8):
        sample.execute("ALTER TABLE people RENAME TO users")
        sample.execute("ALTER TABLE users RENAME TO people")
        try:
            answers.append(schema_at(standby, sample))
        except SchemaChanging:
            continue
    assert answers
    assert all(each in (before, after) for each in answers)
