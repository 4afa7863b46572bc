"""The executor in this process: interrupts, lost commits, statements no file may hold."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import psycopg
import pytest

from schema_tools.errors import Interrupted, MigrationFailed, Terminated
from schema_tools.history.files import parse_migration
from schema_tools.history.migration import Statement
from schema_tools.history.plan import Step
from schema_tools.history.progress import StatementStarted, tell_nobody
from schema_tools.postgres import recording
from schema_tools.postgres.executor import run_step
from schema_tools.postgres.ledger import Ledger, Provenance
from schema_tools.postgres.runner import Runner, progress_of
from schema_tools.postgres.timeouts import Limits

pytestmark = pytest.mark.db

STEPS = """\
-- Transaction: off
CREATE TABLE t (id int);
INSERT INTO t VALUES (1);
INSERT INTO t VALUES (2);
-- DOWN
-- DROP TABLE t;
"""


def migration(text: str):
    return parse_migration("001_x.sql", text.encode(), "m/001_x.sql")


@pytest.fixture
def runner(database):
    ledger = Ledger("public")
    with database.connect() as work, database.connect() as side:
        ledger.prepare(side)
        backend, by = work.info.backend_pid, Provenance("jo@host")
        yield Runner(work, side, ledger, by, Limits(5, 0), tell_nobody, backend=backend)


def rows(runner, query: str) -> list[tuple]:
    return runner.side.execute(query).fetchall()


def resumed(runner, step: Step) -> Step:
    (run,) = runner.ledger.read(runner.side).unfinished
    return replace(step, done=run.done, failure=run)


@pytest.mark.parametrize(("kind", "code"), [(KeyboardInterrupt, 2), (Terminated, 15)])
@pytest.mark.parametrize("transaction", [True, False])
def test_an_interrupt_says_what_is_left_and_keeps_it(runner, kind, code, transaction):
    text = STEPS if not transaction else STEPS.replace("-- Transaction: off\n", "")
    step = Step(migration(text), "up")

    def tell(event):
        if isinstance(event, StatementStarted) and event.index == 3:
            raise kind

    with pytest.raises(Interrupted) as caught:
        run_step(replace(runner, tell=tell), step)
    assert caught.value.signal_number == code
    if transaction:
        assert "nothing of this file was applied" in str(caught.value)
        assert rows(runner, "SELECT to_regclass('t')") == [(None,)]
        return
    assert "statements 1 to 2 of 3 have taken effect" in str(caught.value)
    run_step(runner, resumed(runner, step))
    assert rows(runner, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, psycopg.OperationalError("lost")])
@pytest.mark.parametrize("at", [2, 4], ids=["a statement", "the record"])
def test_a_commit_that_reached_the_server_all_the_same_is_not_done_twice(
    runner, monkeypatch, error, at
):
    """The answer to the COMMIT is lost: what is stored is the truth, not what this process saw."""
    step = Step(migration(STEPS), "up")
    commits = []
    check = recording._check_committed

    def commit_and_fail(tag):
        check(tag)
        commits.append(tag)
        if len(commits) == at:
            raise error

    monkeypatch.setattr(recording, "_check_committed", commit_and_fail)
    with pytest.raises((Interrupted, MigrationFailed)) as caught:
        run_step(runner, step)
    monkeypatch.undo()
    if at == 4:
        assert "this file is completely applied" in str(caught.value)
        assert runner.ledger.read(runner.side).unfinished == ()
    else:
        assert "statements 1 to 2 of 3 have taken effect" in str(caught.value)
        run_step(runner, resumed(runner, step))
    assert rows(runner, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]
    assert [row.version for row in runner.ledger.read(runner.side).applied] == ["001_x"]


@pytest.mark.parametrize("text", ["COMMIT", "ROLLBACK"])
def test_a_statement_that_ends_the_transaction_unseen_is_a_failure(runner, text):
    file = migration("CREATE TABLE t (id int);")
    part = replace(file.up, statements=(*file.up.statements, Statement(text, 2, text)))
    with pytest.raises(MigrationFailed, match="has ended the transaction"):
        run_step(runner, Step(replace(file, up=part), "up"))
    assert runner.ledger.read(runner.side).applied == ()


def test_a_concurrent_build_waits_longer_than_the_default_lock_timeout(runner, database):
    """Cut short it would leave an invalid index; it blocks nobody while it waits."""
    database.execute("CREATE TABLE t (id int)")
    impatient = replace(runner, limits=Limits(0.1, 0))
    text = (
        "-- Transaction: off\nCREATE INDEX CONCURRENTLY i ON t (id);\n"
        "CREATE TABLE seen AS SELECT current_setting('lock_timeout');"
    )
    thread = threading.Thread(target=run_step, args=(impatient, Step(migration(text), "up")))
    with database.connect() as other, other.transaction():
        other.execute("INSERT INTO t VALUES (1)")
        thread.start()
        time.sleep(0.6)
        assert thread.is_alive()
    thread.join(20)
    assert database.execute("TABLE seen") == [("100ms",)]
    assert database.execute("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass") == [
        (True,)
    ]


@pytest.mark.parametrize(
    ("limits", "header"),
    [(Limits(9, 0, asked_lock_timeout=0.1), ""), (Limits(9, 0), "-- Lock-Timeout: 100ms\n")],
)
def test_a_lock_timeout_that_was_asked_for_holds_for_a_concurrent_build(
    runner, database, limits, header
):
    database.execute("CREATE TABLE t (id int)")
    step = Step(migration(f"{header}CREATE INDEX CONCURRENTLY i ON t (id);"), "up")
    with database.connect() as other, other.transaction():
        other.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(Exception, match="lock timeout"):
            run_step(replace(runner, limits=limits), step)


def test_a_client_encoding_of_the_file_does_not_spoil_the_record(runner):
    text = "SET client_encoding = 'LATIN1';\nBEGIN;\nCREATE TABLE t (id int); -- ❤\nCOMMIT;\n"
    run_step(runner, Step(migration(text), "up"))
    assert rows(runner, "SELECT file_text FROM schema_migration_events") == [(text,)]


def test_what_a_build_without_a_name_has_left_goes_before_it_is_built_anew(runner, database):
    database.execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1)")
    step = Step(migration("CREATE UNIQUE INDEX CONCURRENTLY ON t (id);"), "up")
    with pytest.raises(MigrationFailed):
        run_step(runner, step)
    database.execute("DELETE FROM t")
    run_step(runner, resumed(runner, step))
    query = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
    assert database.execute(f"{query} WHERE indrelid = 't'::regclass") == [("t_id_idx", True)]


def test_a_concurrent_drop_that_was_completed_after_a_kill_is_not_run_again(runner, database):
    database.execute("CREATE TABLE t (id int); CREATE INDEX i ON t (id)")
    step = Step(migration("DROP INDEX CONCURRENTLY public.i;\n"), "up")

    def tell(event):
        if isinstance(event, StatementStarted):
            database.execute("DROP INDEX i")
            raise Terminated

    run_before = replace(runner, tell=tell)
    with pytest.raises(Interrupted):
        run_step(run_before, step)
    killed = progress_of(runner, step, done=0, running=1)
    runner.ledger.save_progress(runner.side, killed)
    run_step(runner, resumed(runner, step))
    assert [row.version for row in runner.ledger.read(runner.side).applied] == ["001_x"]


def test_long_lines_are_cut_around_the_error(runner):
    text = f"SELECT {'1, ' * 100}nowhere, {'2, ' * 100}3;"
    with pytest.raises(MigrationFailed) as caught:
        run_step(runner, Step(migration(text), "up"))
    line, caret = str(caught.value).splitlines()[2:4]
    assert len(line) < 130
    assert line[caret.index("^") :].startswith("nowhere")
    assert line.count("…") == 2
