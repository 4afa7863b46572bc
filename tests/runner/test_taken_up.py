"""A file is taken up again, and that fails: where the earlier run stopped is not forgotten."""

from __future__ import annotations

import secrets
import signal

import pytest

from tests.runner.test_kill import wait_until_alone
from tests.runner.test_resume import DUPLICATES, invalid_indexes, progress
from tests.runner.waits import wait_for_statement

pytestmark = pytest.mark.db

INDEXES = "SELECT indexname FROM pg_indexes WHERE tablename = 'a' ORDER BY 1"


def kill_in_a_build(project, shell) -> None:
    """Kill a run while its concurrent build waits for a reader; the server goes on with that."""
    with project.database.connect() as other, other.transaction():
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")
        process = shell.start("sqlmigrate_apply")
        wait_for_statement(project.database, "CREATE INDEX CONCURRENTLY%", "virtualxid")
        process.kill()
        process.communicate()
    wait_until_alone(project)


@pytest.fixture
def role(server):
    """A role that may go and come back."""
    name = f"keeper_{secrets.token_hex(4)}"
    server.execute(f"CREATE ROLE {name}")
    yield name
    server.execute(f"DROP ROLE IF EXISTS {name}")


def test_an_interruption_while_a_failed_build_is_dropped_is_made_up_for(project, shell):
    project.write("001_unique", DUPLICATES)
    assert project.run("sqlmigrate_apply").code == 5
    before = progress(project)
    project.database.execute("DELETE FROM t")
    with project.database.connect() as other, other.transaction():
        other.execute("SELECT * FROM t")
        process = shell.start("sqlmigrate_apply")
        wait_for_statement(project.database, "DROP INDEX CONCURRENTLY%")
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "while it was being taken up again at statement 3 of 4" in err
    assert "statements 1 to 2 of 4 have taken effect" in err
    assert progress(project) == before
    assert "FAILED, statement 3 of 4" in project.run("sqlmigrate_status").out

    wait_until_alone(project)
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert invalid_indexes(project) == []
    assert project.applied() == ["001_unique"]


def test_a_failure_to_drop_what_was_left_names_the_statement(project):
    project.write("001_unique", DUPLICATES)
    assert project.run("sqlmigrate_apply").code == 5
    project.database.execute("DELETE FROM t")
    with project.database.connect() as other, other.transaction():
        other.execute("LOCK t IN SHARE ROW EXCLUSIVE MODE")
        result = project.run("sqlmigrate_apply", "--lock-timeout", "0.2", "--retries", "0")
    assert result.code == 4
    assert "001_unique.sql: while it was being taken up again at statement 3 of 4" in result.err
    assert "COMMIT" not in result.err
    assert project.run("sqlmigrate_apply").code == 0
    assert invalid_indexes(project) == []


def test_a_build_that_went_on_is_known_after_a_resume_that_failed(project, shell, server, role):
    project.write(
        "001_index",
        f"""\
        -- Transaction: off
        SET ROLE {role};
        SET work_mem = '8MB';
        RESET ROLE;
        CREATE TABLE a (i int);
        CREATE INDEX CONCURRENTLY ON a (i);
        CREATE TABLE b ();
        """,
    )
    kill_in_a_build(project, shell)
    server.execute(f"DROP ROLE {role}")
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "001_index.sql:2 (statement 1 of 6, sent again to go on at statement 5 of 6)" in (
        result.err
    )
    assert "What the file has set is set again before it goes on" in result.err
    assert progress(project) == [("001_index", "up", 4, 6, 5, "")]
    assert "killed" in project.run("sqlmigrate_status").out

    server.execute(f"CREATE ROLE {role}")
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.database.execute(INDEXES) == [("a_i_idx",)]


def test_what_a_build_that_went_on_has_done_is_kept_where_the_next_statement_cannot_begin(
    project, shell
):
    project.write(
        "001_index",
        """\
        -- Transaction: off
        CREATE TABLE a (i int);
        CREATE INDEX CONCURRENTLY ON a (i);
        CREATE INDEX IF NOT EXISTS two ON a (i);
        """,
    )
    kill_in_a_build(project, shell)
    project.database.execute(
        "CREATE INDEX two ON a (i);"
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'two'::regclass"
    )
    result = project.run("sqlmigrate_apply")
    assert "public.two is there already" in result.err
    assert "statements 1 to 2 of 3 have taken effect" in result.err
    project.database.execute("DROP INDEX two")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.database.execute(INDEXES) == [("a_i_idx",), ("two",)]


def test_a_role_that_the_file_has_left_need_not_be_there_any_more(project, server, role):
    project.write(
        "001_steps",
        f"""\
        -- Transaction: off
        SET ROLE {role};
        SELECT 1;
        RESET ROLE;
        CREATE TABLE a (i int REFERENCES missing);
        """,
    )
    assert project.run("sqlmigrate_apply").code == 5
    server.execute(f"DROP ROLE {role}")
    project.database.execute("CREATE TABLE missing (i int PRIMARY KEY)")
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err


def test_a_file_that_stopped_before_anything_ran_says_so(project):
    project.write("001_steps", "SET ROLE nobody_at_all; BEGIN; CREATE TABLE a (); COMMIT;")
    assert project.run("sqlmigrate_apply").code == 5
    assert "FAILED, before statement 1 of 1" in project.run("sqlmigrate_status").out
