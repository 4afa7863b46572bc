"""A SCRATCH database that none can be made beside: only with our mark, and empty each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from schema_tools.conf import Settings
from schema_tools.errors import ScratchUnavailable
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.marked import MARK
from schema_tools.postgres.scratch import open_scratch
from schema_tools.postgres.scratch_given import GivenDatabase

pytestmark = pytest.mark.db

ALL_SORTS = """
CREATE SCHEMA apart;
CREATE TABLE apart.t (id int PRIMARY KEY);
CREATE TABLE parted (id int) PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE VIEW v AS SELECT id FROM apart.t;
CREATE MATERIALIZED VIEW m AS SELECT id FROM v;
CREATE TYPE mood AS ENUM ('sad');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE SEQUENCE s;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE EXTENSION citext;
CREATE PUBLICATION p FOR TABLE parted;
CREATE CAST (int AS mood) WITH INOUT;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
"""
WHAT_IS_THERE = """
SELECT 'acl', nspname, nspacl::text, nspowner::regrole::text FROM pg_namespace
 WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
UNION ALL SELECT 'class', relname, '', '' FROM pg_class
 WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
UNION ALL SELECT 'type', typname, '', '' FROM pg_type
 WHERE typnamespace::regnamespace::text !~ '^(pg_|information_schema)'
UNION ALL SELECT 'proc', proname, '', '' FROM pg_proc
 WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
UNION ALL SELECT 'extension', extname, '', '' FROM pg_extension
UNION ALL SELECT 'publication', pubname, '', '' FROM pg_publication
UNION ALL SELECT 'cast', castsource::regtype::text, casttarget::regtype::text, '' FROM pg_cast
 WHERE oid >= 16384
UNION ALL SELECT 'default', defaclobjtype::text, defaclacl::text, '' FROM pg_default_acl
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Given:
    """A database and its owner, who may make no other."""

    name: str
    url: str
    settings: Settings


@pytest.fixture
def given(server: Any, database: Any) -> Iterator[Given]:
    """The test's database, in the hands of a role that can do nothing else."""
    server.execute("DROP ROLE IF EXISTS lodger")
    server.execute("CREATE ROLE lodger LOGIN")
    server.execute(f"ALTER DATABASE {database.name} OWNER TO lodger")
    url = database.url.replace("://postgres@", "://lodger@")
    yield Given(database.name, url, Settings(scratch=url, lock_wait=0))
    server.execute(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")
    server.execute("DROP ROLE lodger")


def mark(server: Any, given: Given) -> None:
    server.execute(f"COMMENT ON DATABASE {given.name} IS '{MARK}'")


def test_without_a_mark_it_is_refused_untouched(server, database, alias: str, given) -> None:
    database.execute("CREATE TABLE precious (i int)")
    with pytest.raises(ScratchUnavailable) as caught, open_scratch(alias, given.settings):
        pass
    assert "is not marked as one that may be emptied" in caught.value.message
    assert f"""COMMENT ON DATABASE "{given.name}" IS '{MARK}';""" in caught.value.hint
    assert database.execute("SELECT count(*) FROM precious") == [(0,)]


def test_the_advised_statement_is_all_it_takes(server, alias: str, given) -> None:
    with pytest.raises(ScratchUnavailable) as caught, open_scratch(alias, given.settings):
        pass
    server.execute(caught.value.hint.partition("mark it: ")[2])
    with open_scratch(alias, given.settings) as scratch, scratch.create().connect() as connection:
        assert connection.info.dbname == given.name


def test_it_is_as_new_before_each_use_and_at_the_end(server, database, alias: str, given) -> None:
    new = database.execute(WHAT_IS_THERE)
    mark(server, given)
    with open_scratch(alias, given.settings) as scratch:
        with scratch.create().connect() as connection:
            connection.execute(ALL_SORTS)
            full = connection.execute(WHAT_IS_THERE).fetchall()
            assert {row[0] for row in full} > {row[0] for row in new}
        with scratch.create().connect() as connection:
            assert connection.execute(WHAT_IS_THERE).fetchall() == new
            connection.execute(ALL_SORTS)
    assert database.execute(WHAT_IS_THERE) == new


def test_it_is_never_dropped(server, database, alias: str, given) -> None:
    mark(server, given)
    with open_scratch(alias, given.settings) as scratch:
        made = scratch.create()
        scratch.let_go(made)
        scratch.let_go()
        with made.connect() as connection:
            connection.execute("CREATE TABLE t (i int)")
    assert database.execute("SELECT to_regclass('t')") == [(None,)]


def test_a_copy_goes_on_with_what_is_there(server, alias: str, given) -> None:
    mark(server, given)
    with open_scratch(alias, given.settings) as scratch:
        first = scratch.create()
        with first.connect() as connection:
            connection.execute("CREATE TABLE t (i int)")
        with scratch.create(template=first).connect() as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_what_a_killed_run_left_is_gone_at_the_next_use(
    server, database, alias: str, given
) -> None:
    mark(server, given)
    with database.connect() as connection:
        connection.execute("SET ROLE lodger")
        connection.execute("CREATE TABLE left_behind (i int)")
    with open_scratch(alias, given.settings) as scratch, scratch.create().connect() as connection:
        assert not read_schema(connection, ("public",)).objects.keys() & {"table"}
        assert connection.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)


def test_a_second_run_waits_and_is_refused(server, alias: str, given) -> None:
    mark(server, given)
    with open_scratch(alias, given.settings) as first, open_scratch(alias, given.settings) as two:
        first.create()
        with pytest.raises(ScratchUnavailable, match="another run is using"):
            two.create()


def test_what_cannot_be_dropped_is_named(server, database, alias: str, given) -> None:
    mark(server, given)
    database.execute("CREATE EXTENSION citext")
    with (
        open_scratch(alias, given.settings) as scratch,
        pytest.raises(ScratchUnavailable, match="could not be emptied: must be owner of"),
    ):
        scratch.create()


def test_who_may_create_databases_does_that_and_leaves_it_alone(
    server, database, alias: str, given
) -> None:
    mark(server, given)
    server.execute("ALTER ROLE lodger CREATEDB")
    database.execute("CREATE TABLE t (i int)")
    with open_scratch(alias, given.settings) as scratch:
        assert not isinstance(scratch, GivenDatabase)
        assert scratch.create().name != given.name
    assert database.execute("SELECT count(*) FROM t") == [(0,)]
