"""The lock file as ``sqlmigrate_lint`` and ``sqlmigrate_create`` look after it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from schema_tools.history.lock_file import lock_text

TEXT = "BEGIN;\nDELETE FROM a;\nCOMMIT;\n-- DOWN\n-- DELETE FROM b;\n"
CONFLICT = "<<<<<<< HEAD\n{0}=======\n{1}>>>>>>> feature\n"


@pytest.fixture
def folder(tmp_path, monkeypatch, settings) -> Path:
    """A migrations folder of two files, without a lock."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": folder}
    for version in ("001_users", "002_phones"):
        (folder / f"{version}.sql").write_text(TEXT)
    return folder


def lock(folder: Path) -> str:
    return (folder / "schema.lock").read_text(encoding="utf-8")


def lint(*arguments: str, code: int | None = None) -> dict:
    """Return what a run says; where a code is given it ends with that."""
    out = io.StringIO()
    try:
        call_command("sqlmigrate_lint", *arguments, "--format=json", stdout=out)
        ended = 0
    except CommandError as error:
        ended = error.returncode
    assert code in {None, ended}, out.getvalue()
    return json.loads(out.getvalue())


def of_lock(report: dict) -> list[dict]:
    return [found for found in report["findings"] if found["code"] == "file.lock"]


def create(*arguments: str) -> str:
    out = io.StringIO()
    call_command("sqlmigrate_create", *arguments, stdout=out)
    return out.getvalue()


def test_a_project_without_a_lock_is_not_blamed(folder):
    assert of_lock(lint()) == []
    assert not (folder / "schema.lock").exists()


def test_fix_writes_the_lock_and_says_so(folder):
    assert lint("--fix")["fixed"] == ["sql/schema.lock"]
    assert lock(folder) == lock_text(["001_users", "002_phones"])
    assert lint("--fix")["fixed"] == []


def test_fix_writes_none_where_there_are_no_files(folder):
    for file in folder.iterdir():
        file.unlink()
    assert lint("--fix")["fixed"] == []
    assert list(folder.iterdir()) == []


def test_a_file_added_by_hand_is_told_until_it_is_fixed(folder):
    lint("--fix")
    (folder / "003_faxes.sql").write_text(TEXT)
    (found,) = of_lock(lint(code=1))
    assert "003_faxes has no line" in found["message"]
    assert found["hint"] == "Write it anew: manage.py sqlmigrate_lint --fix"
    assert found["locations"] == [{"path": "sql/schema.lock", "line": None}]
    assert of_lock(lint("--fix")) == []
    assert lock(folder) == lock_text(["001_users", "002_phones", "003_faxes"])


def test_files_that_are_named_are_not_blamed_for_the_lock(folder):
    lint("--fix")
    (folder / "003_faxes.sql").write_text(TEXT)
    assert of_lock(lint("sql/003_faxes.sql")) == []


def test_an_edit_of_a_file_leaves_the_lock_right(folder):
    lint("--fix")
    (folder / "002_phones.sql").write_text(f"{TEXT}-- More of it.\n")
    assert of_lock(lint()) == []


def test_the_rule_has_its_manual(folder):
    assert lint("--explain", "file.lock")["rule"]["severity"] == "warning"


def test_create_adds_its_line(folder):
    create("AddFaxes")
    assert lock(folder) == lock_text(["001_users", "002_phones", "003_add_faxes"])
    create("AddMails")
    assert "004_add_mails" in lock(folder)
    assert of_lock(lint()) == []


def test_create_for_a_look_writes_no_lock(folder):
    create("AddFaxes", "--dry-run")
    assert not (folder / "schema.lock").exists()


@pytest.mark.parametrize("broken", ["conflict", "put together"])
def test_create_does_not_take_an_unsettled_merge_off_the_eyes(folder, broken):
    both = [
        lock_text([each]).splitlines(keepends=True)[-1] for each in ("001_users", "002_phones")
    ]
    text = CONFLICT.format(*both) if broken == "conflict" else "".join(both)
    (folder / "schema.lock").write_text(text)
    with pytest.raises(CommandError, match=r"sql/schema\.lock:\d: .*(?s:.)*renumber") as caught:
        create("AddFaxes")
    assert caught.value.returncode == 2
    assert not (folder / "003_add_faxes.sql").exists()
    assert lock(folder) == text


def test_a_lock_that_cannot_be_written_is_an_error(folder):
    (folder / "schema.lock").mkdir()
    report = lint("--fix", code=3)
    assert "the lock file could not be written" in report["findings"][0]["message"]
