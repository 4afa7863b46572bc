"""Tables and columns that a statement takes data from are read from its text."""

from __future__ import annotations

import pytest

from schema_tools.history.lost_objects import Lost, Reach, lost_objects
from schema_tools.history.statements import split


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("DROP TABLE users", [Lost("USERS")]),
        ("DROP TABLE IF EXISTS a, app.b CASCADE", [Lost("A"), Lost("APP.B")]),
        ('DROP TABLE "My Table", "s""x"."t"', [Lost('"My Table"'), Lost('"s""x"."t"')]),
        ("DROP FOREIGN TABLE f", [Lost("F")]),
        ("DROP MATERIALIZED VIEW IF EXISTS m RESTRICT", [Lost("M")]),
        (
            "DROP SCHEMA IF EXISTS app, other CASCADE",
            [Lost("APP", "", True), Lost("OTHER", "", True)],
        ),
        ("TRUNCATE a, b RESTART IDENTITY", [Lost("A"), Lost("B")]),
        (
            "TRUNCATE TABLE ONLY a *, b CASCADE",
            [Lost("A", reach=Reach.ALL), Lost("B", reach=Reach.ALL)],
        ),
        (
            "DELETE FROM ONLY a USING b WHERE true",
            [Lost("A", reach=Reach.ON_DELETE_CASCADE)],
        ),
        ("UPDATE app.a SET b = 1", [Lost("APP.A")]),
        ("ALTER TABLE a DROP b", [Lost("A", "b")]),
        (
            'ALTER TABLE IF EXISTS ONLY s.a DROP COLUMN IF EXISTS "B c" CASCADE',
            [Lost("S.A", "B c")],
        ),
        (
            "ALTER TABLE a ADD COLUMN x numeric(1, 2), DROP COLUMN y, DROP CONSTRAINT z, "
            "ALTER w DROP DEFAULT, ALTER COLUMN v SET DATA TYPE int USING v::int, DROP u",
            [Lost("A", "y"), Lost("A", "v"), Lost("A", "u")],
        ),
        ("ALTER TABLE a RENAME TO b", []),
        ("DO $$ BEGIN DELETE FROM a; END $$", []),
        ("DROP OWNED BY me", []),
    ],
)
def test_what_is_lost(text: str, lost: list[Lost]) -> None:
    (statement,) = split(text)
    assert list(lost_objects(statement)) == lost
