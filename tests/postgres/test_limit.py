"""Work within a time limit: it really stops, on the server as well, and nothing stays behind."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, suppress

import psycopg
import pytest
from django.db import connections

from schema_tools.errors import Unavailable
from schema_tools.postgres import limit
from schema_tools.postgres.limit import undisturbed, within
from schema_tools.postgres.session import connect, open_connection

AT_WORK = """
SELECT count(*) FROM pg_stat_activity
 WHERE query ~ 'pg_sleep' AND state = 'active' AND pid <> pg_backend_pid()
"""


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def test_what_ends_in_time_is_returned() -> None:
    before = threads()
    assert within(5, lambda: 42) == 42
    assert threads() == before


def test_zero_is_no_limit() -> None:
    assert within(0, lambda: threads()) == threads()


def test_what_fails_in_time_fails_as_it_does() -> None:
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_work_of_python_is_interrupted() -> None:
    before, started = threads(), time.monotonic()
    closed = []

    def work() -> None:
        try:
            while True:
                pass
        finally:
            closed.append(True)

    with pytest.raises(TimeoutError, match=r"^not finished within 1 seconds$"):
        within(1, work)
    assert time.monotonic() - started < 30
    assert closed == [True]
    assert threads() == before


def test_a_real_interruption_is_not_taken_for_the_limit() -> None:
    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        within(5, work)
    assert type(caught.value) is KeyboardInterrupt


def test_nothing_is_interrupted_once_the_work_has_ended() -> None:
    """Let the time be up at just the moment when the work ends, many times."""
    for _ in range(150):
        with suppress(TimeoutError):
            within(0.001, lambda: time.sleep(0.001))
        sum(range(1000))  # an interruption that comes too late would arrive here


def test_other_threads_go_on() -> None:
    reached = threading.Event()
    other = threading.Thread(target=lambda: (time.sleep(0.4), reached.set()))
    other.start()
    with pytest.raises(TimeoutError):
        within(0.1, lambda: [None for _ in iter(int, 1)])
    other.join()
    assert reached.is_set()


@pytest.mark.db
def test_a_statement_is_cancelled_on_the_server(database, alias: str) -> None:
    def work() -> None:
        with connect(alias) as connection:
            connection.execute("SELECT pg_sleep(60)")

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.3, work)
    assert time.monotonic() - started < 30
    assert database.execute(AT_WORK) == [(0,)]


@pytest.mark.db
@pytest.mark.parametrize("is_open", [True, False])
def test_a_statement_of_django_is_cancelled_too(database, alias: str, is_open: bool) -> None:
    if is_open:
        connections[alias].ensure_connection()

    def work() -> None:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.3, work)
    assert time.monotonic() - started < 30
    assert database.execute(AT_WORK) == [(0,)]


@pytest.mark.db
def test_what_takes_the_cancellation_for_an_error_of_its_own_is_interrupted(alias: str) -> None:
    def work() -> None:
        with connect(alias) as connection:
            while True:
                with suppress(psycopg.Error):
                    connection.execute("SELECT pg_sleep(60)")

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.3, work)
    assert time.monotonic() - started < 30


@pytest.mark.db
def test_connections_outside_of_the_work_are_left_alone(alias: str) -> None:
    with connect(alias) as outside:
        with pytest.raises(TimeoutError):
            within(0.1, lambda: [None for _ in iter(int, 1)])
        assert outside.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.db
def test_a_server_that_no_longer_answers_is_cut_off(database, monkeypatch) -> None:
    monkeypatch.setattr(limit, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(limit, "CANCEL_SECONDS", 0.2)
    before = threads()
    with closing(Proxy(database, b"freeze")) as proxy:
        params = {
            **database.params,
            "host": "127.0.0.1",
            "port": proxy.port,
            "sslmode": "disable",
        }

        def work() -> None:
            with open_connection(params, what="the server") as connection:
                connection.execute("SELECT 'freeze'")

        started = time.monotonic()
        with pytest.raises(TimeoutError):
            within(0.3, work)
        assert time.monotonic() - started < 30
    assert threads() == before


def test_a_server_that_does_not_greet_is_not_waited_for_longer_than_that() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        params = {"host": "127.0.0.1", "port": silent.getsockname()[1], "user": "x"}
        started = time.monotonic()
        with pytest.raises((TimeoutError, Unavailable)):
            within(0.5, lambda: open_connection(params, what="the server"))
        assert time.monotonic() - started < 30


class Proxy:
    """A way to a server that passes nothing on once it has seen a word."""

    def __init__(self, database, word: bytes) -> None:
        self._path = f"{database.params['host']}/.s.PGSQL.{database.params['port']}"
        self._word = word
        self._frozen, self._ended = threading.Event(), threading.Event()
        self._sockets: list[socket.socket] = [socket.create_server(("127.0.0.1", 0))]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def port(self) -> int:
        return self._sockets[0].getsockname()[1]

    def close(self) -> None:
        self._ended.set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _start(self, target, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._sockets[0].accept()
                server = socket.socket(socket.AF_UNIX)
                self._sockets += [client, server]
                server.connect(self._path)
                self._start(self._pump, client, server)
                self._start(self._pump, server, client)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._word in data:
                    self._frozen.set()
                if self._frozen.is_set():
                    self._ended.wait()
                    return
                sink.sendall(data)


def test_what_cleans_up_is_not_stopped_halfway() -> None:
    done = []

    def clean_up() -> None:
        time.sleep(1.5)  # the time is up within this
        done.append(True)

    def work() -> None:
        undisturbed(clean_up)
        while True:
            pass

    with pytest.raises(TimeoutError):
        within(1, work)
    assert done == [True]


def test_what_cleans_up_after_the_interruption_is_done_as_well() -> None:
    done = []

    def work() -> None:
        try:
            while True:
                pass
        finally:
            undisturbed(lambda: done.append(True))

    with pytest.raises(TimeoutError):
        within(1, work)
    assert done == [True]


def test_without_a_limit_nothing_is_to_be_waited_for() -> None:
    done = []
    undisturbed(lambda: done.append(True))
    assert done == [True]


def test_a_result_that_a_cancellation_may_have_spoiled_is_none() -> None:
    def work() -> str:
        with suppress(limit.OutOfTime):
            while True:
                pass
        return "spoiled"

    with pytest.raises(TimeoutError):
        within(0.1, work)


@pytest.mark.db
@pytest.mark.parametrize("statement", [b"SELECT pg_sleep(600)", b"COPY pg_class TO STDOUT"])
def test_djangos_connection_can_be_used_afterwards(alias: str, statement: bytes) -> None:
    """Also where it was interrupted between sending a statement and waiting for its answer."""
    wrapper = connections[alias]
    wrapper.ensure_connection()

    def work() -> None:
        wrapper.connection.pgconn.send_query(statement)
        with suppress(psycopg.Error):
            while True:
                time.sleep(0.01)

    with pytest.raises(TimeoutError):
        within(0.2, work)
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
