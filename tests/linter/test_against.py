"""``sqlmigrate_lint --against REF``: what a branch brings, and what it must leave alone."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not shutil.which("git"), reason="NOT RUN: git is not installed"),
]
# Each file has findings of its own: no header, a DELETE of all rows.
TEXT = "BEGIN;\nDELETE FROM a;\nCOMMIT;\n-- DOWN\n-- DELETE FROM b;\n"


def git(*arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", "more")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Path:
    """A migrations folder whose two files are on main; the branch `feature` is checked out."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": folder}
    for version in ("001_users", "002_phones"):
        (folder / f"{version}.sql").write_text(TEXT)
    git("init", "--quiet", "--initial-branch=main")
    commit()
    git("checkout", "--quiet", "-b", "feature")
    return folder


def lint(*arguments: str, form: str = "json") -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command(
            "sqlmigrate_lint", "--against", *arguments, f"--format={form}", stdout=out, stderr=out
        )
    except CommandError as error:
        code = error.returncode
        out.write(str(error))
    return code, out.getvalue()


def read(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return which files were linted, and of which it is said that others have them."""
    report, _end = json.JSONDecoder().raw_decode(lint(*arguments)[1])
    told = [each for each in report["findings"] if each["code"] == "history.published"]
    return report["files"], {each["locations"][0]["path"]: each["message"] for each in told}


def test_where_nothing_differs_nothing_is_said(folder: Path) -> None:
    code, said = lint("main", form="text")
    assert (code, said.strip().splitlines()[-1]) == (0, "✅ No SQL file differs from main.")


@pytest.mark.parametrize("committed", [True, False])
def test_files_that_the_branch_brings_are_read_and_no_others(
    folder: Path, committed: bool
) -> None:
    (folder / "003_new.sql").write_text(TEXT)
    (folder / "_notes.sql").write_text("anything")
    if committed:
        commit()
    assert read("main") == (["sql/003_new.sql"], {})
    code, said = lint("main", form="text")
    assert code == 1
    assert "1 file read that differs from main" in said
    assert "002_phones" not in said


def test_a_file_that_others_have_must_be_neither_edited_nor_deleted(folder: Path) -> None:
    (folder / "001_users.sql").write_text(TEXT + "-- more\n")
    (folder / "002_phones.sql").unlink()
    files, told = read("main")
    assert files == ["sql/001_users.sql"]
    assert "would be changed" in told["sql/001_users.sql"]
    assert "would be deleted" in told["sql/002_phones.sql"]
    assert lint("main", "--fail-on=critical")[0] == 1


def test_what_a_checksum_does_not_tell_apart_is_no_edit(folder: Path) -> None:
    (folder / "001_users.sql").write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert read("main")[1] == {}


def test_what_main_has_got_meanwhile_is_not_the_branchs(folder: Path) -> None:
    (folder / "003_ours.sql").write_text(TEXT)
    commit()
    git("checkout", "--quiet", "main")
    (folder / "003_theirs.sql").write_text(TEXT)
    (folder / "001_users.sql").write_text(TEXT + "-- mended\n")
    commit()
    git("checkout", "--quiet", "feature")
    assert read("main") == (["sql/003_ours.sql"], {})


def test_of_named_files_only_those_are_looked_at(folder: Path) -> None:
    for version in ("003_one", "004_other"):
        (folder / f"{version}.sql").write_text(TEXT)
    (folder / "001_users.sql").unlink()
    assert read("main", "sql/003_one.sql", "sql/002_phones.sql") == (["sql/003_one.sql"], {})


@pytest.mark.parametrize(
    ("ref", "said"),
    [("elsewhere", "git knows no commit 'elsewhere'"), ("", "git knows no commit ''")],
)
def test_a_name_that_git_does_not_know_is_refused(folder: Path, ref: str, said: str) -> None:
    code, text = lint(ref)
    assert code == 2
    assert said in text


def test_a_name_that_looks_like_an_option_is_not_one(folder: Path) -> None:
    code, text = lint("--output=x", form="text")
    assert code != 0
    assert not Path("x").exists()
    assert text


def test_without_a_repository_it_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tmp_path / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, text = lint("main")
    assert code == 2
    assert "git" in text
