"""Lines received in a thread come as they are; whatever ends the reading ends the thread."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from schema_tools.postgres.read_ahead import read_ahead

# The query that asks does not begin so.
COPYING = (
    "SELECT 1 FROM pg_catalog.pg_stat_activity "
    "WHERE state = 'active' AND query LIKE 'COPY (SELECT pg_catalog.pg_sleep%'"
)


def lines(count, error=None):
    for number in range(count):
        yield str(number).encode()
    if error:
        raise error


def receivers():
    return [thread for thread in threading.enumerate() if thread.name == "schema_tools receive"]


def never():
    pytest.fail("nothing was at work")


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 2000])
def test_all_lines_come_in_their_order(count):
    with read_ahead(lines(count), never) as received:
        assert list(received) == list(lines(count))
    assert not receivers()


def test_what_fails_is_raised_behind_the_lines_before_it():
    seen = []
    with (
        pytest.raises(LookupError, match="gone"),
        read_ahead(lines(1000, LookupError("gone")), never) as received,
    ):
        seen.extend(received)
    assert seen == list(lines(1000))
    assert not receivers()


@pytest.mark.db
def test_who_stops_early_stops_the_server(connection):
    def rows():
        endless = "COPY (SELECT pg_catalog.generate_series(1, 1000000000000)) TO STDOUT"
        with connection.cursor() as cursor, cursor.copy(endless) as copy:
            yield from map(bytes, copy)

    def stop_early():
        with read_ahead(rows(), connection.cancel) as received:
            next(received)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_early()
    assert not receivers()


@pytest.mark.db
def test_who_stops_while_the_server_is_silent_does_not_wait(connection, database):
    def rows():
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY (SELECT pg_catalog.pg_sleep(600)) TO STDOUT") as copy,
        ):
            yield from map(bytes, copy)

    def stop_early():
        with read_ahead(rows(), connection.cancel):
            while not database.execute(COPYING):
                time.sleep(0.05)
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stop_early()
    assert time.monotonic() - began < 300
    assert not receivers()


@pytest.fixture
def connection(database):
    with psycopg.connect(**database.params, autocommit=True) as opened:
        yield opened
