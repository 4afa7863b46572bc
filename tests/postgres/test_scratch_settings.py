"""What a server or a role has set does not stop the work in scratch; SCRATCH_SQL comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schema_tools.conf import Settings
from schema_tools.errors import ConfigurationError, ScratchUnavailable, Unavailable
from schema_tools.postgres import scratch as module
from schema_tools.postgres.scratch import open_scratch
from schema_tools.postgres.session import connect

pytestmark = pytest.mark.db


@pytest.fixture
def role(server: Any) -> Iterator[str]:
    """A role that may make databases."""
    server.execute("DROP ROLE IF EXISTS hampered")
    server.execute("CREATE ROLE hampered LOGIN CREATEDB")
    yield "hampered"
    server.execute("DROP ROLE hampered")


def of(database: Any, role: str) -> Settings:
    return Settings(scratch=database.url.replace("://postgres@", f"://{role}@"))


@pytest.mark.parametrize(
    "setting",
    [
        "default_transaction_read_only = on",
        "statement_timeout = '300ms'",
        "idle_in_transaction_session_timeout = '1ms'",
        "search_path = ''",
    ],
)
def test_settings_of_the_role_do_not_matter(
    server, database, alias: str, role: str, setting: str
) -> None:
    server.execute(f"ALTER ROLE {role} SET {setting}")
    with (
        open_scratch(alias, of(database, role)) as scratch,
        scratch.create().connect(search_path="public") as connection,
    ):
        connection.execute("CREATE TABLE t AS SELECT pg_sleep(0.4)::text")
        with connection.transaction():
            connection.execute("SELECT count(*) FROM t")
        connection.execute("DISCARD ALL")
        connection.execute("CREATE TABLE u (i int)")


def test_too_few_connections_are_named(server, database, alias: str, role: str) -> None:
    server.execute(f"ALTER ROLE {role} CONNECTION LIMIT 1")
    with open_scratch(alias, of(database, role)) as scratch:
        database_made = scratch.create()
        with pytest.raises(Unavailable, match="too many connections for role") as caught:
            database_made.connect()
    assert "CONNECTION LIMIT" in caught.value.hint


def test_what_no_connection_is_left_for_is_dropped_at_the_end(
    server, database, alias: str, role: str
) -> None:
    server.execute(f"ALTER ROLE {role} CONNECTION LIMIT 1")
    with open_scratch(alias, of(database, role)) as scratch:
        made = scratch.create()
        scratch.let_go(made)
    assert server.execute(f"SELECT FROM pg_database WHERE datname = '{made.name}'") == []


def test_scratch_has_what_is_set_for_the_database(database, server, alias: str) -> None:
    server.execute(f"ALTER DATABASE {database.name} SET timezone = 'Asia/Tokyo'")
    server.execute(f"ALTER DATABASE {database.name} SET my.own = 'a b\\c'")
    with connect(alias) as live, open_scratch(alias, Settings(), live=live) as scratch:
        made = scratch.create()
        for params in (made.params, made.owner_params):
            with module.open_connection(params, what="it") as connection:
                assert connection.execute("SHOW timezone").fetchone() == ("Asia/Tokyo",)
                assert connection.execute("SHOW my.own").fetchone() == ("a b\\c",)


def test_a_pooler_is_refused(server, database, alias: str, monkeypatch) -> None:
    facts = module.Scratch.facts

    def pooled(self: Any) -> Any:
        found = facts.fget(self)
        return type(found)(**{name: getattr(found, name) for name in found.__slots__} | POOLED)

    monkeypatch.setattr(module.Scratch, "facts", property(pooled))
    with (
        pytest.raises(ScratchUnavailable, match="through a connection pooler"),
        open_scratch(alias, Settings(scratch=database.url)),
    ):
        pass


POOLED = {"is_pooled": True}
ROLE = "CREATE ROLE made_for_scratch"


@pytest.fixture
def without_role(server: Any) -> Iterator[None]:
    server.execute("DROP ROLE IF EXISTS made_for_scratch")
    yield
    server.execute("DROP ROLE IF EXISTS made_for_scratch")


def test_scratch_sql_runs_first_in_every_new_database(alias: str, without_role) -> None:
    settings = Settings(scratch_sql=("CREATE SCHEMA apart", f"{ROLE}; CREATE TYPE apart.t AS ()"))
    with open_scratch(alias, settings) as scratch:
        for _again in range(2):
            made = scratch.create()
            with made.connect() as connection:
                found = connection.execute("SELECT to_regtype('apart.t')::text").fetchone()
                assert found == ("apart.t",)
        scratch.create(template=made)


def test_scratch_sql_may_be_a_file(alias: str, tmp_path: Path) -> None:
    path = tmp_path / "first.sql"
    path.write_text("-- what the administrator makes\nCREATE EXTENSION citext;\n")
    with (
        open_scratch(alias, Settings(scratch_sql=path)) as scratch,
        scratch.create().connect() as connection,
    ):
        assert connection.execute("SELECT to_regtype('citext')::text").fetchone() == ("citext",)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("CREATE SCHEMA apart; CREATE SCHEMA apart",), "'CREATE SCHEMA apart' fails"),
        (("SELECT 'never closed",), "SCRATCH_SQL'] is no SQL"),
        (Path("no/such/file.sql"), "no/such/file.sql cannot be read"),
    ],
)
def test_wrong_scratch_sql_is_explained(alias: str, given: Any, words: str) -> None:
    with (
        pytest.raises(ConfigurationError) as caught,
        open_scratch(alias, Settings(scratch_sql=given)) as scratch,
    ):
        scratch.create()
    assert words in str(caught.value)
