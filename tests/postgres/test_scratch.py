"""Scratch databases: where they are made, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from threading import Thread

import psycopg
import pytest

from schema_tools.conf import Settings
from schema_tools.errors import ConfigurationError, ScratchUnavailable
from schema_tools.postgres import scratch as module
from schema_tools.postgres.marked import MARK
from schema_tools.postgres.scratch import open_scratch
from tests.postgres.test_interruptible import leave_at_work

pytestmark = pytest.mark.db

SECONDS = 120
CREATION_WAITS = (
    "SELECT 1 FROM pg_stat_activity "
    "WHERE query LIKE 'CREATE DATABASE%' AND wait_event = 'relation'"
)
END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name LIKE 'schema_tools_scratch%'"
)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for what another thread does; fail where it does not come."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def scratch_databases(server) -> list[str]:
    query = "SELECT datname FROM pg_database WHERE datname LIKE 'schema_tools_scratch%' ORDER BY 1"
    return [name for (name,) in server.execute(query)]


def test_databases_are_made_and_dropped(server, alias: str) -> None:
    with open_scratch(alias, Settings()) as scratch:
        first = scratch.create()
        with first.connect() as connection:
            connection.execute("CREATE TABLE x (i int)")
        second = scratch.create(template=first)
        with second.connect() as connection:
            assert connection.execute("SELECT count(*) FROM x").fetchone() == (0,)
        assert {first.name, second.name} <= set(scratch_databases(server))
    assert not {first.name, second.name} & set(scratch_databases(server))


def test_databases_are_dropped_after_an_error_and_though_in_use(server, alias: str) -> None:
    def fail() -> None:
        with open_scratch(alias, Settings()) as scratch:
            database = scratch.create()
            made.append(database.name)
            connections.append(database.connect())
            raise RuntimeError

    made, connections = [], []
    with pytest.raises(RuntimeError):
        fail()
    assert made[0] not in scratch_databases(server)
    connections[0].close()


def test_what_is_let_go_is_dropped_while_the_rest_is_used(server, alias: str) -> None:
    with open_scratch(alias, Settings()) as scratch:
        first, second = scratch.create(), scratch.create()
        scratch.let_go(first)
        with second.connect() as connection:
            connection.execute("CREATE TABLE x (i int)")
            wait_until(lambda: first.name not in scratch_databases(server))
            assert second.name in scratch_databases(server)
        third = scratch.create()
        scratch.let_go()
        scratch.let_go()  # there is nothing left to let go
        fourth = scratch.create()
    assert not {second.name, third.name, fourth.name} & set(scratch_databases(server))


def test_who_ends_waits_for_what_was_let_go(server, alias: str) -> None:
    with open_scratch(alias, Settings()) as scratch:
        made = [scratch.create() for _ in range(3)]
        scratch.let_go()
    assert not {each.name for each in made} & set(scratch_databases(server))


def test_databases_are_dropped_though_an_interruption_has_left_a_statement_at_work(
    server, alias: str
) -> None:
    def interrupted() -> None:
        with open_scratch(alias, Settings()) as scratch:
            scratch.create()
            leave_at_work(scratch.control())

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert scratch_databases(server) == []


def test_databases_are_dropped_while_another_thread_creates_one(server, alias: str) -> None:
    """Whose statement it is, is awaited there: it was not left by an interruption."""
    with open_scratch(alias, Settings()) as scratch:
        scratch.create()
        creating = Thread(target=scratch.create, daemon=True)
        dropping = Thread(target=scratch.drop_all, daemon=True)
        with psycopg.connect(**server.params, dbname="postgres") as blocker:
            blocker.execute("LOCK TABLE pg_catalog.pg_database IN SHARE ROW EXCLUSIVE MODE")
            creating.start()
            wait_until(lambda: server.execute(CREATION_WAITS) != [])
            dropping.start()
            dropping.join(timeout=0.5)
        try:
            wait_until(lambda: not (creating.is_alive() or dropping.is_alive()))
        except AssertionError:
            server.execute(END_ALL)  # else nobody would ever hear of it
            raise
    assert scratch_databases(server) == []


def test_search_path_outlives_a_reset(alias: str) -> None:
    path = '"$user", "with blank", public'
    with (
        open_scratch(alias, Settings()) as scratch,
        scratch.create().connect(search_path=path) as connection,
    ):
        connection.execute("SET search_path = pg_catalog")
        connection.execute("DISCARD ALL")
        assert connection.execute("SHOW search_path").fetchone() == (path,)


DEAD = f"schema_tools_scratch_{'0' * 12}_0"
FOREIGN = {
    "its name is only similar": ("schema_tools_scratch_of_mine", MARK),
    "it has no mark": (DEAD, None),
    "its comment is somebody's own": (DEAD, "kept by the accountants"),
}


@pytest.fixture
def made(server):
    """Make databases with a comment; they are gone after the test."""
    names = []

    def make(name: str, comment: str | None, options: str = "") -> str:
        names.append(name)
        server.execute(f"CREATE DATABASE {name} {options}")
        if comment is not None:
            server.execute(f"COMMENT ON DATABASE {name} IS '{comment}'")
        return name

    yield make
    for name in names:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_only_databases_without_a_living_owner_are_left_over(server, alias: str, made) -> None:
    made(DEAD, MARK)
    with open_scratch(alias, Settings()) as first:
        living = first.create().name
        with open_scratch(alias, Settings()):
            assert scratch_databases(server) == [living]


@pytest.mark.parametrize("why", FOREIGN)
def test_a_foreign_database_is_never_dropped(server, alias: str, made, why: str) -> None:
    name = made(*FOREIGN[why])
    with open_scratch(alias, Settings()) as scratch:
        scratch.create()
        scratch.drop_left_over()
    assert scratch_databases(server) == [name]


def test_a_run_killed_between_creation_and_comment_leaves_a_mark_all_the_same(
    server, alias: str, made
) -> None:
    with open_scratch(alias, Settings()) as scratch:
        name = scratch.create().name
        query = f"SELECT datconnlimit FROM pg_database WHERE datname = '{name}'"
        limit = server.execute(query)[0][0]
    made(DEAD, None, f"CONNECTION LIMIT {limit}")
    with open_scratch(alias, Settings()):
        assert scratch_databases(server) == []


def test_a_killed_run_leaves_nothing_for_long(server, alias: str, database) -> None:
    program = f"""
        import sys
        sys.path[:0] = {sys.path!r}
        import os, signal
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        os.environ["DATABASE_URL"] = ""
        import django
        django.setup()
        from schema_tools.conf import Settings
        from schema_tools.postgres.scratch import open_scratch
        with open_scratch("default", Settings(scratch={database.url!r})) as scratch:
            print(scratch.create().name, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    name = done.stdout.strip()
    assert name in scratch_databases(server)

    # The server needs a moment to notice that the owner's connection is gone.
    def is_gone() -> bool:
        with open_scratch(alias, Settings()):
            return name not in scratch_databases(server)

    wait_until(is_gone)


@pytest.fixture
def role(server):
    """A role that may connect and nothing else."""
    server.execute("DROP ROLE IF EXISTS nothing_but_connect")
    server.execute("CREATE ROLE nothing_but_connect LOGIN")
    yield "nothing_but_connect"
    server.execute("DROP ROLE nothing_but_connect")


def test_a_role_that_may_not_create_is_refused(database, role: str, alias: str) -> None:
    url = database.url.replace("://postgres@", f"://{role}@")
    with (
        pytest.raises(ScratchUnavailable, match="does not let this role create databases"),
        open_scratch(alias, Settings(scratch=url)),
    ):
        pass


def test_every_refusal_is_named(alias: str, monkeypatch) -> None:
    def refuse(*_arguments):
        raise ScratchUnavailable("this one is closed")

    monkeypatch.setattr(module, "_same_server", refuse)
    monkeypatch.setattr(module, "find_binaries", refuse)
    with pytest.raises(ScratchUnavailable) as caught, open_scratch(alias, Settings()):
        pass
    assert caught.value.message.count("this one is closed") == 2
    assert "CREATEDB" in caught.value.hint


def test_embedded_server_serves_where_the_alias_cannot(alias: str, monkeypatch) -> None:
    def refuse(*_arguments):
        raise ScratchUnavailable("closed")

    monkeypatch.setattr(module, "_same_server", refuse)
    with open_scratch(alias, Settings()) as scratch:
        assert scratch.private
        with scratch.create().connect() as connection:
            assert connection.info.server_version >= 150000


def test_wrong_url_is_refused_without_repeating_it(alias: str) -> None:
    with (
        pytest.raises(ConfigurationError) as caught,
        open_scratch(alias, Settings(scratch="postgres://u:pass word@h:x:y/?bad")),
    ):
        pass
    assert "pass" not in str(caught.value).replace("password", "")


def test_failure_to_create_is_explained(alias: str) -> None:
    with open_scratch(alias, Settings()) as scratch:
        scratch.create()
        first = scratch.create()
        with first.connect(), pytest.raises(ScratchUnavailable, match="being accessed"):
            scratch.create(template=first)
