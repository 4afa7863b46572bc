"""One runner at a time, on a server that can be written to, over a session that stays the same."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import psycopg
import pytest

from schema_tools.errors import LockHeld, Unavailable
from schema_tools.history.progress import LockAwaited
from schema_tools.postgres.activity import Session
from schema_tools.postgres.lock import check_usable, lock_key, runner_lock
from schema_tools.services.apply import ApplyOptions, apply
from schema_tools.services.run import Waiting

HISTORY = "public.schema_migrations"


@pytest.mark.db
def test_a_second_runner_is_told_who_holds_the_lock(project):
    project.write("001_first", "CREATE TABLE first (id int);")
    with project.database.connect() as holder, runner_lock(holder, HISTORY, wait=0):
        process = holder.info.backend_pid
        holder.execute("SET application_name = 'night deploy'")
        result = project.run("sqlmigrate_apply", "--lock-wait", "0.3")
    assert result.code == 4
    assert f"process {process}" in result.err
    assert f"If it hangs: SELECT pg_terminate_backend({process});" in result.err
    assert (
        f"user {project.database.params['user']}, host local socket, application night deploy, "
        "since 20" in result.err
    )
    assert "Waiting up to 0.3 s for the lock" in result.err
    assert project.tables() == set()


@pytest.mark.db
def test_who_waits_is_told_what_runs_and_again_when_another_has_the_lock(project):
    """The lock's own session idles: what the run does is seen in the process that works for it."""
    told = []

    def wait_for_lock():
        with (
            project.database.connect() as waiter,
            runner_lock(waiter, HISTORY, wait=30, on_wait=told.append),
        ):
            told.append("had it")

    first, second = project.database.connect(), project.database.connect()
    processes = first.info.backend_pid, second.info.backend_pid
    waiter = threading.Thread(target=wait_for_lock)
    # In the server's own queue: it has the lock at the moment in which the first gives it back.
    next_one = threading.Thread(
        target=second.execute, args=("SELECT pg_advisory_lock(%s)", (lock_key(HISTORY),))
    )
    with project.database.connect() as work:
        work.execute("SET application_name = 'the work'")
        process = work.info.backend_pid
        with runner_lock(first, HISTORY, wait=0) as lock, lock.working_in(process):
            next_one.start()
            waiter.start()
            wait_until(lambda: told)
            queue = "SELECT pid FROM pg_locks WHERE NOT granted"
            wait_until(lambda: project.database.execute(queue))
    wait_until(lambda: len(told) == 2)
    next_one.join()
    first.close()
    second.close()
    waiter.join(20)
    assert f"process {processes[0]} (user " in told[0]
    assert f"); its statements run in process {process}, idle for " in told[0]
    assert told[0].endswith("last: SET application_name = 'the work'")
    assert f"process {processes[1]} (user " in told[1]
    assert "its statements run" not in told[1]
    assert told[2:] == ["had it"]


def wait_until(true) -> None:
    """Wait for what another thread is about to do."""
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


@pytest.mark.db
def test_what_a_role_may_not_see_of_the_holder_is_said_to_be_hidden(project, server):
    role = f"{project.database.name}_few"
    server.execute(f"CREATE ROLE {role} LOGIN")
    params = {**project.database.params, "user": role}
    try:
        with (
            project.database.connect() as holder,
            runner_lock(holder, HISTORY, wait=0),
            psycopg.connect(**params, autocommit=True) as waiter,
            pytest.raises(LockHeld) as caught,
            runner_lock(waiter, HISTORY, wait=0),
        ):
            pytest.fail("two have the lock")
    finally:
        server.execute(f"DROP ROLE {role}")
    message = str(caught.value)
    assert f"(user {project.database.params['user']}, " in message
    assert "what it does is hidden from this role; pg_read_all_stats would show it" in message
    assert "insufficient privilege" not in message


@pytest.mark.db
def test_the_sessions_of_a_run_are_named_after_command_and_alias(project):
    project.write(
        "001_name",
        "CREATE TABLE names AS SELECT application_name FROM pg_stat_activity\n"
        "WHERE datname = current_database() AND backend_type = 'client backend';",
    )
    assert project.run("sqlmigrate_apply").code == 0
    name = f"schema_tools sqlmigrate_apply {project.alias}"
    assert project.database.execute("TABLE names") == [(name,), (name,)]


