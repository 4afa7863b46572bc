"""``sqlmigrate_lint`` from arguments to exit code, without any database."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from schema_tools.linter.rule import rules
from schema_tools.services import lint as service

ROOT = Path(__file__).resolve().parents[2]
FINE = """\
-- Migration: {0}.sql
-- Author: Jo Doe
-- Date: {1}
-- Purpose: Show what lint says
-- Dependencies: none
BEGIN;
{2}
COMMIT;
-- DOWN
-- DELETE FROM b;
"""
TODAY = "2026-02-16"
KEY = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int REFERENCES u;"
INDEX = "CREATE INDEX IF NOT EXISTS i ON t (a);"


@pytest.fixture
def folder(tmp_path, monkeypatch, settings) -> Path:
    """A migrations folder with one fine file, beside the current folder."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": folder}
    write(folder, "001_delete_old_rows")
    return folder


def write(folder: Path, version: str, sql: str = "DELETE FROM a;", *, date: str = TODAY) -> Path:
    """Write a file without fault but for what is asked for."""
    path = folder / f"{version}.sql"
    path.write_text(FINE.format(version, date, sql), encoding="utf-8")
    return path


def run(*arguments: str, code: int = 0) -> str:
    """Return the report of a run that ends with this code; for an error, what it says."""
    out = io.StringIO()
    if not code:
        call_command("sqlmigrate_lint", *arguments, stdout=out)
        return out.getvalue()
    with pytest.raises(CommandError) as caught:
        call_command("sqlmigrate_lint", *arguments, stdout=out)
    assert caught.value.returncode == code
    return out.getvalue() or str(caught.value)


def document(*arguments: str, code: int = 0) -> dict:
    return json.loads(run(*arguments, "--format=json", code=code))


def places(report: dict) -> list[tuple[str, int | None, str]]:
    return [
        (found["locations"][0]["path"], found["locations"][0]["line"], found["code"])
        for found in report["findings"]
    ]


def test_the_sample_service_is_without_fault(settings):
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": ROOT / "migrations_sql"}
    assert run() == "✅ 4 files read, nothing found.\n"


def test_one_file_is_no_files(folder):
    assert run() == "✅ 1 file read, nothing found.\n"


def test_a_finding_names_place_code_and_what_to_write_instead(folder):
    write(folder, "002_add_key", KEY, date="2024-01-XX")
    assert run(code=1).splitlines() == [
        "⚠️ 2 files read: 1 warning, 1 note. More about one: manage.py sqlmigrate_lint --explain "
        "lint.foreign_key_index",
        "",
        "ℹ️ INFO: sql/002_add_key.sql:3: 2024-01-XX is no date [lint.date]",
        "   → Write the day of the change as YYYY-MM-DD.",
        "",
        "⚠️ WARNING: sql/002_add_key.sql:7: the foreign key (a) of t to u has no index "
        "[lint.foreign_key_index]",
        "   → Write CREATE INDEX IF NOT EXISTS idx_t_a ON t (a);",
    ]


def ignoring(settings, *entries: dict) -> None:
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "IGNORE": list(entries)}


OLD = {"code": "lint.*", "object": "002_*.sql", "reason": "applied before we had rules"}


def test_what_is_applied_long_since_can_be_left_as_it_is(folder, settings):
    write(folder, "002_add_key", KEY)
    ignoring(settings, OLD)
    assert run() == "✅ 2 files read, nothing new: 1 known finding not shown.\n"
    rows = [line.split(maxsplit=3) for line in run("--verbosity", "2").splitlines()]
    assert [
        "warning",
        "lint.foreign_key_index",
        "sql/002_add_key.sql",
        "IGNORE: applied before we had rules",
    ] in rows
    report = document()
    assert (report["ok"], report["findings"]) == (True, [])
    assert report["summary"] == {
        **report["summary"],
        "critical": 0,
        "warning": 0,
        "files_read": 2,
        "known": 1,
    }
    (known,) = report["known_findings"]
    assert known["tolerated_by"] == "IGNORE: applied before we had rules"
    write(folder, "003_add_key", KEY.replace("a int", "b int"))
    assert places(document(code=1)) == [("sql/003_add_key.sql", 7, "lint.foreign_key_index")]
    assert run(code=1).startswith(
        "⚠️ 3 files read: 1 warning (1 known finding not shown). More about one: "
    )


