"""The SQL drafted between two schemas turns the one into the other, and back.

A case is a file of the folder `changes`: a schema, a line `-- after`, and another schema. Lines
before the first statement may say more: `-- one way` (there is no way back), `-- roles: a, b`
(which must be there), `-- from version: 17` (of the server), `-- collation provider: icu` (which
not every server is built with).
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from schema_tools.conf import Settings
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.scratch import open_scratch
from schema_tools.reports.difference import sql as as_script
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.script import drafts, script
from schema_tools.schema.drafting.stages import Stage
from schema_tools.schema.objects import Schema
from schema_tools.services.draft_text import body_of

CASES = sorted((Path(__file__).parent / "changes").glob("*.sql"))
SCHEMAS = ("public", "app")
pytestmark = pytest.mark.db


@pytest.fixture
def pair(alias: str):
    """Two empty databases, open."""
    with open_scratch(alias, Settings()) as scratch:
        first, second = scratch.create().connect(), scratch.create().connect()
        with first, second:
            yield first, second


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_draft_turns_one_into_the_other(case: Path, pair) -> None:
    text = case.read_text(encoding="utf-8")
    before, _marker, after = text.partition("-- after\n")
    prepare(text, pair[0])
    for connection, part in zip(pair, (before, after), strict=True):
        connection.execute(part.encode())
    left, right = pair
    old, new = read_schema(left, SCHEMAS), read_schema(right, SCHEMAS)
    assert old.fingerprint() != new.fingerprint()
    assert bring(left, old, new).fingerprint() == new.fingerprint()
    if not before.startswith("-- one way"):
        assert diff(bring(left, read_schema(left, SCHEMAS), old), old) == ()


def prepare(text: str, connection) -> None:
    """Make the roles that a case names; skip it on a server that cannot have it."""
    words = r"^-- (roles|from version|collation provider): (.*)$"
    said = dict(re.findall(words, text, re.MULTILINE))
    if connection.info.server_version < int(said.get("from version", "0")) * 10000:
        pytest.skip(f"needs PostgreSQL {said['from version']}")
    if provider := said.get("collation provider"):
        # Every server lists "unicode", also one that cannot use it.
        listed = "SELECT FROM pg_collation WHERE collprovider = left(%s, 1) AND collname <> %s"
        if not connection.execute(listed, [provider, "unicode"]).rowcount:
            pytest.skip(f"this PostgreSQL is built without the collation provider {provider}")
    for role in filter(None, said.get("roles", "").split(", ")):
        with contextlib.suppress(psycopg.errors.DuplicateObject):
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))


def bring(connection, before: Schema, after: Schema) -> Schema:
    """Run the draft from one schema to the other; return what is there then."""
    draft = script(list(diff(before, after)), before, after)
    for statement in draft.statements:
        connection.execute(statement.encode())
    found = read_schema(connection, SCHEMAS)
    assert diff(found, after) == (), draft.statements
    return found


def test_what_cannot_be_undone_says_so(pair) -> None:
    connection, other = pair
    domain = "CREATE DOMAIN feeling AS mood"
    connection.execute(f"CREATE TYPE mood AS ENUM ('a', 'b'); {domain}; CREATE TABLE t (i int) ")
    parted = "CREATE TABLE t (i int) PARTITION BY LIST (i)"
    other.execute(f"CREATE TYPE mood AS ENUM ('b'); {domain}; {parted}")
    old, new = read_schema(connection, SCHEMAS), read_schema(other, SCHEMAS)
    draft = script(list(diff(old, new)), old, new)
    assert draft.statements == ()
    assert not draft.safe
    assert "make a new type" in draft.caution
    assert "domain public.feeling" in draft.caution
    assert "make a new table" in draft.caution


def test_a_partition_key_keeps_its_type(pair) -> None:
    for connection, kind in zip(pair, ("int", "bigint"), strict=True):
        connection.execute(f'CREATE TABLE t ("On" {kind}, n {kind}) PARTITION BY RANGE ("On")')
    old, new = (read_schema(connection, SCHEMAS) for connection in pair)
    draft = script(list(diff(old, new)), old, new)
    assert draft.statements == ("ALTER TABLE t ALTER COLUMN n TYPE bigint",)
    assert not draft.safe
    assert "t is partitioned by On, whose type has to stay" in draft.caution


def test_what_loses_data_says_so(pair) -> None:
    connection, other = pair
    connection.execute("CREATE TABLE t (i int, gone int); CREATE TABLE u ()")
    other.execute("CREATE TABLE t (i int)")
    old, new = read_schema(connection, SCHEMAS), read_schema(other, SCHEMAS)
    draft = script(list(diff(old, new)), old, new)
    assert not draft.safe
    assert "All rows of u are lost" in draft.caution
    assert "The values of gone are lost" in draft.caution


def test_what_rows_can_refuse_says_so(pair) -> None:
    connection, other = pair
    connection.execute("CREATE TABLE t (i int, s varchar(9), n int)")
    other.execute("CREATE TABLE t (i int NOT NULL, s varchar(5) NOT NULL, n int)")
    old, new = read_schema(connection, SCHEMAS), read_schema(other, SCHEMAS)
    draft = script(list(diff(old, new)), old, new)
    refused = "All rows are read under a lock, and it is refused where one has no {}."
    assert refused.format("i") in draft.caution
    assert f"{refused.format('s')} The type of s changes" in draft.caution
    back = script(list(diff(new, old)), new, old)
    assert "refused where" not in back.caution


def test_a_caution_stands_above_the_statement_that_it_speaks_of(pair) -> None:
    connection, other = pair
    parent = "CREATE TABLE p (i int) PARTITION BY LIST (i); CREATE TABLE p1 (i int)"
    connection.execute(f"{parent}; CREATE TABLE p2 (i int)")
    attached = "ALTER TABLE p ATTACH PARTITION {} FOR VALUES IN ({})"
    other.execute(f"{parent} WITH (fillfactor = 50); CREATE UNLOGGED TABLE p2 (i int)")
    other.execute(f"{attached.format('p1', 1)}; {attached.format('p2', 2)}")
    other.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    old, new = read_schema(connection, SCHEMAS), read_schema(other, SCHEMAS)
    parts = drafts(diff(old, new), old, new)
    checked = "-- All rows of {} are checked under a lock when it gets its parent.\nALTER TABLE"
    for text in (body_of(Stage(parts, ())).up, as_script(parts, "", ())):
        for name in ("p1", "p2"):
            assert f"{checked.format(name)} public.p ATTACH PARTITION {name} " in text
        assert "-- p2 is rewritten under a lock.\nALTER TABLE p2 SET UNLOGGED;" in text
        assert text.count("\n-- All rows") == 2
    assert "All rows of p2" in script(list(diff(old, new)), old, new).caution
