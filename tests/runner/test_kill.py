"""A run is killed or interrupted at every moment: what the database holds then, and afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from textwrap import dedent

import pytest

from schema_tools.postgres.lock import runner_lock
from tests.runner.test_lock import HISTORY
from tests.runner.waits import wait_for_statement

pytestmark = pytest.mark.db

STATEMENTS = 5
FILE = (
    "BEGIN;\n"
    + "".join(f"CREATE TABLE t{number} (id int);\n" for number in range(1, STATEMENTS + 1))
    + "COMMIT;\n"
)
# A process that kills itself, as no handler can prevent, at the moment that its argument names.
KILL_YOURSELF = """
    import os, signal, sys
    import django
    django.setup()
    from schema_tools.history.progress import FileFinished, StatementStarted
    from schema_tools.postgres.ledger import Ledger
    from schema_tools.services.apply import apply

    moment = sys.argv[1]

    def die(*_args):
        os.kill(os.getpid(), signal.SIGKILL)

    def tell(event):
        if isinstance(event, StatementStarted) and moment == f"before {event.index}":
            die()
        if isinstance(event, FileFinished) and moment == "after commit":
            die()

    record = Ledger.record

    def record_and_die(*args):
        record(*args)
        die()

    if moment == "before the row":
        Ledger.record = die
    if moment == "before commit":
        Ledger.record = record_and_die
    apply("default", tell=tell)
"""


def wait_until_alone(project):
    """Wait until the server has noticed that its clients are gone."""
    deadline = time.monotonic() + 120
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    while project.database.execute(query) != [(0,)]:
        if time.monotonic() > deadline:
            pytest.fail("a connection of the killed process is still there")
        time.sleep(0.05)


def kill_at(shell, moment: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", dedent(KILL_YOURSELF), moment],
        env=shell.environment(),
        cwd=shell.home,
        timeout=60,
        check=False,
    ).returncode


@pytest.mark.parametrize(
    "moment",
    [
        *(f"before {index}" for index in range(1, STATEMENTS + 1)),
        "before the row",
        "before commit",
    ],
)
def test_kill_9_inside_a_transactional_file_leaves_neither_ddl_nor_row(project, shell, moment):
    project.write("001_tables", FILE)
    assert kill_at(shell, moment) == -signal.SIGKILL
    wait_until_alone(project)
    assert project.tables() == set()
    assert project.applied() == []
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert len(project.tables()) == STATEMENTS
    assert project.applied() == ["001_tables"]


def test_kill_9_after_the_commit_leaves_both(project, shell):
    project.write("001_tables", FILE)
    assert kill_at(shell, "after commit") == -signal.SIGKILL
    wait_until_alone(project)
    assert len(project.tables()) == STATEMENTS
    assert project.applied() == ["001_tables"]
    assert "Nothing to apply" in project.run("sqlmigrate_apply").out


def test_kill_9_from_outside_at_any_time_leaves_all_or_nothing(project, shell):
    slow = FILE.replace(";\nCREATE", ";\nSELECT pg_sleep(0.05);\nCREATE")
    for number, delay in enumerate((0.4, 0.6, 0.7, 0.8), start=1):
        name = f"{number:03}_tables"
        project.write(name, slow.replace(" t", f" r{number}_t"))
        process = shell.start("sqlmigrate_apply")
        time.sleep(delay)
        process.kill()
        process.communicate()
        wait_until_alone(project)
        made = {table for table in project.tables() if table.startswith(f"r{number}_")}
        assert len(made) in {0, STATEMENTS}
        assert (name in project.applied()) == bool(made)
        assert project.run("sqlmigrate_apply").code == 0


@pytest.mark.parametrize("moment", [f"before {index}" for index in range(1, 4)])
def test_kill_9_in_a_file_without_transaction_does_nothing_twice(project, shell, moment):
    project.write(
        "001_steps",
        """\
        -- Transaction: off
        CREATE TABLE t (id int);
        INSERT INTO t VALUES (1);
        INSERT INTO t VALUES (2);
        """,
    )
    assert kill_at(shell, moment) == -signal.SIGKILL
    wait_until_alone(project)
    status = project.run("sqlmigrate_status")
    if moment != "before 1":
        assert "was killed in statement" in status.out
    assert project.applied() == []
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.database.execute("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_a_statement_that_goes_on_after_its_client_was_killed_is_waited_for(project, shell):
    """A concurrent build does not end with its client: another run beside it would break it."""
    project.database.execute("CREATE TABLE t (id int)")
    project.write("001_index", "CREATE INDEX CONCURRENTLY t_id ON t (id);")
    with project.database.connect() as other, other.transaction():
        other.execute("INSERT INTO t VALUES (1)")
        process = shell.start("sqlmigrate_apply", "--lock-timeout", "0")
        wait_for_statement(project.database, "CREATE INDEX CONCURRENTLY%")
        assert "running now, statement 1 of 1" in project.run("sqlmigrate_status").out
        process.kill()
        process.communicate()
        # Should it not be waited for, it would be waited for by the server, and that without end.
        result = project.run("sqlmigrate_apply", "--lock-timeout", "2", "--statement-timeout", "9")
        assert result.code == 4
        assert "still runs in server process" in result.err
    wait_until_alone(project)
    result = project.run("sqlmigrate_apply")
    assert project.applied() == ["001_index"], result.err
    assert project.database.execute(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_id'::regclass"
    ) == [(True,)]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_the_state_that_is_left(project, shell, number, code):
    project.write("001_first", "CREATE TABLE first (id int);")
    project.write("002_slow", "BEGIN; CREATE TABLE t (id int); SELECT pg_sleep(60); COMMIT;")
    process = shell.start("sqlmigrate_apply")
    wait_for_statement(project.database, "SELECT pg_sleep%")
    process.send_signal(number)
    _out, err = process.communicate(timeout=120)
    assert process.returncode == code
    assert f"stopped by {signal.Signals(number).name}" in err
    assert "nothing of this file was applied; applied files: 001_first" in err
    assert "Traceback" not in err
    wait_until_alone(project)
    assert project.tables() == {"first"}
    assert project.applied() == ["001_first"]


def test_a_signal_while_waiting_for_the_lock_says_that_nothing_was_under_way(project, shell):
    project.write("001_first", "CREATE TABLE first (id int);")
    with project.database.connect() as holder, runner_lock(holder, HISTORY, wait=0):
        process = shell.start("sqlmigrate_apply", "--lock-wait", "600")
        assert "Waiting up to 600 s for the lock" in process.stderr.readline()
        process.terminate()
        _out, err = process.communicate(timeout=120)
    assert process.returncode == 143
    assert "nothing was under way" in err
    assert project.tables() == set()
