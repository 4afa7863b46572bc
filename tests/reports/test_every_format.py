"""What every format does: it takes any text, and hides nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from schema_tools.findings import Finding, Report, Severity
from schema_tools.keys import Key
from schema_tools.reports.format import formats
from schema_tools.reports.places import from_root
from schema_tools.reports.style import Style
from tests.reports.samples import FINE, HOSTILE, REPORTS, WHOLE, rendered

NAMES = sorted(formats())
# How a format says a word that holds a character with a meaning there.
PLAIN = str.maketrans("", "", "\\")


def read(name: str, report: Report) -> str:
    return rendered(name, report).translate(PLAIN)


def test_the_formats_are_those_of_the_contract() -> None:
    assert NAMES == ["gcc", "github", "json", "junit", "markdown", "sarif", "text"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_every_output_can_take_every_report(name: str, report: Report, encoding: str) -> None:
    text = rendered(name, report, Style(encoding=encoding, width=40, colour=True))
    assert text.endswith("\n")
    text.encode(encoding)


@pytest.mark.parametrize("name", NAMES)
def test_no_finding_is_hidden(name: str) -> None:
    text = read(name, WHOLE)
    for finding in WHOLE.findings:
        assert finding.code in text
    for word in ("audit.recent", "idx_users", "a number is missing", "roles that a file creates"):
        assert word in text
    assert WHOLE.summary[:30] in text or name == "json"


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_without_a_place_or_an_object_is_shown(name: str) -> None:
    report = Report("", (Finding("error.odd", Severity.CRITICAL, "something is odd"),), ok=False)
    assert "something is odd" in rendered(name, report)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"text", "json"}))
def test_what_is_known_is_told_apart_and_with_its_reason(name: str) -> None:
    assert "goes in May" in read(name, WHOLE)


@pytest.mark.parametrize("name", NAMES)
def test_a_tolerated_finding_says_by_what(name: str) -> None:
    finding = Finding("constraint.name", Severity.INFO, "named", tolerated_by="derived_names")
    assert "derived_names" in read(name, Report("", (finding,)))


@pytest.mark.parametrize("name", NAMES)
def test_whether_it_is_ok_is_said(name: str) -> None:
    assert rendered(name, FINE) != rendered(name, replace(FINE, ok=False))


def test_hostile_control_characters_are_written_out() -> None:
    for name in ("gcc", "github", "junit", "markdown", "sarif"):
        text = rendered(name, HOSTILE)
        assert not {"\x1b", "\x00", "\udc80", "\ufffe"} & {*text}
        assert "x1b" in text


@pytest.mark.parametrize("colour", [False, True])
def test_a_message_moves_no_cursor(colour: bool) -> None:
    report = replace(WHOLE, summary="a\x1b[2Jb\x1b]0;title\x07\x9b1A\x08", body="")
    assert "a\\x1b[2Jb\\x1b]0;title\\x07\\x9b1A\\x08" in rendered(
        "text", report, Style(colour=colour)
    )


def test_the_same_report_is_the_same_text() -> None:
    for name in NAMES:
        assert rendered(name, WHOLE) == rendered(name, WHOLE)


def test_a_path_is_that_from_the_root_of_the_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inner = tmp_path / "site"
    inner.mkdir()
    monkeypatch.chdir(inner)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    assert from_root("m/001.sql") == "m/001.sql"
    assert from_root(str(inner / "m/001.sql")) == "m/001.sql"
    assert from_root("/elsewhere/x.py") == "/elsewhere/x.py"
    assert from_root("../x.sql") == str(tmp_path / "x.sql")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert from_root("m/001.sql") == "site/m/001.sql"
    assert from_root("../x.sql") == "x.sql"
    monkeypatch.setenv("GITHUB_WORKSPACE", "/elsewhere")
    assert from_root("m/001.sql") == "m/001.sql"


def test_the_line_does_not_matter_where_there_is_none() -> None:
    finding = Finding("x.y", Severity.INFO, "m", subject=Key("table", "public", "", "t"))
    assert "line=" not in rendered("github", Report("", (finding,)))


@pytest.mark.process
def test_formats_load_nothing_heavy() -> None:
    code = (
        "import sys; from schema_tools.reports.format import formats; formats();"
        "print([m for m in ('xml', 'jsonschema', 'schema_tools.linter') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert json.loads(done.stdout.replace("'", '"')) == []