def test_a_password_in_a_statement_is_not_shown():
    session = Session(7, state="active", query="ALTER ROLE jo PASSWORD 'se''cret' LOGIN\n  ;")
    assert str(session) == "process 7 (active for 0 s): ALTER ROLE jo PASSWORD '…' LOGIN ;"


def test_a_long_statement_is_cut():
    assert len(str(Session(7, state="active", query="SELECT " + "x" * 999))) < 140


@pytest.mark.db
def test_a_poisoned_search_path_does_not_hide_the_holder(project):
    project.write("001_first", "CREATE TABLE first (id int);")
    project.database.execute(
        "CREATE SCHEMA evil;"
        "CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';"
        "CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);"
        f"ALTER DATABASE {project.database.name} SET search_path = evil, pg_catalog, public"
    )
    with project.database.connect() as holder, runner_lock(holder, HISTORY, wait=0):
        process = holder.info.backend_pid
        result = project.run("sqlmigrate_apply", "--lock-wait", "0")
    assert result.code == 4
    assert f"process {process}" in result.err


@pytest.mark.db
def test_a_plan_and_a_status_need_no_lock(project):
    project.write("001_first", "CREATE TABLE first (id int);")
    with project.database.connect() as holder, runner_lock(holder, HISTORY, wait=0):
        assert project.run("sqlmigrate_apply", "--plan").code == 0
        assert project.run("sqlmigrate_status").code == 0


@pytest.mark.db
def test_the_plan_is_made_again_under_the_lock(project):
    """What the holder applied meanwhile is not applied a second time."""
    project.write("001_first", "CREATE TABLE first (id int);")
    waiting, outcome = threading.Event(), []

    def tell(event):
        if isinstance(event, LockAwaited):
            waiting.set()

    def second_runner():
        options = ApplyOptions(waiting=Waiting(lock_wait=30))
        outcome.append(apply(project.alias, options, tell=tell))

    thread = threading.Thread(target=second_runner)
    with project.database.connect() as holder, runner_lock(holder, HISTORY, wait=0):
        thread.start()
        assert waiting.wait(20)
        project.database.execute(
            "CREATE TABLE first (id int); CREATE TABLE schema_migrations (id serial, version text,"
            " name text, checksum text, applied_at timestamp, applied_by text, environment text,"
            " execution_time_ms int);"
            "INSERT INTO schema_migrations (version) VALUES ('001_first')"
        )
    thread.join(20)
    (report,) = outcome
    assert report.ok
    assert "Nothing to apply" in report.summary


@pytest.mark.db
def test_databases_and_history_tables_do_not_lock_each_other(project):
    with project.database.connect() as one, project.database.connect() as other:
        with (
            runner_lock(one, HISTORY, wait=0),
            runner_lock(other, "public.sql_migrations", wait=0),
        ):
            pass
        with (
            runner_lock(one, HISTORY, wait=0),
            pytest.raises(LockHeld),
            runner_lock(other, HISTORY, wait=0),
        ):
            pytest.fail("two have the lock")


@pytest.mark.db
def test_a_pooler_may_call_the_database_by_another_name(project):
    """Two runners that come by different names to one database are in each other's way."""

    class Renamed(psycopg.Connection):
        @property
        def info(self):
            version = super().info.server_version
            return SimpleNamespace(dbname="alias_of_the_pooler", server_version=version)

    with (
        project.database.connect() as one,
        Renamed.connect(**project.database.params, autocommit=True) as other,
        runner_lock(one, HISTORY, wait=0),
        pytest.raises(LockHeld),
        runner_lock(other, HISTORY, wait=0),
    ):
        pytest.fail("two have the lock")


def test_keys_are_signed_64_bit_numbers():
    keys = {lock_key(purpose) for purpose in ("a", "b", "c", "d")}
    assert len(keys) == 4
    assert all(-(2**63) <= key < 2**63 for key in keys)


@pytest.mark.db
def test_the_lock_is_free_again_after_an_error(project):
    project.write("001_bad", "SELECT 1/0;")
    assert project.run("sqlmigrate_apply").code == 5
    assert project.database.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    ) == [(0,)]


