"""A schema that changes while it is read is seen as it was at one moment, or not at all."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager, suppress

import psycopg
import pytest
from psycopg import errors

from schema_tools.errors import SchemaChanging
from schema_tools.management.exit_codes import UNAVAILABLE, exit_code
from schema_tools.postgres import introspect
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.session import open_connection

pytestmark = pytest.mark.db

SCHEMAS = ("public", "app")
# Each leads from one state to the next, the last one back to the first.
STEPS = """
CREATE SCHEMA app; CREATE TABLE app.parent (id int PRIMARY KEY, name text DEFAULT 'x')
CREATE TABLE app.child (id int, parent int REFERENCES app.parent, note text, CHECK (note <> ''))
CREATE INDEX child_note ON app.child (lower(note)) WHERE note IS NOT NULL
ALTER TABLE app.parent RENAME TO ancestor
ALTER TABLE app.child RENAME COLUMN note TO remark
ALTER TABLE app.child RENAME COLUMN remark TO note; ALTER TABLE app.ancestor RENAME TO parent
ALTER TABLE app.child ADD CONSTRAINT whole UNIQUE (id, note)
ALTER SCHEMA app RENAME TO other
ALTER SCHEMA other RENAME TO app; DROP TABLE app.child
DROP SCHEMA app CASCADE
""".strip().splitlines()
READINGS = 30


def fingerprint(connection) -> str:
    return read_schema(connection, SCHEMAS).fingerprint()


@pytest.fixture
def connection(database):
    with open_connection(database.params, what="the test's database") as connection:
        yield connection


def states_of(database, connection) -> set[str]:
    """Take each step while nobody reads; return what it leads to."""
    states = set()
    for step in STEPS:
        database.execute("BEGIN; " + step + "; COMMIT")
        states.add(fingerprint(connection))
    assert len(states) == len(STEPS) - 2  # two steps lead back to a state that was before
    return states


@contextmanager
def changing(database):
    """Take the steps one after the other, at different speeds, until the block ends."""
    stop = threading.Event()

    def run() -> None:
        pauses = random.Random(3)
        with database.connect() as connection:
            while not stop.is_set():
                for step in STEPS:
                    connection.execute("BEGIN; " + step + "; COMMIT")
                    stop.wait(pauses.choice((0, 0.01, 0.01, 0.05, 0.05, 0.4, 0.4, 2)))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_every_answer_is_a_state_that_was(database, connection) -> None:
    states = states_of(database, connection)
    answers = set()
    with changing(database):
        readings, deadline = 0, time.monotonic() + 120
        while readings < READINGS or len(answers) < 2:
            assert time.monotonic() < deadline, "the same answer for ever, or none"
            readings += 1
            with suppress(SchemaChanging):
                answers.add(fingerprint(connection))
    assert answers <= states


def test_in_a_transaction_of_the_caller_as_well(database, connection) -> None:
    states = states_of(database, connection)
    with changing(database):
        for _ in range(5):
            with suppress(SchemaChanging), connection.transaction():
                assert fingerprint(connection) in states


@pytest.fixture
def meddle(monkeypatch):
    """Let something happen within each reading, before its queries run."""

    def arrange(*happenings) -> list[int]:
        left = list(happenings)
        read = introspect._Reading.read
        calls: list[int] = []

        def reading(self, connection):
            calls.append(len(calls))
            if left:
                left.pop(0)()
            return read(self, connection)

        monkeypatch.setattr(introspect._Reading, "read", reading)
        monkeypatch.setattr(introspect, "_PAUSES", (0, 0))
        return calls

    return arrange


def test_what_changed_is_read_again(database, connection, meddle) -> None:
    calls = meddle(lambda: database.execute("CREATE TABLE t (i int)"))
    found = read_schema(connection, SCHEMAS)
    assert len(calls) == 2
    assert "table public.t" in map(str, found.objects)


def test_what_goes_on_changing_is_an_error(database, connection, meddle) -> None:
    calls = meddle(*(lambda n=n: database.execute(f"CREATE TABLE t{n} ()") for n in range(3)))
    with pytest.raises(SchemaChanging, match="at this moment: it was read 3 times") as raised:
        read_schema(connection, SCHEMAS)
    assert exit_code(raised.value) == UNAVAILABLE
    assert len(calls) == 3


def test_alone_there_is_nobody_to_look_for(database, connection, meddle) -> None:
    calls = meddle(lambda: database.execute("CREATE TABLE t (i int)"))
    read_schema(connection, SCHEMAS, alone=True)
    assert len(calls) == 1


@pytest.mark.parametrize("error", [errors.SerializationFailure, errors.DeadlockDetected])
def test_a_query_that_a_standby_cancels_is_asked_again(connection, meddle, error) -> None:
    def cancel() -> None:
        raise error("canceling statement due to conflict with recovery")

    calls = meddle(cancel)
    assert read_schema(connection, SCHEMAS).server_version
    assert len(calls) == 2


def test_a_standby_that_cancels_for_ever_is_an_error(connection, meddle) -> None:
    def cancel() -> None:
        raise errors.SerializationFailure("canceling statement due to conflict with recovery")

    meddle(cancel, cancel, cancel)
    with pytest.raises(SchemaChanging):
        read_schema(connection, SCHEMAS)


def test_an_object_that_vanishes_while_it_is_printed_is_read_again(
    database, connection, meddle
) -> None:
    def vanish() -> None:
        database.execute("CREATE TABLE t (i int)")
        raise errors.InternalError_("cache lookup failed for constraint 4711")

    calls = meddle(vanish)
    assert "table public.t" in map(str, read_schema(connection, SCHEMAS).objects)
    assert len(calls) == 2


def test_a_fault_of_ours_is_not_laid_at_others_door(connection, meddle) -> None:
    def fail() -> None:
        connection.execute("SELECT no_such_column FROM pg_catalog.pg_class")

    calls = meddle(fail)
    with pytest.raises(errors.UndefinedColumn):
        read_schema(connection, SCHEMAS)
    assert len(calls) == 1


def test_a_lost_connection_is_said_to_be_lost(server, connection, meddle) -> None:
    pid = connection.info.backend_pid
    meddle(lambda: server.execute(f"SELECT pg_terminate_backend({pid}, 5000)"))
    with pytest.raises(psycopg.OperationalError):
        read_schema(connection, SCHEMAS)


def test_the_connection_is_left_as_it_was(connection) -> None:
    read_schema(connection, SCHEMAS)
    assert (connection.isolation_level, connection.read_only) == (None, None)
    path = connection.execute("SHOW search_path").fetchone()
    connection.execute("CREATE TABLE t (i int)")
    with connection.transaction():
        read_schema(connection, SCHEMAS)
        assert connection.execute("SHOW search_path").fetchone() == path
        connection.execute("DROP TABLE t")