def test_what_makes_a_file_unusable_is_shown_whatever_is_ignored(folder, settings):
    write(folder, "003_add_key", KEY + INDEX)
    ignoring(settings, {"object": "003_*.sql", "reason": "all of it"})
    assert [code for _path, _line, code in places(document(code=1))] == ["file.gap"]


def test_an_entry_that_is_for_no_file_any_more_is_told(folder, settings):
    ignoring(settings, OLD, {"object": "users", "reason": "is for validate_schema"})
    assert run(code=1).splitlines() == [
        "⚠️ 1 file read: 1 warning.",
        "",
        "⚠️ WARNING: the entry of IGNORE for 'lint.*' of '002_*.sql' matches no finding (applied "
        "before we had rules) [ignore.unused]",
        "   → Take it out of SCHEMA_TOOLS['IGNORE'], or mend its patterns.",
    ]
    assert run("sql/001_delete_old_rows.sql") == "✅ 1 file read, nothing found.\n"


def test_rules_say_how_bad_a_finding_is(folder, settings):
    write(folder, "002_add_key", KEY)
    given = settings.SCHEMA_TOOLS
    settings.SCHEMA_TOOLS = {**given, "FAIL_ON": "critical"}
    assert document()["ok"]
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "RULES": {"lint.*": "critical"}}
    report = document(code=1)
    assert [each["severity"] for each in report["findings"]] == ["critical"]
    settings.SCHEMA_TOOLS = {**given, "RULES": {"lint.foreign_key_index": "info"}}
    assert document()["ok"]
    assert run().startswith("✅ 2 files read: 1 note.")
    settings.SCHEMA_TOOLS = {**given, "RULES": {"lint.foreign_keys": "info"}}
    assert "Did you mean 'lint.foreign_key_index'?" in run(code=2)


@pytest.mark.parametrize(
    ("fail_on", "code"), [("critical", 0), ("warning", 0), ("info", 1), ("never", 0)]
)
def test_fail_on_says_from_which_severity_on_it_fails(folder, fail_on, code):
    write(folder, "002_update")
    assert document("--fail-on", fail_on, code=code)["ok"] is (code == 0)


def test_only_the_files_that_are_named_are_reported_on(folder):
    second = write(folder, "002_add_key", KEY)
    write(folder, "003_add_key", KEY.replace("a int", "b int"))
    report = document("sql/002_add_key.sql", code=1)
    assert places(report) == [("sql/002_add_key.sql", 7, "lint.foreign_key_index")]
    assert report["files"] == ["sql/002_add_key.sql"]
    assert report["summary"]["files_read"] == 1
    assert places(document(str(second), str(second), "./sql/../sql/002_add_key.sql", code=1)) == [
        ("sql/002_add_key.sql", 7, "lint.foreign_key_index")
    ]


def test_a_file_is_read_together_with_those_beside_it(folder):
    write(folder, "002_add_key", KEY)
    write(folder, "003_add_index", INDEX)
    assert document("sql/002_add_key.sql")["findings"] == []


def test_a_folder_counts_whole_though_one_of_its_files_is_named_too(folder):
    write(folder, "002_update")
    for paths in (["sql", "sql/001_delete_old_rows.sql"], ["sql/001_delete_old_rows.sql", "sql"]):
        assert len(document(*paths)["files"]) == 2


def test_what_two_files_share_is_said_of_either(folder):
    write(folder, "001_delete_more")
    for name in ("001_delete_old_rows", "001_delete_more"):
        report = document(f"sql/{name}.sql", code=1)
        assert [code for _path, _line, code in places(report)] == ["file.duplicate_number"]


def test_folders_do_not_know_each_other(folder):
    other = folder.parent / "other"
    other.mkdir()
    write(other, "001_add_index", INDEX)
    write(folder, "002_add_key", KEY)
    report = document("sql", "other", code=1)
    assert len(report["files"]) == 3
    assert [code for _path, _line, code in places(report)] == ["lint.foreign_key_index"]


