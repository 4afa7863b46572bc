"""A run among others who read, write and hold locks: nobody waits for long, and all end."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

from schema_tools.postgres import running_file
from schema_tools.postgres.index_progress import read_build

pytestmark = pytest.mark.db

LOCK_TIMEOUT = 1
# A machine that is busy lets a wait end late.
RATIO = 5


class Reader(threading.Thread):
    """A client that reads the table again and again, and notes the longest time it took."""

    def __init__(self, database, query: str) -> None:
        super().__init__()
        self.longest, self.times = 0.0, 0
        self._connection = database.connect()
        self._query = query
        self._over = threading.Event()

    def run(self) -> None:
        """Read until it is enough."""
        while not self._over.wait(0.01):
            before = time.monotonic()
            self._connection.execute(self._query)
            self.longest = max(self.longest, time.monotonic() - before)
            self.times += 1

    def __enter__(self) -> Reader:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self.join()
        self._connection.close()


@contextmanager
def held(project, *queries: str):
    """Let another session hold what these statements lock, in an open transaction."""
    with project.database.connect() as other, other.transaction():
        for query in queries:
            other.execute(query)
        yield other


@pytest.fixture
def busy(project):
    """A project with a table that has a row."""
    project.database.execute("CREATE TABLE busy (id int); INSERT INTO busy VALUES (1)")
    return project


def wait_for(database, query: str) -> None:
    deadline = time.monotonic() + 120
    while not database.execute(query):
        assert time.monotonic() < deadline, f"never: {query}"
        time.sleep(0.02)


BUILD_WAITS = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"
)


@pytest.mark.parametrize("blocker", ["SELECT FROM busy", "UPDATE busy SET id = 2"])
def test_a_reader_is_not_held_longer_than_the_lock_timeout(busy, blocker):
    busy.write("001_alter", "BEGIN;\nALTER TABLE busy ADD COLUMN more int;\nCOMMIT;")
    with held(busy, blocker), Reader(busy.database, "SELECT count(*) FROM busy") as reader:
        result = busy.run(
            "sqlmigrate_apply", "--lock-timeout", str(LOCK_TIMEOUT), "--retries", "1"
        )
    assert result.code == 4, result.err
    assert "Tried 2 times." in result.err
    assert f"last: {blocker}" in result.err
    assert LOCK_TIMEOUT / 2 < reader.longest < LOCK_TIMEOUT * RATIO
    assert busy.applied() == []


def test_a_long_reader_keeps_a_concurrent_build_waiting_and_nobody_else(busy):
    busy.write("001_index", "CREATE INDEX CONCURRENTLY busy_id ON busy (id);")
    results = []

    def apply():
        results.append(busy.run("sqlmigrate_apply", lock_wait=5))

    thread = threading.Thread(target=apply)
    with (
        held(busy, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT FROM busy") as long,
        Reader(busy.database, "INSERT INTO busy VALUES (5) RETURNING id") as writer,
    ):
        process = long.info.backend_pid
        thread.start()
        wait_for(busy.database, BUILD_WAITS)
        time.sleep(3 * LOCK_TIMEOUT)
        second = busy.run("sqlmigrate_apply", "--lock-wait", "0.4")
        assert thread.is_alive()
        times = writer.times
    thread.join(120)
    assert second.code == 4
    assert "another run holds the lock: process " in second.err
    assert f"application schema_tools sqlmigrate_apply {busy.alias}, since 20" in second.err
    assert "; its statements run in process " in second.err
    assert (
        " s, waiting for a lock itself: CREATE INDEX CONCURRENTLY busy_id ON busy (id)"
        in second.err
    )
    (first,) = results
    assert first.code == 0, first.err
    assert f"blocked by process {process} " in first.err
    assert "001_index.sql:1: CREATE INDEX CONCURRENTLY has waited" in first.err
    assert times > 10
    assert writer.longest < LOCK_TIMEOUT * RATIO
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'busy_id'::regclass"
    assert busy.database.execute(valid) == [(True,)]


def test_a_second_runner_waits_out_a_concurrent_build_without_a_deadlock(busy):
    busy.write("001_index", "CREATE INDEX CONCURRENTLY busy_id ON busy (id);")
    results = []

    def apply():
        results.append(busy.run("sqlmigrate_apply", lock_wait=20))

    threads = [threading.Thread(target=apply) for _ in range(3)]
    with held(busy, "INSERT INTO busy VALUES (2)"):
        for thread in threads:
            thread.start()
        wait_for(busy.database, BUILD_WAITS)
        time.sleep(LOCK_TIMEOUT)
    for thread in threads:
        thread.join(120)
    assert [result.code for result in results] == [0, 0, 0], [each.err for each in results]
    assert sum("Nothing to apply" in result.out for result in results) == 2
    assert busy.applied() == ["001_index"]


def test_a_build_tells_its_phase_while_it_runs(busy, monkeypatch):
    looks = threading.Semaphore(0)

    def look(side, backend):
        build = read_build(side, backend)
        if build and build.phase.startswith("waiting"):
            looks.release()
        return build

    monkeypatch.setattr(running_file, "read_build", look)
    busy.write("001_index", "CREATE INDEX CONCURRENTLY busy_id ON busy (id);\n")
    results = []
    run = threading.Thread(target=lambda: results.append(busy.run("sqlmigrate_apply")))
    with held(busy, "INSERT INTO busy VALUES (2)"):
        run.start()
        for _time in range(2):  # by the second look it has told what the first has seen
            assert looks.acquire(timeout=120)
    run.join()
    assert results[0].code == 0, results[0].err
    assert "CREATE INDEX CONCURRENTLY: waiting for writers before build" in results[0].err
