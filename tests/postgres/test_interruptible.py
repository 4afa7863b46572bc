"""An interruption in the middle of an exchange with the server leaves no statement behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterator
from typing import Any, Never

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from schema_tools.postgres.session import connect

pytestmark = pytest.mark.db

SLEEP = b"SELECT pg_catalog.pg_sleep(600)"
COPY_OUT = b"COPY (SELECT pg_catalog.pg_sleep(0.1) FROM generate_series(1, 300)) TO STDOUT"
COPY_IN = b"COPY t FROM STDIN"


def leave_at_work(connection: psycopg.Connection[Any], statement: bytes = SLEEP) -> None:
    """Be interrupted between sending a statement and waiting for its answer."""

    def exchange() -> Generator[Never, Never, None]:
        connection.pgconn.send_query(statement)
        connection.pgconn.flush()
        raise KeyboardInterrupt
        yield  # what makes a generator of it

    with connection.lock:
        connection.wait(exchange())


def take_rows(connection: psycopg.Connection[Any]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_OUT) as copy:
        for _row in copy:
            pass


def test_what_was_sent_is_cancelled_and_its_answer_taken(alias: str, database) -> None:
    with connect(alias) as connection:
        with pytest.raises(KeyboardInterrupt):
            leave_at_work(connection)
        assert connection.info.transaction_status == TransactionStatus.IDLE
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' "
            "AND state = 'active' AND pid <> pg_backend_pid()"
        ) == [(0,)]


def test_a_cancellation_that_came_too_early_is_sent_again(alias: str, monkeypatch) -> None:
    with connect(alias) as connection:
        cancel, lost = connection.cancel_safe, []

        def lose_the_first(*, timeout: float) -> None:
            if lost:
                cancel(timeout=timeout)
            lost.append(timeout)

        monkeypatch.setattr(connection, "cancel_safe", lose_the_first)
        with pytest.raises(KeyboardInterrupt):
            leave_at_work(connection)
        assert connection.info.transaction_status == TransactionStatus.IDLE
        assert len(lost) > 1


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """Heed SIGINT, also where a shell has started the tests in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_interrupts")
def test_a_signal_while_rows_come_leaves_a_connection(alias: str) -> None:
    with connect(alias) as connection:
        timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            take_rows(connection)
        timer.join()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_transaction_is_rolled_back_as_ever(alias: str, database) -> None:
    database.execute("CREATE TABLE t (i int)")

    def insert(connection: psycopg.Connection[Any]) -> None:
        with connection.transaction():
            connection.execute("INSERT INTO t VALUES (1)")
            leave_at_work(connection)

    with connect(alias) as connection:
        with pytest.raises(KeyboardInterrupt):
            insert(connection)
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_rows_on_their_way_are_taken(alias: str) -> None:
    with connect(alias) as connection:
        with pytest.raises(KeyboardInterrupt):
            leave_at_work(connection, COPY_OUT)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_where_no_answer_can_be_taken_the_connection_is_closed(alias: str, database) -> None:
    database.execute("CREATE TABLE t (i int)")
    connection = connect(alias)
    with pytest.raises(KeyboardInterrupt):
        leave_at_work(connection, COPY_IN)
    assert connection.closed


def test_other_errors_leave_the_session_as_it_is(alias: str) -> None:
    with connect(alias) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")
        with connection.pipeline():
            row = connection.execute("SELECT 2").fetchone()
        assert row == (2,)
