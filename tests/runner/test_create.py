"""Creating a file: its number, name and header; never over another."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.errors import ConfigurationError, DraftRefused
from schema_tools.history.files import parse_migration, read_migration
from schema_tools.schema.drafting.stages import Stage
from schema_tools.schema.objects import Draft, Schema
from schema_tools.services import provenance
from schema_tools.services.create import CreateOptions, create, snake_case
from schema_tools.services.draft import Drafted
from schema_tools.services.draft_text import body_of
from schema_tools.services.new_file import Header, text_of

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
# Lines of a function's body or a comment that something in a file could be taken for.
LINES = st.sampled_from(
    [
        *("-- up", "-- down", "up", "down", "  -- rollback: up", "down,", "-- DOWN MIGRATION", ""),
        *("BEGIN;", "COMMIT;", "DROP TABLE t;", "-- Transaction: off", "a b  ", "\t", "--", "/*"),
        *("a\x0bb", "a\x0c", "a\x1cup", "a\x85down", "a\u2028-- up", "x;", "To do:"),
    ]
)
QUOTED = st.sampled_from(
    [
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\n{}\n$$",
        "COMMENT ON TABLE t IS '{}'",
        'DROP TABLE "{}"',
    ]
)


@pytest.fixture
def folder(tmp_path, settings):
    path = tmp_path / "migrations_sql"
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(path)}
    return path


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository above the folder, with a user of its own."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "user.name", "Jo Developer"], check=True)


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("AddUserTwoFactor", "add_user_two_factor"),
        ("add_user_two_factor", "add_user_two_factor"),
        ("addHTTPLogs", "add_http_logs"),
        ("Utf8Names", "utf8_names"),
        ("Add_Users", "add_users"),
        ("x", "x"),
    ],
)
def test_names(name, snake):
    assert snake_case(name) == snake


@pytest.mark.parametrize(
    "name", ["", "two words", "4ever", "a-b", "a__b", "a_", "_a", "é", "a.sql", "../a", "a\n"]
)
def test_names_that_make_no_file(name):
    with pytest.raises(ConfigurationError, match="is no name for a migration"):
        snake_case(name)


def test_the_first_file_makes_the_folder(folder, repository):
    report = create("default", "InitialSchema", now=NOW)
    text = (folder / "001_initial_schema.sql").read_text(encoding="utf-8")
    assert text.splitlines()[:7] == [
        "-- ==========================================",
        "-- Migration: 001_initial_schema.sql",
        "-- Author: Jo Developer",
        "-- Date: 2026-01-31",
        "-- Purpose: Initial schema",
        "-- Dependencies: none",
        "-- ==========================================",
    ]
    assert "001_initial_schema.sql" in report.summary


def test_the_next_number_depends_on_the_last_file(folder, repository):
    create("default", "First", now=NOW)
    (folder / "009_ninth.sql").write_text("SELECT '")  # what is in it does not matter
    (folder / "notes.sql").touch()
    (folder / "_draft.sql").touch()
    create("default", "Tenth", now=NOW)
    text = (folder / "010_tenth.sql").read_text(encoding="utf-8")
    assert "-- Dependencies: 009_ninth.sql" in text


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("999_x", "1000_name"),
        ("0041_x", "0042_name"),
        ("20260101000000_x", "20260131123000_name"),
        ("20270101000000_x", "20270101000001_name"),
    ],
)
def test_numbers_keep_their_width_and_timestamps_their_form(folder, last, expected):
    folder.mkdir()
    (folder / f"{last}.sql").touch()
    assert create("default", "Name", now=NOW).facts["version"] == expected


@pytest.mark.parametrize("empty", [False, True])
def test_a_filled_in_file_is_a_migration_with_both_parts(folder, repository, empty):
    create("default", "AddPhone", CreateOptions(empty=empty), now=NOW)
    path = folder / "001_add_phone.sql"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("BEGIN;\n", "BEGIN;\nCREATE TABLE t ();\n", 1) + "-- DROP TABLE t;\n"
    )
    migration = read_migration(path, path.name)
    assert [statement.verb for statement in migration.up.statements] == ["CREATE TABLE"]
    assert [statement.verb for statement in migration.down.statements] == ["DROP TABLE"]
    assert migration.up.explicit


def test_the_template_as_it_stands_has_nothing_to_apply(folder, repository):
    from schema_tools.history.directory import read_directory

    create("default", "AddPhone", now=NOW)
    (problem,) = read_directory(folder).problems
    assert "no SQL to apply" in problem.message


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_report_says_that_the_rollback_is_still_to_be_written(folder, repository, dry_run):
    report = create("default", "AddPhone", CreateOptions(dry_run=dry_run), now=NOW)
    (finding,) = report.findings
    assert (finding.code, finding.severity.label) == ("history.no_rollback", "info")
    assert "its rollback part is still empty" in finding.message
    assert finding.locations[0].path.endswith("001_add_phone.sql")
    if not dry_run:
        assert "write its SQL and its rollback, then manage.py sqlmigrate_apply" in report.summary


def test_the_next_command_is_for_the_same_database(folder):
    report = create("scratch", "AddPhone", now=NOW)
    assert report.summary.endswith("manage.py sqlmigrate_apply --database scratch")


def test_purpose_and_author_may_be_given(folder):
    options = CreateOptions(purpose="Second factor", author="Ada")
    create("default", "AddTwoFactor", options, now=NOW)
    text = (folder / "001_add_two_factor.sql").read_text(encoding="utf-8")
    assert "-- Author: Ada\n" in text
    assert "-- Purpose: Second factor\n" in text


def test_without_git_the_author_is_the_user_of_the_system(folder, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("LOGNAME", "jo")
    create("default", "Name", now=NOW)
    assert "-- Author: jo\n" in (folder / "001_name.sql").read_text(encoding="utf-8")


def test_a_user_without_a_name_is_unknown(monkeypatch):
    def no_name() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr(provenance.getpass, "getuser", no_name)
    assert provenance.os_user() == "unknown"


def test_a_dry_run_shows_the_file_and_writes_nothing(folder, repository):
    report = create("default", "Name", CreateOptions(dry_run=True), now=NOW)
    assert "-- Migration: 001_name.sql" in report.body
    assert report.facts["written"] is False
    assert not folder.exists()


def test_another_file_is_never_overwritten(folder, monkeypatch):
    """Two at once see the same last number: the second is told."""
    folder.mkdir()
    (folder / "001_name.sql").write_text("precious")
    monkeypatch.setattr("schema_tools.services.new_file._numbered_files", lambda _folder: [])
    with pytest.raises(ConfigurationError, match="was not touched"):
        create("default", "Name", now=NOW)
    assert (folder / "001_name.sql").read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_named(folder):
    folder.touch()
    with pytest.raises(ConfigurationError, match="migrations_sql cannot be read: Not a directory"):
        create("default", "Name", now=NOW)


@pytest.mark.db
def test_created_applied_and_rolled_back_by_commands(project):
    created = json.loads(project.run("sqlmigrate_create", "AddPhone", format="json").out)
    assert created["version"] == "001_add_phone"
    path = project.folder / "001_add_phone.sql"
    text = path.read_text(encoding="utf-8").replace(
        "BEGIN;\n", "BEGIN;\nCREATE TABLE phones ();\n", 1
    )
    path.write_text(text + "-- DROP TABLE phones;\n", encoding="utf-8")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.tables() == {"phones"}
    assert project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss").code == 0
    assert project.tables() == set()


@given(st.lists(st.tuples(QUOTED, st.lists(LINES, max_size=5)), min_size=1, max_size=3))
def test_what_is_drafted_is_read_back_as_it_was(parts):
    statements = tuple(quoted.format("\n".join(lines)) for quoted, lines in parts)
    drafts = (Draft(statements, caution="All is lost."), Draft((), afterwards=statements))
    body = body_of(Stage(drafts, drafts))
    text = text_of("002_a", body, Header("", "Jo"), last="none", now=NOW, folder=Path.cwd())
    migration = parse_migration("002_a.sql", text.encode(), "002_a.sql")
    for part in (migration.up, migration.down):
        # A first word may get a line of its own, so that what follows is no prose.
        found = [each.text.split(maxsplit=1) for each in part.statements]
        assert found == [each.split(maxsplit=1) for each in [*statements, *statements]]


def test_a_caution_is_a_comment_whatever_it_names():
    caution = 'All rows of "t\nup\nDROP TABLE t;" are lost.'
    drafts = (Draft(("SELECT 1",), caution=caution, caution_afterwards=caution),)
    body = body_of(Stage(drafts, drafts))
    text = text_of("002_a", body, Header("", "Jo"), last="none", now=NOW, folder=Path.cwd())
    migration = parse_migration("002_a.sql", text.encode(), "002_a.sql")
    for part in (migration.up, migration.down):
        assert [each.text for each in part.statements] == ["SELECT 1"]


def test_a_draft_that_no_file_can_hold_is_not_told_of_as_a_file(folder, monkeypatch):
    stage = Stage((Draft(("SELECT 1",)),), (Draft(("COMMENT ON TABLE t IS 'a\rb'",)),))
    drafted = Drafted((stage,), (), None, Schema(), {})
    monkeypatch.setattr("schema_tools.services.create.draft", lambda *_, **__: drafted)
    monkeypatch.setattr("schema_tools.services.create.required_by", lambda _: ())
    with pytest.raises(DraftRefused, match="no file can hold the draft: the string"):
        create("default", "Name", CreateOptions(source="database"), now=NOW)
    report = create("default", "Name", CreateOptions(source="database", dry_run=True), now=NOW)
    assert not report.ok
    assert "COMMENT ON TABLE t" in report.body
    assert not folder.exists()


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_draft_that_is_not_proven_is_seen_in_a_dry_run_alone(folder, monkeypatch, dry_run):
    stage = Stage((Draft(("CREATE TABLE t ()",)),), (Draft(("DROP TABLE t",)),))
    drafted = Drafted((stage,), ("View v: left.",), None, Schema(), {})

    def refuse(*_arguments, **_options):
        raise DraftRefused("the draft does not run: no", hint="Nothing was written.")

    for name, value in (
        ("draft", lambda *_, **__: drafted),
        ("required_by", lambda _: ()),
        ("prove", refuse),
    ):
        monkeypatch.setattr(f"schema_tools.services.create.{name}", value)
    options = CreateOptions(source="database", dry_run=dry_run)
    if not dry_run:
        with pytest.raises(DraftRefused):
            create("default", "Name", options, now=NOW)
        return
    report = create("default", "Name", options, now=NOW)
    assert not report.ok
    assert report.title.startswith("-- drafted, and not proven: ")
    assert "CREATE TABLE t ();" in report.body
    assert report.body.endswith("-- DROP TABLE t;\n\n-- View v: left.\n")
    assert report.findings[0].message == "the draft does not run: no"
    assert not folder.exists()
