"""Runs that were killed, and what `sqlmigrate_resolve` makes of what is left."""

from __future__ import annotations

import json
import signal

import pytest

from tests.runner.resolving import doubts, look, offers, refused, settle
from tests.runner.test_kill import kill_at, wait_until_alone
from tests.runner.waits import wait_for_statement

pytestmark = pytest.mark.db

CODE = """\
    -- Transaction: off
    CREATE TABLE one (id int);
    DO $$ BEGIN {} END $$;
    CREATE TABLE three (id int);
"""
BUILD = """\
    -- Transaction: off
    CREATE TABLE u (id int);
    CREATE INDEX CONCURRENTLY {}t_id ON t (id);
"""
VOUCH = ("--reason", "seen in the log", "--noinput")


def kill_in(project, shell, statement: str) -> None:
    """Kill a run while such a statement runs, and its server process, too."""
    process = shell.start("sqlmigrate_apply")
    wait_for_statement(project.database, statement, "PgSleep")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    project.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    wait_until_alone(project)


@pytest.fixture
def pause(project):
    """A table that makes code sleep as long as a row says; a replay finds it empty."""
    project.write("000_pause", "CREATE TABLE pause (seconds float);")
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute("INSERT INTO pause VALUES (60)")
    return "PERFORM pg_sleep(seconds) FROM pause"


def test_code_that_was_killed_before_it_committed_runs_again(project, shell, pause):
    project.write("001_code", CODE.format(f"{pause}; CREATE TABLE two ();"))
    kill_in(project, shell, "DO %")
    refusal = project.run("sqlmigrate_apply")
    assert refusal.code == 2
    assert "whether it took effect is not known" in refusal.out
    assert "sqlmigrate_resolve 001_code" in refusal.out
    document = look(project, "1")
    assert (document["fits"], offers(document)) == ([1], {"--rolled-back": "run_again"})
    settle(project, "1", "--rolled-back", *VOUCH)
    project.database.execute("DELETE FROM pause")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.tables() == {"pause", "one", "two", "three"}


def test_code_of_unknown_outcome_counts_as_somebody_says(project, shell):
    """The client died when the code had ended, or before it began: the history is the same."""
    project.write("001_code", CODE.format("PERFORM 1;"))
    assert kill_at(shell, "before 2") == -signal.SIGKILL
    wait_until_alone(project)
    # As if the statement had begun, which is stored right before it is sent.
    project.database.execute("UPDATE schema_migration_progress SET running_statement = 2")
    document = look(project, "1")
    assert (document["fits"], document["next"]) == ([1, 2], None)
    assert offers(document) == {"--applied": "count_as_run", "--rolled-back": "run_again"}
    assert doubts(document, "--applied") == doubts(document, "--rolled-back") == [3]
    assert "its client died while it ran" in refused(project, "1", "--applied")
    settle(project, "1", "--rolled-back", *VOUCH)
    status = json.loads(project.run("sqlmigrate_status", format="json").out)
    assert status["history"][0]["statements_done"] == 1
    assert look(project, "1")["next"] == "sqlmigrate_apply"
    assert project.run("sqlmigrate_apply").code == 0
    assert project.tables() == {"one", "three"}


def test_code_that_committed_before_it_was_killed_counts_as_run(project, shell, pause):
    project.write("001_code", CODE.format(f"CREATE TABLE two (); COMMIT; {pause};"))
    kill_in(project, shell, "DO %")
    document = look(project, "1")
    assert (document["fits"], offers(document)) == ([2], {"--applied": "count_as_run"})
    assert "has something of it" in refused(project, "1", "--rolled-back", *VOUCH)
    settle(project, "1", "--applied", *VOUCH)
    project.database.execute("DELETE FROM pause")
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.tables() == {"pause", "one", "two", "three"}


def test_a_build_that_the_server_finished_alone_is_recorded(project, shell):
    project.write("001_table", "CREATE TABLE t (id int);")
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_index", BUILD.format(""))
    with project.database.connect() as other, other.transaction():
        other.execute("INSERT INTO t VALUES (1)")
        process = shell.start("sqlmigrate_apply", "--lock-timeout", "0")
        wait_for_statement(project.database, "CREATE INDEX CONCURRENTLY%")
        assert project.run("sqlmigrate_resolve", "2").code == 4
        process.kill()
        process.communicate()
    wait_until_alone(project)
    document = look(project, "2")
    assert (document["fits"], document["next"]) == ([2], "sqlmigrate_apply")
    out = project.run("sqlmigrate_resolve", "2").out
    assert "counts statement 2 as run, goes on after statement 2 of 2" in out
    assert doubts(document, "--applied") == []
    settle(project, "2", "--applied")
    assert project.run("sqlmigrate_status", "--check").code == 0


@pytest.mark.parametrize("words", ["", "IF NOT EXISTS "])
def test_the_invalid_index_of_a_lost_backend_is_left_to_the_next_run(project, shell, words):
    project.write("001_table", "CREATE TABLE t (id int);")
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_index", BUILD.format(words))
    with project.database.connect() as other, other.transaction():
        other.execute("INSERT INTO t VALUES (1)")
        kill_in_build(project, shell)
    wait_until_alone(project)
    out = project.run("sqlmigrate_resolve", "2").out
    assert "drops the invalid index public.t_id, goes on after statement 1 of 2" in out
    for flag in ("--applied", "--rolled-back"):
        refused(project, "2", flag, *VOUCH)
    project.database.execute("DROP TABLE u")
    assert "its invalid index public.t_id is left" in refused(project, "2", "--rolled-back")
    project.database.execute("DROP INDEX t_id")
    settle(project, "2", "--rolled-back")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.database.execute(
        "SELECT indisvalid FROM pg_index i JOIN pg_class c "
        "ON c.oid = i.indexrelid WHERE c.relname = 't_id'"
    ) == [(True,)]


def test_the_invalid_index_of_a_build_without_a_name_is_known_from_the_replay(project):
    project.write("001_table", "CREATE TABLE t (id int);")
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute("INSERT INTO t VALUES (1), (1)")
    project.write("002_index", "CREATE UNIQUE INDEX CONCURRENTLY ON t (id);")
    assert project.run("sqlmigrate_apply").code == 5
    out = project.run("sqlmigrate_resolve", "2").out
    assert "Nothing of it is there, and the invalid index public.t_id_idx" in out
    assert "drops the invalid index public.t_id_idx, runs it from its beginning; mend" in out
    assert "What turns" not in out
    assert "its invalid index public.t_id_idx is left" in refused(project, "2", "--rolled-back")


def kill_in_build(project, shell) -> None:
    """Kill the server process of a concurrent build, and its client at the same moment."""
    process = shell.start("sqlmigrate_apply", "--lock-timeout", "0")
    wait_for_statement(project.database, "CREATE INDEX CONCURRENTLY%", "virtualxid")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    project.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'"
    )


def test_a_killed_transaction_leaves_nothing_to_settle(project, shell):
    project.write("001_tables", "BEGIN; CREATE TABLE a (); CREATE TABLE b (); COMMIT;")
    assert kill_at(shell, "before 2") == -signal.SIGKILL
    wait_until_alone(project)
    document = look(project, "1")
    assert (document["fits"], document["next"]) == ([0], "sqlmigrate_apply")
