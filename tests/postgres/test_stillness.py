"""Where somebody has written, or was about to, nobody is taken to have left the catalogs alone."""

from __future__ import annotations

import time

import pytest

from schema_tools.postgres import introspect
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.session import open_connection
from schema_tools.postgres.stillness import is_still, position

pytestmark = pytest.mark.db

CHANGES = """
CREATE TABLE more (id int)
ALTER TABLE there RENAME TO gone
COMMENT ON TABLE there IS 'x'
GRANT SELECT ON there TO PUBLIC
ALTER TABLE there REPLICA IDENTITY FULL
DROP TABLE there
SET synchronous_commit = off; CREATE VIEW seen AS SELECT 1
""".strip().splitlines()


@pytest.fixture(autouse=True)
def no_others(server):
    """Who works in other databases of the server writes into the same log."""
    busy = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid'"
    deadline = time.monotonic() + 20
    while server.execute(busy) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.fixture
def connection(database):
    database.execute("CREATE TABLE there (id int)")
    with open_connection(database.params, what="the test's database") as connection:
        connection.execute("SELECT count(*) FROM pg_class")  # which may write what rows are dead
        yield connection


@pytest.fixture
def marked(monkeypatch) -> list[object]:
    """The marks that were read since."""
    marks: list[object] = []
    read = introspect.read_mark

    def noted(connection):
        marks.append(read(connection))
        return marks[-1]

    monkeypatch.setattr(introspect, "read_mark", noted)
    return marks


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_no_stillness(database, connection, change: str) -> None:
    since = position(connection)
    assert since
    database.execute(change)
    assert not is_still(connection, since)


def test_while_somebody_is_at_writing_nobody_can_tell(database, connection) -> None:
    """What it does may be seen by functions before it is by a snapshot."""
    with database.connect() as other, other.transaction():
        other.execute("ALTER TABLE there RENAME TO gone")
        assert position(connection) == ""
    assert position(connection)


def test_in_a_transaction_nobody_can_tell(connection) -> None:
    with connection.transaction():
        assert position(connection) == ""
    assert not is_still(connection, "")


def test_a_role_that_may_not_ask_is_told_nothing(database, connection) -> None:
    database.execute(
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_current_wal_insert_lsn() FROM PUBLIC"
    )
    connection.execute("SET ROLE pg_read_all_settings")
    assert position(connection) == ""
    assert read_schema(connection, ("public",)).objects


def test_nothing_is_marked_while_nobody_writes(connection, marked) -> None:
    for _attempt in range(3):  # a checkpoint writes, too, now and then
        del marked[:]
        read_schema(connection, ("public",))
        if not marked:
            return
    pytest.fail("the catalogs were marked each time")


def test_what_a_writer_left_alone_is_read_once(database, connection, marked, monkeypatch) -> None:
    """Somebody writes rows all the while: the mark says that these are no schema."""
    read = introspect._Reading.read
    readings = []

    def meddled(self, connection):
        readings.append(self)
        database.execute("INSERT INTO there VALUES (1)")
        return read(self, connection)

    monkeypatch.setattr(introspect._Reading, "read", meddled)
    assert read_schema(connection, ("public",)).objects
    assert len(readings) == 1
    assert len(marked) == 2
    assert marked[0] == marked[1]
