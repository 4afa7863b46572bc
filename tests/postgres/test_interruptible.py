"""An interruption in the middle of an exchange with the server leaves no statement behind."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Never

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from schema_tools.postgres.session import connect

pytestmark = pytest.mark.db

SLEEP = b"SELECT pg_catalog.pg_sleep(600)"
COPY = b"COPY pg_catalog.pg_class TO STDOUT"


def leave_at_work(connection: psycopg.Connection[Any], statement: bytes = SLEEP) -> None:
    """Be interrupted between sending a statement and waiting for its answer."""

    def exchange() -> Generator[Never, Never, None]:
        connection.pgconn.send_query(statement)
        connection.pgconn.flush()
        raise KeyboardInterrupt
        yield  # what makes a generator of it

    with connection.lock:
        connection.wait(exchange())


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


def test_where_no_answer_can_be_taken_the_connection_is_closed(alias: str) -> None:
    connection = connect(alias)
    with pytest.raises(KeyboardInterrupt):
        leave_at_work(connection, COPY)
    assert connection.closed


def test_other_errors_leave_the_session_as_it_is(alias: str) -> None:
    with connect(alias) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")
        with connection.pipeline():
            row = connection.execute("SELECT 2").fetchone()
        assert row == (2,)