def test_a_file_that_is_no_migration_is_a_finding_and_said_to_be_unread(folder):
    (folder / "002_broken.sql").write_text("SELECT 1;\nSELECT 'open;\n", encoding="utf-8")
    report = document(code=1)
    assert places(report) == [("sql/002_broken.sql", 2, "file.unreadable")]
    assert report["not_checked"] == [
        {
            "what": "sql/002_broken.sql",
            "reason": "it cannot be read, so no other rule saw it, and nothing that it makes "
            "is counted",
        }
    ]
    assert document("sql/001_delete_old_rows.sql")["not_checked"] == report["not_checked"]


def test_a_file_that_is_left_alone_is_said_to_be(folder):
    (folder / "_draft.sql").write_text("SELECT 'open;", encoding="utf-8")
    assert document("sql/_draft.sql")["not_checked"] == [
        {
            "what": "sql/_draft.sql",
            "reason": "files whose name begins with _ or . are no migrations",
        }
    ]


def test_an_empty_folder_is_said_to_be(folder):
    (folder / "001_delete_old_rows.sql").unlink()
    assert run() == (
        "✅ There are no SQL files to read; manage.py sqlmigrate_create NAME makes the first.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["sql/005_nothing.sql"],
            "❌ sql/005_nothing.sql cannot be read: No such file or directory\n"
            "→ Name SQL files or folders of them; without any, the migrations folder is read.",
        ),
        (["text.txt"], "❌ text.txt is no SQL file\n→ The name of a migration ends in .sql."),
        (
            ["--database=other"],
            "❌ there is no database alias 'other' in DATABASES\n→ Known aliases: default.",
        ),
        (
            ["--explain=lint.foreign_key"],
            "❌ there is no rule 'lint.foreign_key'\n→ Did you mean lint.foreign_key_index?",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(folder, arguments, message):
    (folder.parent / "text.txt").touch()
    assert run(*arguments, code=2) == message


def test_an_unknown_rule_that_resembles_none_gets_the_list(folder):
    message = run("--explain", "", code=2)
    assert message.startswith("❌ there is no rule ''\n→ Known: file.duplicate_number, ")


def test_a_file_that_may_not_be_read_is_refused(folder, monkeypatch):
    def refuse(self, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read anything
    message = run("sql/001_delete_old_rows.sql", code=2)
    assert "sql/001_delete_old_rows.sql cannot be read: Permission denied" in message


def test_a_folder_that_is_not_there_is_refused(folder, settings):
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": folder / "none"}
    message = run(code=2)
    assert message.startswith("❌ the migrations folder sql/none cannot be read")


def test_explain_shows_the_manual(folder):
    out = run("--explain", "lint.date")
    assert out.startswith("# lint.date\n\n*info*: The date in the header is no date.\n\n## What")
    assert document("--explain", "lint.date")["rule"] == {
        "code": "lint.date",
        "severity": "info",
        "title": "The date in the header is no date.",
        "what": "Looks at the `Date:` line for a day of the calendar, written as `YYYY-MM-DD`.",
        "why": "The line is there to tell when the change was made, and what is left of a "
        "template does not. Other\nways to write a date are read differently in different "
        "countries.",
        "example": "```sql\n-- Date: 2024-01-XX\n```",
        "instead": "```sql\n-- Date: 2024-01-31\n```",
    }


def test_explain_says_why_there_is_no_manual(monkeypatch):
    bare = replace(rules()["lint.date"], manual=None)
    monkeypatch.setattr(service, "rules", lambda: {"lint.date": bare})
    assert "Run it without -OO" in run("--explain", "lint.date", code=2)


PROJECT = """
import sys
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["schema_tools"], DATABASES={databases})
django.setup()
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "sqlmigrate_lint", "sql"])
"""


@pytest.mark.process
@pytest.mark.parametrize(
    "databases",
    [
        {},
        {"default": {"ENGINE": "no.such.engine"}},
        {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": "127.0.0.1",
                "PORT": "1",
                "NAME": "none",
            }
        },
    ],
    ids=["none", "unknown engine", "unreachable"],
)
def test_no_database_is_needed(folder, databases):
    done = subprocess.run(
        [sys.executable, "-c", PROJECT.format(databases=databases)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "✅ 1 file read, nothing found.\n"
