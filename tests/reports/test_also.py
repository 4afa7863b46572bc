"""A report in several formats of one run: `--also FORMAT=FILE`, as often as wanted."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def lint(path: Path, **options: Any) -> tuple[int, str]:
    """Lint a file; return the exit code, and what goes to the standard output and the error."""
    out = io.StringIO()
    try:
        call_command("sqlmigrate_lint", str(path), stdout=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A file that lint has something to say of."""
    path = tmp_path / "001_a.sql"
    path.write_text("CREATE TABLE a (id int);\n", encoding="utf-8")
    return path


def test_each_file_has_the_whole_report_in_its_format(bad: Path, tmp_path: Path) -> None:
    also = [f"{name}={tmp_path / name}" for name in ("sarif", "junit", "markdown", "json")]
    code, out = lint(bad, also=also)
    assert code == 1
    assert "[lint.header]" in out
    for name in ("sarif", "junit", "markdown", "json"):
        assert "lint.header" in (tmp_path / name).read_text(encoding="utf-8").replace("\\", "")


def test_it_may_stand_beside_output(bad: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    code, out = lint(bad, format="json", output=first, also=[f"json={second}"])
    assert code == 1
    assert "[lint.header]" not in out
    assert first.read_bytes() == second.read_bytes()


def test_an_error_is_in_each_file_too(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    code, _out = lint(tmp_path / "nowhere.sql", also=[f"json={path}"])
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["exit_code"] == code == 2
    assert report["findings"][0]["code"].startswith("error.")


@pytest.mark.parametrize("value", ["sarif", "sarif=", "sari=x", "=x", ""])
def test_what_is_no_format_and_a_file_is_refused(bad: Path, value: str) -> None:
    code, out = lint(bad, also=[value])
    assert code == 2
    assert f"--also {value} is not a format and a file" in out
    assert "gcc, github, json, junit, markdown, sarif, text" in out


def test_one_file_takes_one_report(bad: Path, tmp_path: Path) -> None:
    path = tmp_path / "x"
    for options in (
        {"also": [f"json={path}", f"sarif={path}"]},
        {"output": path, "also": [f"json={path}"]},
    ):
        code, out = lint(bad, **options)
        assert code == 2
        assert f"two reports would go to {path}" in out


def test_a_file_that_cannot_be_written_stops_before_any_work(bad: Path, tmp_path: Path) -> None:
    code, out = lint(bad, also=[f"json={tmp_path / 'none' / 'x'}"])
    assert code == 2
    assert f"--also {tmp_path / 'none' / 'x'}: there is no folder" in out
    assert "lint.header" not in out
