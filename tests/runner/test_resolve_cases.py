"""Migrations in doubt: each settlement on a database that was made to fit it."""

from __future__ import annotations

import io
import shlex
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from schema_tools.errors import ConsentRefused, ScratchUnavailable
from schema_tools.postgres.ledger import Ledger
from schema_tools.postgres.lock import runner_lock
from schema_tools.services.resolve import ResolveOptions, resolve
from tests.runner.resolving import BASE, STEPS, doubts, last_event, look, offers, refused, settle

pytestmark = pytest.mark.db

ROWS = """\
    -- Transaction: off
    CREATE TABLE one (id int);
    INSERT INTO one VALUES (1);
    SELECT 1 / count(*) FROM base;
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stopped(project):
    """A project with a file of which the first two statements have run and the third failed."""
    project.write("001_base", BASE)
    project.write("002_steps", STEPS)
    assert project.run("sqlmigrate_apply").code == 5
    return project


@pytest.fixture
def applied(project):
    """A project with three files, all applied."""
    project.write("001_base", BASE)
    project.write("002_rows", "CREATE TABLE one (id int);\nINSERT INTO one VALUES (1);\n")
    project.write("003_index", "CREATE INDEX base_id ON base (id);\nCREATE TABLE three ();\n")
    assert project.run("sqlmigrate_apply").code == 0
    return project


def test_rows_are_not_seen_and_somebody_has_to_vouch_for_them(project):
    project.write("001_base", BASE)
    project.write("002_rows", ROWS)
    assert project.run("sqlmigrate_apply").code == 5
    project.database.execute("DROP TABLE one")
    assert doubts(look(project, "2"), "--rolled-back") == [3]
    assert "line 3, INSERT" in refused(project, "2", "--rolled-back", "--noinput")
    assert "line 3, INSERT" in refused(project, "2", "--rolled-back", "--reason", " ")
    settle(project, "2", "--rolled-back", "--reason", "went with the table", "--noinput")
    assert look(project, "2")["situation"] == "pending"


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("no\n", 2)])
def test_a_person_is_asked(project, monkeypatch, answer, code):
    project.write("001_base", BASE)
    project.database.execute("CREATE TABLE base (id int)")
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    err, returned = Terminal(), 0
    try:
        call_command(
            "sqlmigrate_resolve",
            "1",
            "--applied",
            database=project.alias,
            stdout=io.StringIO(),
            stderr=err,
        )
    except CommandError as error:
        returned = error.returncode
    assert returned == code
    assert "001_base: record it as completely applied?\nGo on? [y/N]" in err.getvalue()
    assert project.applied() == (["001_base"] if code == 0 else [])


def test_a_file_that_was_run_by_hand_is_recorded_only_in_its_turn(project):
    project.write("001_base", BASE)
    project.write("002_two", "CREATE TABLE two ();")
    document = look(project, "1")
    assert (document["ok"], document["next"], document["fits"]) == (True, "sqlmigrate_apply", [0])
    project.database.execute("CREATE TABLE base (id int); CREATE TABLE two ()")
    result = project.run("sqlmigrate_resolve", "2", "--applied")
    assert result.code == 2
    assert "001_base comes before it, and is not applied" in result.out
    settle(project, "1", "--applied")
    settle(project, "2", "--applied")
    assert project.run("sqlmigrate_status", "--check").code == 0


def test_an_applied_file_that_was_undone_by_hand_is_taken_out(applied):
    document = look(applied, "3")
    assert (document["ok"], document["situation"], document["offers"]) == (True, "applied", [])
    assert "all of it is in the database" in refused(applied, "3", "--rolled-back")
    assert "it is recorded as applied already" in refused(applied, "3", "--applied")
    applied.database.execute("DROP INDEX base_id")
    assert look(applied, "3")["ok"] is False
    assert "the database has something of it" in refused(applied, "3", "--rolled-back")
    applied.database.execute("DROP TABLE three")
    settle(applied, "3", "--rolled-back")
    assert applied.applied() == ["001_base", "002_rows"]


def test_half_a_file_whose_statements_were_changed_is_held_against_what_ran(stopped):
    stopped.write("002_steps", STEPS.replace("two (id int)", "two (id text)"))
    result = stopped.run("sqlmigrate_resolve", "2")
    assert "-CREATE TABLE two (id int);\n+CREATE TABLE two (id text);" in result.out
    assert "Statements 1 to 2 of 4 are there" in result.out
    assert look(stopped, "2")["next"] is None
    assert "does not say what has run" in refused(stopped, "2", "--applied")
    assert "has something of it" in refused(stopped, "2", "--rolled-back")
    stopped.database.execute("DROP TABLE one, two; INSERT INTO base VALUES (1)")
    settle(stopped, "2", "--rolled-back")
    assert stopped.run("sqlmigrate_apply").code == 0


def test_half_a_file_whose_text_is_lost_is_not_taken_for_undone(stopped):
    stopped.write("002_steps", STEPS.replace("two (id int)", "two (id text)"))
    stopped.database.execute("DELETE FROM schema_migration_events; DROP TABLE one, two")
    assert "The text that ran is not known" in stopped.run("sqlmigrate_resolve", "2").out
    assert "what the run did is not known" in refused(stopped, "2", "--rolled-back")


def test_half_a_file_that_is_gone_can_be_written_again(stopped):
    path = stopped.folder / "002_steps.sql"
    text = path.read_bytes()
    path.unlink()
    document = look(stopped, "2")
    assert (document["situation"], document["next"]) == ("stopped", None)
    assert document["past_text"].encode() == text
    assert "there is no file of it" in refused(stopped, "2", "--applied")
    assert "nobody could be asked" in refused(stopped, "2", "--restore")
    settle(stopped, "2", "--restore", "--noinput")
    assert path.read_bytes() == text
    assert last_event(stopped)[2] == "--restore: write the file again as it was."
    assert look(stopped, "2")["next"] == "sqlmigrate_apply"


def test_a_change_of_comments_and_white_space_is_accepted(applied):
    applied.write("002_rows", "-- new\nCREATE TABLE one  (id int);\nINSERT INTO one VALUES (1);\n")
    result = applied.run("sqlmigrate_resolve", "2")
    assert "+-- new" in result.out
    assert "it runs the same" in result.out
    settle(applied, "2", "--accept-checksum")
    assert applied.run("sqlmigrate_status", "--check").code == 0
    applied.write("002_rows", "CREATE TABLE one (id int);\nINSERT INTO one VALUES (1);\n")
    assert "+++ 002_rows.sql (now)\n" in applied.run("sqlmigrate_resolve", "2").out


def test_a_change_that_makes_the_same_schema_is_accepted_with_a_reason_for_rows(applied):
    text = "CREATE TABLE one ();\nALTER TABLE one ADD id integer;\nINSERT INTO one VALUES ({});\n"
    applied.write("002_rows", text.format(1))
    assert doubts(look(applied, "2"), "--accept-checksum") == []
    applied.write("002_rows", text.format(2))
    assert doubts(look(applied, "2"), "--accept-checksum") == [2, 3]
    assert "INSERT" in refused(applied, "2", "--accept-checksum")
    arguments = ("--accept-checksum", "--reason", "no rows in production", "--noinput")
    settle(applied, "2", *arguments)
    assert applied.run("sqlmigrate_status", "--check").code == 0


def test_a_change_that_makes_another_schema_is_refused_with_the_difference(applied):
    path = applied.write(
        "003_index", "CREATE INDEX base_id ON base (id);\nCREATE TABLE three (x int);\n"
    )
    said = refused(applied, "3", "--accept-checksum", "--reason", "x", "--noinput")
    assert "table three\n  + column x integer" in said
    assert "write what is to be changed as a new migration" in said
    assert "not written over" in refused(applied, "3", "--restore", "--noinput")
    safe = applied.run("sqlmigrate_resolve", "3").out.partition("Safe now:\n")[2].splitlines()
    program, *names = shlex.split(safe[0])
    assert (program, safe[1].split()[1:4]) == (
        "mv",
        ["sqlmigrate_resolve", "003_index", "--restore"],
    )
    Path(names[0]).rename(names[1])
    assert path.with_name("_003_index.sql").exists()
    settle(applied, "3", "--restore", "--noinput")
    assert applied.run("sqlmigrate_status", "--check").code == 0


def test_a_change_of_an_unknown_text_is_accepted_only_on_somebodys_word(applied):
    applied.database.execute("DELETE FROM schema_migration_events")
    applied.write("003_index", "CREATE TABLE three ();\nCREATE INDEX base_id ON base (id);\n")
    assert doubts(look(applied, "3"), "--accept-checksum") == [1]
    refused(applied, "3", "--accept-checksum")
    settle(applied, "3", "--accept-checksum", "--reason", "only moved", "--noinput")
    applied.write("003_index", "CREATE TABLE four ();\n")
    applied.database.execute("DELETE FROM schema_migration_events")
    refused(applied, "3", "--accept-checksum", "--reason", "x", "--noinput")


def test_rows_alone_are_taken_out_of_what_is_applied_on_somebodys_word(applied):
    applied.write("004_rows", "INSERT INTO base VALUES (1);")
    assert applied.run("sqlmigrate_apply").code == 0
    result = applied.run("sqlmigrate_resolve", "4")
    assert "All of it is there, as the history says: the schema alone" in result.out
    assert doubts(look(applied, "4"), "--rolled-back") == [1]
    assert "line 1, INSERT" in refused(applied, "4", "--rolled-back", "--noinput")
    settle(applied, "4", "--rolled-back", "--reason", "deleted by hand", "--noinput")
    assert applied.applied() == ["001_base", "002_rows", "003_index"]


def test_a_missing_file_is_taken_out_if_nothing_of_it_is_there(applied):
    """Another was applied after it, and has changed what it made."""
    applied.write("004_alter", "ALTER TABLE three ADD x int;")
    assert applied.run("sqlmigrate_apply").code == 0
    (applied.folder / "003_index.sql").unlink()
    result = applied.run("sqlmigrate_resolve", "3")
    assert "All of it is there" in result.out
    assert "CREATE INDEX base_id ON base (id);" in result.out
    assert "has something of it" in refused(applied, "3", "--rolled-back")
    applied.database.execute("DROP INDEX base_id; DROP TABLE three")
    assert offers(look(applied, "3")) == {"--rolled-back": "take_out", "--restore": "restore"}
    settle(applied, "3", "--rolled-back")
    assert applied.applied() == ["001_base", "002_rows", "004_alter"]


def test_a_missing_file_of_unknown_text_is_left_to_people(applied):
    (applied.folder / "003_index.sql").unlink()
    applied.database.execute("DELETE FROM schema_migration_events; DROP TABLE three")
    assert "The text that ran is not known" in applied.run("sqlmigrate_resolve", "3").out
    assert "its text is not known" in refused(applied, "3", "--restore", "--noinput")
    assert "its text is not known" in refused(applied, "3", "--rolled-back")
    assert "003_index, which is applied too, is not known" in refused(
        applied, "2", "--rolled-back"
    )


@pytest.mark.parametrize("is_recorded", [True, False], ids=["commit of the row", "any commit"])
def test_the_applied_text_is_found_in_git(applied, monkeypatch, is_recorded):
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{name}_NAME", "A")
        monkeypatch.setenv(f"{name}_EMAIL", "a@example.org")

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=applied.folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "x")
    commit = git("rev-parse", "HEAD") if is_recorded else ""
    path = applied.folder / "003_index.sql"
    text = path.read_bytes()
    path.unlink()
    git("commit", "-q", "-a", "-m", "y")
    applied.database.execute(
        f"UPDATE schema_migrations SET git_commit = '{commit}';DELETE FROM schema_migration_events"
    )
    assert "from git, commit" in applied.run("sqlmigrate_resolve", "3").out
    settle(applied, "3", "--restore", "--noinput")
    assert path.read_bytes() == text


@pytest.fixture
def half_back(project):
    """A project with a file whose rollback has failed in its second statement."""
    project.write(
        "001_two",
        """\
        -- Transaction: off
        CREATE TABLE one (id int);
        CREATE TABLE two (id int);
        -- DOWN
        -- DROP TABLE two;
        -- SELECT 1 / count(*) FROM one;
        -- DROP TABLE one;
        """,
    )
    assert project.run("sqlmigrate_apply").code == 0
    assert project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss").code == 5
    return project


def test_a_rollback_that_stopped_goes_on(half_back):
    document = look(half_back, "1")
    assert (document["situation"], document["next"]) == ("stopped_back", "sqlmigrate_rollback")
    assert (document["fits"], document["offers"]) == ([1, 2], [])
    for flag in ("--applied", "--rolled-back"):
        assert "its rollback" in refused(half_back, "1", flag, "--reason", "x", "--noinput")


def test_a_rollback_that_was_finished_by_hand_is_recorded(half_back):
    half_back.database.execute("DROP TABLE one")
    assert doubts(look(half_back, "1"), "--rolled-back") == [6]
    settle(half_back, "1", "--rolled-back", "--reason", "it only looks", "--noinput")
    assert half_back.applied() == []
    assert look(half_back, "1")["next"] == "sqlmigrate_apply"


def test_a_rollback_that_was_undone_by_hand_is_forgotten_once_somebody_vouches_for_the_rows(
    half_back,
):
    half_back.database.execute("CREATE TABLE two (id int)")
    assert doubts(look(half_back, "1"), "--applied") == [5]
    assert "drops a table: data are not seen" in refused(half_back, "1", "--applied")
    settle(half_back, "1", "--applied", "--reason", "restored from a dump", "--noinput")
    assert half_back.run("sqlmigrate_status", "--check").code == 0


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param("CREATE TABLE one (id int)", id="schema"),
        pytest.param("DELETE FROM schema_migration_progress", id="history"),
    ],
)
def test_nothing_is_settled_that_is_no_longer_as_it_was_looked_at(stopped, meanwhile):
    stopped.database.execute("DROP TABLE one, two")

    def consent(_question) -> bool:
        stopped.database.execute(meanwhile)
        return True

    with pytest.raises(ConsentRefused, match="have changed since"):
        resolve(stopped.alias, ResolveOptions("2", "--rolled-back"), consent=consent)
    assert last_event(stopped)[0] == "apply_failed"


def test_nothing_is_settled_while_another_run_holds_the_lock(stopped):
    stopped.database.execute("DROP TABLE one, two")
    with (
        stopped.database.connect() as other,
        runner_lock(other, str(Ledger("public")), wait=0),
    ):
        result = stopped.run("sqlmigrate_resolve", "2", "--rolled-back")
    assert result.code == 4
    assert "another run holds the lock" in result.err


def test_what_cannot_be_named_or_read_is_refused(stopped):
    assert "there is no migration '9'" in stopped.run("sqlmigrate_resolve", "9").err
    stopped.write("002_steps", "SELECT '")
    result = stopped.run("sqlmigrate_resolve", "2")
    assert result.code == 2
    assert "002_steps.sql:1" in result.err


def test_what_a_database_or_a_file_says_neither_leads_elsewhere_nor_moves_the_terminal(applied):
    applied.write("003_index", "SELECT 'a\x1b[2Jb';")
    assert "\\x1b[2Jb" in applied.run("sqlmigrate_resolve", "3").out
    applied.database.execute(
        "UPDATE schema_migrations SET version = '../elsewhere' WHERE version = '003_index';"
        "UPDATE schema_migration_events SET version = '../elsewhere' WHERE version = '003_index'"
    )
    said = refused(applied, "../elsewhere", "--restore", "--noinput")
    assert "its text is not known" in said
    assert not (applied.folder.parent / "elsewhere.sql").exists()


def test_without_scratch_the_texts_are_shown_and_nothing_is_proven(applied, monkeypatch):
    def none(*_args, **_more):
        raise ScratchUnavailable("no scratch database is to be had")

    monkeypatch.setattr("schema_tools.services.outlook.open_scratch", none)
    applied.write("002_rows", "-- new\nCREATE TABLE one (id int);\nINSERT INTO one VALUES (1);\n")
    assert "+-- new" in applied.run("sqlmigrate_resolve", "2").out
    said = refused(applied, "2", "--rolled-back", "--reason", "x", "--noinput")
    assert "could not be proven: no scratch database is to be had" in said
    settle(applied, "2", "--accept-checksum")
