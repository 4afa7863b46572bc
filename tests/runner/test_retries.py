"""What others' locks and transactions stand in the way of is tried again, and nothing else is."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from schema_tools.errors import Interrupted, LockHeld, MigrationFailed, Terminated
from schema_tools.history.files import parse_migration
from schema_tools.history.plan import Step
from schema_tools.history.progress import RetryAwaited, StatementBlocked
from schema_tools.postgres.executor import run_step
from schema_tools.postgres.ledger import Ledger, Provenance
from schema_tools.postgres.runner import Retries, Runner
from schema_tools.postgres.timeouts import Limits

pytestmark = pytest.mark.db

ROW = "INSERT INTO busy VALUES (1)"


def step(text: str, **more: object) -> Step:
    return Step(parse_migration("001_x.sql", text.encode(), "m/001_x.sql"), "up", **more)


class Told(list):
    """The events of a run, by their kind."""

    def of(self, kind: type) -> list:
        return [event for event in self if isinstance(event, kind)]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def runner(database, told):
    """A runner that waits a moment for a lock, and tries three times without pauses."""
    ledger = Ledger("public")
    with database.connect() as work, database.connect() as side:
        ledger.prepare(side)
        side.execute("CREATE TABLE public.busy (id int, CONSTRAINT few CHECK (id < 9) NOT VALID)")
        yield Runner(
            work,
            side,
            ledger,
            Provenance("jo@host"),
            Limits(0.15, 60),
            told.append,
            retries=Retries(2, sleep=lambda _seconds: None),
            backend=work.info.backend_pid,
        )


def slower(runner: Runner, retries: int) -> Runner:
    """Return the runner with time enough, on a busy machine, to see who blocks it."""
    return replace(runner, limits=Limits(1.5, 60), retries=replace(runner.retries, count=retries))


@contextmanager
def held(database, query: str = "LOCK TABLE busy IN ACCESS SHARE MODE"):
    """Let another session hold a lock in an open transaction; yield its process."""
    with database.connect() as other, other.transaction():
        other.execute("SET application_name = 'a report'")
        other.execute(query)
        yield other.info.backend_pid


def rows(database, query: str) -> list[tuple]:
    return database.execute(query)


def wait_until(true) -> None:
    """Wait for what another session or thread is about to do."""
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def until_retry(runner, database, number: int, query: str = "LOCK TABLE busy IN SHARE MODE"):
    """Return a runner before whose retry of that number a blocker goes, and how to start it."""
    blocker = database.connect()
    blocker.execute("BEGIN")
    blocker.execute(query)
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == number:
            blocker.execute("ROLLBACK")  # else it ends a moment after it was closed
            blocker.close()

    return replace(runner, retries=replace(runner.retries, sleep=sleep)), pauses


@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
def test_a_lock_that_is_free_by_then_is_had_at_a_retry(runner, database, told, header):
    text = f"{header}CREATE TABLE first (id int);\nALTER TABLE busy ADD COLUMN more int;"
    patient, pauses = until_retry(runner, database, 2)
    run_step(patient, step(text))
    assert len(pauses) == 2
    assert [event.retry for event in told.of(RetryAwaited)] == [1, 2]
    (retry, _second) = told.of(RetryAwaited)
    assert (retry.retries, retry.line) == (2, text.count("\n") + 1)
    assert "lock timeout" in retry.why
    assert runner.ledger.has(runner.side, "001_x")
    assert runner.ledger.read(runner.side).unfinished == ()
    assert rows(database, "SELECT count(*) FROM first") == [(0,)]


def test_each_attempt_has_the_timeouts_anew(runner, database):
    """What the file sets is gone with its transaction, and so is what was set for it."""
    text = (
        "BEGIN;\nSET LOCAL lock_timeout = '120ms';\nALTER TABLE busy ADD COLUMN more int;\n"
        "CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS locks, "
        "current_setting('statement_timeout') AS statements;\nCOMMIT;\n"
    )
    patient, pauses = until_retry(runner, database, 1)
    run_step(patient, step(text))
    assert len(pauses) == 1
    assert rows(database, "TABLE seen") == [("120ms", "1min")]

    patient, pauses = until_retry(runner, database, 1)
    text = text.replace("SET LOCAL lock_timeout = '120ms';\n", "").replace("more", "most")
    again = replace(step(text.replace("seen", "seen_2")).migration, version="002_y")
    run_step(patient, Step(again, "up"))
    assert len(pauses) == 1
    assert rows(database, "TABLE seen_2") == [("150ms", "1min")]


def test_each_attempt_begins_with_a_new_session(runner, database):
    """A rollback takes much back, but not what the session knows of sequences."""
    database.execute("CREATE SEQUENCE public.numbers")
    text = (
        "BEGIN;\nDO $$ BEGIN\n  PERFORM lastval();\n  RAISE 'the session is an old one';\n"
        "EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL;\nEND $$;\n"
        "SELECT nextval('numbers');\nALTER TABLE busy ADD COLUMN more int;\nCOMMIT;\n"
    )
    patient, pauses = until_retry(runner, database, 1)
    run_step(patient, step(text))
    assert len(pauses) == 1


def test_nothing_is_done_twice_where_it_is_tried_again(runner, database):
    text = "-- Transaction: off\nINSERT INTO busy VALUES (1);\nALTER TABLE busy ADD a int;\n"
    patient, _pauses = until_retry(runner, database, 1, "LOCK TABLE busy IN ACCESS SHARE MODE")
    run_step(patient, step(text))
    assert rows(database, "SELECT id, a FROM busy") == [(1, None)]


@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
def test_when_the_retries_run_out_the_blocker_is_named(runner, database, told, header):
    with held(database) as process, pytest.raises(LockHeld) as caught:
        run_step(slower(runner, 1), step(f"{header}ALTER TABLE busy ADD COLUMN more int;"))
    message = str(caught.value)
    assert f"Blocked by process {process} (user " in message
    assert "application a report" in message
    assert " idle in transaction for " in message
    assert " s), last: LOCK TABLE busy IN ACCESS SHARE MODE" in message
    assert "Tried 2 times." in message
    assert "--retries" in caught.value.hint
    blocked = told.of(StatementBlocked)
    assert [event.path for event in blocked] == ["m/001_x.sql"] * 2
    assert all(str(process) in event.blockers[0] for event in blocked)
    (run,) = runner.ledger.read(runner.side).unfinished
    assert (run.sqlstate, run.done) == ("55P03", 0)


def test_without_retries_it_is_tried_once(runner, database, told):
    with held(database), pytest.raises(LockHeld) as caught:
        run_step(slower(runner, 0), step("ALTER TABLE busy ADD COLUMN more int;"))
    assert "Blocked by process" in str(caught.value)
    assert "Tried" not in str(caught.value)
    assert told.of(RetryAwaited) == []


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("SELECT 1/0", "22012"),
        ("CREATE TABLE busy (id int)", "42P07"),
        ("SELECT pg_sleep(9)", "57014"),
        ("DO $$ BEGIN RAISE 'no' USING ERRCODE = '57P04'; END $$", "57P04"),
    ],
)
@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
def test_nothing_else_is_tried_again(runner, told, header, statement, sqlstate):
    quick = replace(runner, limits=Limits(0.15, 0.1 if sqlstate == "57014" else 60))
    with pytest.raises(MigrationFailed, match=sqlstate):
        run_step(quick, step(f"{header}{statement};"))
    assert told.of(RetryAwaited) == []


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
def test_a_deadlock_and_a_serialization_failure_are_tried_again(
    runner, database, told, header, sqlstate
):
    database.execute("CREATE SEQUENCE public.tries")
    text = (
        f"{header}INSERT INTO busy SELECT CASE WHEN nextval('tries') > 1 THEN 1 ELSE fail() END;\n"
    )
    database.execute(
        "CREATE FUNCTION public.fail() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE 'unlucky' USING ERRCODE = '{sqlstate}'; END $$"
    )
    run_step(runner, step(text))
    assert [event.why for event in told.of(RetryAwaited)] == ["unlucky"]
    assert rows(database, "SELECT id FROM busy") == [(1,)]


def test_a_real_deadlock_is_survived(runner, database, told):
    """The runner is who notices: it is the last to wait, and the other looks an hour later."""
    database.execute("CREATE TABLE public.a (id int); CREATE TABLE public.b (id int)")
    text = (
        "-- Lock-Timeout: 120s\nSET deadlock_timeout = '50ms';\nBEGIN;\nLOCK TABLE a;\n"
        "SELECT pg_advisory_lock(1);\nLOCK TABLE b;\nCREATE TABLE done (id int);\nCOMMIT;\n"
    )
    waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'a'::regclass"
    with database.connect() as gate, database.connect() as other:
        gate.execute("SELECT pg_advisory_lock(1)")
        other.execute("SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE b")
        run = threading.Thread(target=run_step, args=(runner, step(text)))
        run.start()
        wait_until(lambda: told.of(StatementBlocked))
        rest = threading.Thread(target=other.execute, args=("LOCK TABLE a; COMMIT",))
        rest.start()
        wait_until(lambda: rows(database, waiting))
        gate.execute("SELECT pg_advisory_unlock(1)")
        rest.join()
        run.join()
    (retry,) = told.of(RetryAwaited)
    assert retry.why == "deadlock detected"
    assert rows(database, "SELECT count(*) FROM done") == [(0,)]


def test_a_failed_concurrent_build_is_dropped_before_it_is_tried_again(runner, database, told):
    text = "-- Lock-Timeout: 1500ms\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON busy (id);"
    patient, pauses = until_retry(runner, database, 1, ROW)
    run_step(patient, step(text))
    assert len(pauses) == 1
    assert [event.verb for event in told.of(StatementBlocked)] == ["CREATE INDEX CONCURRENTLY"]
    assert rows(
        database,
        "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE "
        "indrelid = 'busy'::regclass",
    ) == [("i", True)]


def test_a_build_that_never_gets_through_leaves_what_the_next_run_drops(runner, database):
    again = step("-- Lock-Timeout: 200ms\nCREATE INDEX CONCURRENTLY i ON busy (id);")
    with held(database, ROW), pytest.raises(LockHeld, match=r"Tried 3 times\."):
        run_step(runner, again)
    (run,) = runner.ledger.read(runner.side).unfinished
    run_step(runner, replace(again, failure=run))
    valid = "SELECT indisvalid FROM pg_index WHERE indrelid = 'busy'::regclass"
    assert rows(database, valid) == [(True,)]


def test_a_do_block_may_have_committed_a_part_and_is_not_tried_again(runner, database, told):
    text = (
        "-- Transaction: off\nDO $$ BEGIN INSERT INTO busy VALUES (1); COMMIT;\n"
        "ALTER TABLE busy ADD COLUMN more int; END $$;"
    )
    with held(database), pytest.raises(LockHeld):
        run_step(runner, step(text))
    assert told.of(RetryAwaited) == []
    assert rows(database, "SELECT id FROM busy") == [(1,)]


@pytest.mark.parametrize(
    "text",
    [
        "-- Transaction: off\nALTER TABLE busy VALIDATE CONSTRAINT few;",
        "BEGIN;\nSET LOCAL work_mem = '1MB';\nALTER TABLE busy VALIDATE CONSTRAINT few;\nCOMMIT;",
    ],
)
def test_a_validation_waits_as_long_as_it_takes(runner, database, told, text):
    """VACUUM keeps it waiting, and it keeps nobody from reading and writing."""
    text += "\nCREATE TABLE seen AS SELECT current_setting('lock_timeout');"
    if "COMMIT" in text:
        text = text.replace("\nCOMMIT;", "") + "\nCOMMIT;"
    thread = threading.Thread(target=run_step, args=(runner, step(text)))
    with held(database, "LOCK TABLE busy IN SHARE UPDATE EXCLUSIVE MODE"):
        thread.start()
        wait_until(lambda: told.of(StatementBlocked))
        thread.join(0.5)
        assert thread.is_alive()
        database.execute(f"SET lock_timeout = '1s'; {ROW}; TABLE busy")
    thread.join(20)
    assert told.of(RetryAwaited) == []
    assert rows(database, "TABLE seen") == [("150ms",)]


@pytest.mark.parametrize(
    "text",
    [
        "-- Lock-Timeout: 150ms\n-- Transaction: off\nALTER TABLE busy VALIDATE CONSTRAINT few;",
        "-- Transaction: off\nSET lock_timeout = '90ms';\n"
        "ALTER TABLE busy VALIDATE CONSTRAINT few;",
        "BEGIN;\nCREATE TABLE x ();\nALTER TABLE busy VALIDATE CONSTRAINT few;\nCOMMIT;",
    ],
    ids=["asked for in the header", "set in the file", "other locks are held"],
)
def test_a_validation_that_has_a_limit_keeps_it(runner, database, text):
    with (
        held(database, "LOCK TABLE busy IN SHARE UPDATE EXCLUSIVE MODE"),
        pytest.raises(LockHeld),
    ):
        run_step(runner, step(text))


def test_the_record_does_not_wait_without_limit_for_the_history(runner, database, told):
    """Meanwhile others wait for what the file has locked."""
    with (
        held(database, "LOCK TABLE public.schema_migrations IN SHARE MODE") as process,
        pytest.raises(LockHeld, match=r"at COMMIT(.|\n)*Tried 2 times\.") as caught,
    ):
        run_step(
            slower(runner, 1),
            step("BEGIN;\nSET LOCAL lock_timeout = 0;\nLOCK TABLE busy;\nCOMMIT;"),
        )
    assert f"Blocked by process {process} (" in str(caught.value)
    assert {(event.line, event.verb) for event in told.of(StatementBlocked)} == {(0, "COMMIT")}


@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
def test_a_signal_between_two_attempts_says_what_is_left(runner, database, header):
    def stop(_seconds):
        raise Terminated

    hasty = replace(runner, retries=replace(runner.retries, sleep=stop))
    text = f"{header}CREATE TABLE first (id int);\nALTER TABLE busy ADD COLUMN more int;"
    left = "statement 1 of 2 has taken effect" if header else "nothing of this file was applied"
    with held(database), pytest.raises(Interrupted, match=left):
        run_step(hasty, step(text))


def test_pauses_double_and_are_stretched_by_chance():
    chances = iter([0.0, 1.0, 0.5, 0.5, 0.5])
    retries = Retries(9, first=1.0, longest=6.0, chance=lambda: next(chances))
    assert [retries.pause(attempts) for attempts in range(1, 6)] == [0.5, 3.0, 4.0, 6.0, 6.0]


def test_who_only_waits_in_the_queue_comes_after_who_has_the_lock(runner, database, told):
    queue = database.connect()
    waiting = queue.info.backend_pid
    with held(database) as process:
        thread = threading.Thread(
            target=queue.execute, args=("ALTER TABLE busy ADD COLUMN queued int",)
        )
        thread.start()
        wait_until(lambda: rows(database, "SELECT pid FROM pg_locks WHERE NOT granted"))
        with pytest.raises(LockHeld):
            run_step(slower(runner, 0), step("ALTER TABLE busy ADD a int;"))
    thread.join(20)
    queue.close()
    first, second = told.of(StatementBlocked)[-1].blockers
    assert f"process {process} " in first
    assert f"process {waiting} " in second
    assert "waiting for a lock itself" in second