@pytest.mark.db
@pytest.mark.parametrize(
    ("header", "state", "tables"),
    [
        ("", "nothing of this file was applied; applied files: 001_first", {"first"}),
        (
            "-- Transaction: off\n",
            "statements 1 to 2 of 3 have taken effect; applied files: 001_first",
            {"first", "second"},
        ),
    ],
    ids=["a transaction", "statement by statement"],
)
def test_a_lost_lock_stops_the_run_before_the_next_statement(project, header, state, tables):
    """What comes next must not run when another runner may have taken over."""
    project.write("001_first", "CREATE TABLE first (id int);")
    project.write(
        "002_thief",
        f"{header}CREATE TABLE second (id int);\n"
        "SELECT pg_terminate_backend(pid, 9000) FROM pg_locks\n"
        "  WHERE locktype = 'advisory' AND objsubid = 1;\n"
        "CREATE TABLE third (id int);",
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 3
    assert "the connection that held the lock was lost" in result.err
    assert f"Now: {state}" in result.err
    assert project.applied() == ["001_first"]
    assert project.tables() == tables
    left = project.run("sqlmigrate_apply", "--plan").out.splitlines()
    assert ("CREATE TABLE second (id int);" in left) == (not header)
    assert "CREATE TABLE third (id int);" in left


@pytest.mark.db
def test_a_statement_during_which_the_lock_was_lost_counts_as_done(project):
    """Of a DO block nobody could find out afterwards whether it took effect."""
    project.write(
        "001_thief",
        "-- Transaction: off\n"
        "CREATE TABLE first (id int);\n"
        "DO $$ BEGIN INSERT INTO first VALUES (1); COMMIT;\n"
        "PERFORM pg_terminate_backend(pid, 9000) FROM pg_locks\n"
        "  WHERE locktype = 'advisory' AND objsubid = 1; END $$;\n"
        "INSERT INTO first VALUES (2);",
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 3
    assert "the connection that held the lock was lost" in result.err
    assert "statements 1 to 2 of 3 have taken effect" in result.err
    assert project.run("sqlmigrate_apply").code == 0
    assert project.database.execute("SELECT id FROM first ORDER BY id") == [(1,), (2,)]


@pytest.mark.db
@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
def test_a_file_is_not_recorded_once_the_lock_is_lost(project, header):
    project.write(
        "001_thief",
        f"{header}CREATE TABLE first (id int);\n"
        "SELECT pg_terminate_backend(pid, 9000) FROM pg_locks\n"
        "  WHERE locktype = 'advisory' AND objsubid = 1;\n",
    )
    assert project.run("sqlmigrate_apply").code == 3
    assert project.applied() == []
    assert project.tables() == ({"first"} if header else set())


class FakeSession:
    """A session as seen through a pooler: the server process behind it may change."""

    def __init__(self, announced: int, processes: list[int], *, standby: bool = False) -> None:
        self.info = SimpleNamespace(backend_pid=announced)
        self.processes = processes
        self.standby = standby

    def execute(self, query: str) -> SimpleNamespace:
        if "pg_is_in_recovery" in query:
            return SimpleNamespace(fetchone=lambda: (self.standby,))
        if "read_only" in query:
            return SimpleNamespace(fetchone=lambda: ("off",))
        process = self.processes.pop(0) if len(self.processes) > 1 else self.processes[0]
        return SimpleNamespace(fetchone=lambda: (process,))

    def transaction(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_error) -> None:
        return None


def no_probe():
    pytest.fail("a second connection is opened though there is no pooler")


def test_a_direct_session_is_usable():
    check_usable(FakeSession(7, [7]), no_probe)


def test_a_pool_in_session_mode_is_usable():
    check_usable(FakeSession(999, [7]), lambda: FakeSession(998, [8]))


@pytest.mark.parametrize(
    ("first", "second"), [([7], [7]), ([7, 9], [8])], ids=["shared process", "changing process"]
)
def test_a_pool_in_transaction_mode_is_refused_with_advice(first, second):
    with pytest.raises(Unavailable, match="transaction mode") as caught:
        check_usable(FakeSession(999, first), lambda: FakeSession(998, second))
    assert "--database" in caught.value.hint


def test_a_standby_is_refused():
    with pytest.raises(Unavailable, match="standby"):
        check_usable(FakeSession(7, [7], standby=True), no_probe)


@pytest.mark.db
def test_a_real_session_is_taken_for_a_direct_one(project):
    with psycopg.connect(**project.database.params, autocommit=True) as connection:
        check_usable(connection, no_probe)
