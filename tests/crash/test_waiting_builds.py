"""A concurrent statement is struck while it waits for another session: the next run finishes it.

Random moments seldom hit this one, which is the longest of all where sessions are busy.
``make test-all`` strikes builds 30 times, and each other statement with three blows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import hypothesis
import psycopg
import pytest

from tests.crash.agreement import wait_until_alone
from tests.crash.blows import BLOWS, Blow, check_said, outcome, strike
from tests.crash.command import Manage
from tests.crash.states import INVALID

pytestmark = pytest.mark.db

LOCKED, SECONDS, BUILDS = 4, 60, 30
GOES_ON = {"SIGKILL", "lock backend"}
"""After these the statement runs on in the server."""
IS_LONG = hypothesis.settings.get_current_profile_name() == "thorough"
TABLES = """
CREATE TABLE t (id integer PRIMARY KEY, note text);
CREATE INDEX t_note ON t (note);
INSERT INTO t SELECT n, 'x' || n FROM generate_series(1, 50) n;
CREATE TABLE p (id integer NOT NULL) PARTITION BY LIST (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
"""
# What another session has done in its open transaction.
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t; SELECT count(*) FROM p"
READ = "BEGIN; SELECT count(*) FROM t; SELECT count(*) FROM p"
WRITTEN = "BEGIN; INSERT INTO t VALUES (0, 'new')"


@dataclass(frozen=True)
class Work:
    """A statement that waits: for whom, in which phase, and a query that is true in the end."""

    sql: str
    other: str
    phase: str
    done: str

    def __str__(self) -> str:
        return f"{self.sql.partition(' ON ')[0]} {self.phase}".replace(" ", "_")


def _build(form: str, other: str, phase: str) -> Work:
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('t_id')"
    return Work(f"CREATE INDEX CONCURRENTLY {form}t_id ON t (id, note)", other, phase, valid)


SNAPSHOTS, WRITERS = "waiting for old snapshots", "waiting for writers before build"
DEAD = "waiting for readers before marking dead"
_UNNAMED = "SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass AND indnatts = 2"
WORKS = (
    _build("", SNAPSHOT, SNAPSHOTS),
    _build("IF NOT EXISTS ", SNAPSHOT, SNAPSHOTS),
    _build("", WRITTEN, WRITERS),
    _build("IF NOT EXISTS ", WRITTEN, WRITERS),
    Work("CREATE INDEX CONCURRENTLY ON t (id, note)", SNAPSHOT, SNAPSHOTS, _UNNAMED),
)
_HAS_INDEXES = "SELECT count(*) = 2 FROM pg_index WHERE indrelid = 't'::regclass"
OTHERS = (
    Work("REINDEX INDEX CONCURRENTLY t_note", SNAPSHOT, SNAPSHOTS, _HAS_INDEXES),
    Work("REINDEX INDEX CONCURRENTLY t_note", READ, DEAD, _HAS_INDEXES),
    Work("REINDEX TABLE CONCURRENTLY t", SNAPSHOT, SNAPSHOTS, _HAS_INDEXES),
    Work("REINDEX TABLE CONCURRENTLY t", READ, DEAD, _HAS_INDEXES),
    Work("DROP INDEX CONCURRENTLY t_note", READ, "", "SELECT to_regclass('t_note') IS NULL"),
    Work(
        "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
        READ,
        "",
        "SELECT NOT relispartition FROM pg_class WHERE oid = 'p1'::regclass",
    ),
)


def _cases() -> Iterator[object]:
    """Yield what is struck how."""
    builds = [(WORKS[at % len(WORKS)], BLOWS[at % len(BLOWS)]) for at in range(BUILDS)]
    builds = builds if IS_LONG else builds[: len(BLOWS)]
    rounds = 3 if IS_LONG else 1
    others = [
        (OTHERS[at % len(OTHERS)], BLOWS[3 * at % len(BLOWS)])
        for at in range(len(OTHERS) * rounds)
    ]
    for index, (work, blow) in enumerate([*builds, *others]):
        name = f"{index + 1}-{work}-{blow.name}".replace(" ", "_")
        yield pytest.param(work, blow, id=name)


@contextmanager
def transaction(connection: psycopg.Connection, sql: str) -> Iterator[None]:
    """Let a session hold what it has read or written."""
    connection.execute(sql.encode())
    yield
    with suppress(psycopg.OperationalError):  # the server was stopped, and it with it
        connection.execute("COMMIT")


def wait_for_wait(manage: Manage, work: Work) -> None:
    """Return once the statement waits for the other session."""
    deadline = time.monotonic() + SECONDS
    query = (
        "SELECT coalesce(p.phase, '') FROM pg_stat_activity a "
        "LEFT JOIN pg_stat_progress_create_index p USING (pid) "
        "WHERE a.datname = %s AND a.wait_event = 'virtualxid'"
    )
    while manage.server.admin.execute(query, (manage.database,)).fetchall() != [(work.phase,)]:
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came to: {work.phase or 'a wait'}")
        time.sleep(0.02)


@pytest.mark.parametrize(("work", "blow"), list(_cases()))
def test_a_statement_that_was_struck_while_it_waited_is_finished(
    work: Work, blow: Blow, crashing_server, tmp_path
):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "001_work.sql").write_text(f"{work.sql};\n")
    with crashing_server.database() as database:
        manage = Manage.make(tmp_path, folder, crashing_server, database)
        crashing_server.execute(TABLES, database)
        with (
            crashing_server.connect(database) as other,
            transaction(other, work.other),
        ):
            running = manage.start("sqlmigrate_apply", "--noinput")
            wait_for_wait(manage, work)
            sessions = strike(blow, manage, running)
            assert sessions.works
            if blow.name in GOES_ON:
                again = manage.run("sqlmigrate_apply", "--noinput")
                assert again.code == LOCKED, again.err
                assert f"still runs in server process {sessions.work}" in again.err
            else:
                check_said(blow, sessions, outcome(blow, manage, running))
        if blow.name in GOES_ON:
            check_said(blow, sessions, outcome(blow, manage, running))
        with crashing_server.connect(database) as connection:
            wait_until_alone(connection)
            ended = manage.run("sqlmigrate_apply", "--noinput")
            assert ended.code == 0, ended.err + ended.out
            assert connection.execute(INVALID).fetchall() == []
            assert connection.execute(work.done).fetchall() == [(True,)]
            history = connection.execute("SELECT version FROM schema_migrations").fetchall()
            assert history == [("001_work",)]
            assert connection.execute("SELECT FROM schema_migration_progress").fetchall() == []
