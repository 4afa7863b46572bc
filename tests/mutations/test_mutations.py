"""Single edits by hand over all kinds of objects: each is found, named, judged, and can be healed.

The folder `edits` holds them. A line `-- code object` says what has to be found, no more and no
fewer; the SQL after it is the edit. A line `-- by hand` says that no draft leads back,
`-- not adopted` that no migration can make what the edit made. Each edit is
made in a transaction: the drafted way back must leave no difference, and the drafted migration,
run on the schema as it was, must lead to what the edit made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from schema_tools.findings import Severity
from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.comparison.compare import compare
from schema_tools.schema.comparison.disagreement import (
    Comparison,
    Disagreement,
)
from schema_tools.schema.comparison.remedies import sql_remedies
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.script import script
from schema_tools.schema.objects import Schema

HERE = Path(__file__).parent
SCHEMAS = ("public", "app")
ROLES = ("reader", "writer", "clerk")
pytestmark = pytest.mark.db


@dataclass(frozen=True)
class Edit:
    """An edit by hand, and what must be found of it."""

    name: str
    sql: str
    expected: frozenset[tuple[str, str]] = frozenset()
    by_hand: bool = False
    adopted: bool = True
    min_version: int = 0


def edits(path: Path) -> Iterator[Edit]:
    text = path.read_text(encoding="utf-8")
    for number, match in enumerate(re.finditer(r"((?:^-- .*\n)+)((?:^(?!-- ).*\n)*)", text, re.M)):
        said = [line[3:] for line in match[1].splitlines()]
        version = [line.removeprefix("from version ") for line in said if "from version" in line]
        expected = [line.partition(" ") for line in said if "." in line.partition(" ")[0]]
        yield Edit(
            name=f"{path.stem}-{number:02}-{said[0]}",
            sql=match[2],
            expected=frozenset((code, name) for code, _blank, name in expected),
            by_hand="by hand" in said,
            adopted="not adopted" not in said,
            min_version=int(version[0]) * 10000 if version else 0,
        )


EDITS = [each for path in sorted((HERE / "edits").glob("*.sql")) for each in edits(path)]
HARMLESS = list(edits(HERE / "harmless.sql"))


@pytest.fixture(scope="module")
def shop(server) -> Iterator[psycopg.Connection]:
    """A database with the rich schema, and a connection that nothing was done on."""
    for role in (*ROLES, "super SUPERUSER"):
        server.execute(
            f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN END $$"
        )
    server.execute("DROP DATABASE IF EXISTS mutations WITH (FORCE)")
    server.execute("CREATE DATABASE mutations")
    with psycopg.connect(**server.params, dbname="mutations", autocommit=True) as connection:
        connection.execute((HERE / "schema.sql").read_bytes())
        yield connection
    server.execute("DROP DATABASE mutations WITH (FORCE)")


@pytest.fixture(scope="module")
def as_made(shop) -> Schema:
    return read(shop)


def read(connection: psycopg.Connection) -> Schema:
    return read_schema(connection, SCHEMAS, runners=(connection.info.user,))


@contextmanager
def undone(connection: psycopg.Connection) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        yield


def judged(as_made: Schema, live: Schema) -> Comparison:
    return compare(Sources(applied=as_made, files=as_made, live=live))


def found(comparison: Comparison) -> frozenset[tuple[str, str]]:
    return frozenset(
        (each.code, str(each.key).removeprefix(each.key.kind.replace("_", " ") + " "))
        for each in comparison.disagreements
    )


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_edit_is_found_and_undone(edit: Edit, shop, as_made) -> None:
    skip_where_too_old(edit, shop)
    with undone(shop):
        shop.execute(edit.sql.encode())
        comparison = judged(as_made, read(shop))
        assert found(comparison) == edit.expected
        for each in comparison.disagreements:
            assert each.verdict is Verdict.DATABASE_DRIFTED
        if not edit.by_hand:
            undo(shop, comparison)
            assert found(judged(as_made, read(shop))) == frozenset()


@pytest.mark.parametrize(
    "edit",
    [each for each in EDITS if each.adopted and not each.by_hand],
    ids=lambda edit: edit.name,
)
def test_edit_is_adopted(edit: Edit, shop, as_made) -> None:
    skip_where_too_old(edit, shop)
    with undone(shop):
        shop.execute(edit.sql.encode())
        live = read(shop)
    with undone(shop):
        adopt(shop, judged(as_made, live), live)
        assert diff(read(shop), live) == ()


def skip_where_too_old(edit: Edit, connection: psycopg.Connection) -> None:
    if connection.info.server_version < edit.min_version:
        pytest.skip(f"this edit needs PostgreSQL {edit.min_version // 10000}")


def undo(connection: psycopg.Connection, comparison: Comparison) -> None:
    """Run the remedies in the database, each as it stands.

    Where one builds on another, as a table on its server, it is run after that.
    """
    left = [text for each in comparison.disagreements for text in remedies(each, "undo")]
    if len(left) == 1:
        connection.execute(left.pop().encode())
    while left:
        refused = [text for text in left if not runs(connection, text)]
        assert len(refused) < len(left), refused
        left = refused


def remedies(found: Disagreement, action: str) -> list[str]:
    texts = [each.text for each in sql_remedies(found) if each.action == action]
    assert len(texts) == 1, found
    return texts


def runs(connection: psycopg.Connection, text: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(text.encode())
    except psycopg.Error:
        return False
    return True


def adopt(connection: psycopg.Connection, comparison: Comparison, live: Schema) -> None:
    """Run the remedy in the files; several of them as the one script that they make together."""
    if len(comparison.disagreements) == 1:
        (text,) = remedies(comparison.disagreements[0], "adopt")
        connection.execute(text.encode())
        return
    before = read(connection)
    for statement in script(diff(before, live), before, live).statements:
        connection.execute(statement.encode())


@pytest.mark.parametrize("edit", HARMLESS, ids=lambda edit: edit.name)
def test_harmless_operation(edit: Edit, shop, as_made) -> None:
    """Nothing that changes no schema is reported as critical or as a warning."""
    with undone(shop):
        shop.execute(edit.sql.encode())
        loud = [
            each
            for each in judged(as_made, read(shop)).disagreements
            if each.severity > Severity.INFO
        ]
        assert loud == []


def test_there_are_enough_edits() -> None:
    assert len(EDITS) >= 200
    assert len(HARMLESS) >= 30
