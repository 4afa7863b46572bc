"""Workflow commands: read again by the rules of the runner, they are what was said."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given

from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.reports.characters import visible
from tests.reports.samples import COLUMN, HISTORY, LINT, REPORTS, TEXTS, VIEW, WHOLE, rendered


@dataclass(frozen=True)
class Command:
    """A workflow command, as the runner understands it."""

    name: str
    properties: dict[str, str]
    message: str


def read(line: str) -> Command:
    """Read a line as the runner's ActionCommand does: first split, then unescape."""
    assert line.startswith("::")
    head, message = line[2:].split("::", 1)
    name, _, rest = head.partition(" ")
    pairs = (pair.split("=", 1) for pair in rest.split(",") if pair)
    return Command(name, {key: unescaped(value) for key, value in pairs}, plain(message))


def plain(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def unescaped(text: str) -> str:
    return plain(text.replace("%3A", ":").replace("%2C", ","))


def commands(*findings: Finding) -> list[Command]:
    return [*map(read, rendered("github", Report("", findings)).split("\n")[:-1])]


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_line_is_a_command(report: Report) -> None:
    found = [*map(read, rendered("github", report).split("\n")[:-1])]
    assert {each.name for each in found} <= {"error", "warning", "notice"}
    assert len(found) == len(report.findings) + 1 + bool(report.not_checked) + bool(report.known)


def test_a_finding_is_an_annotation_of_its_line() -> None:
    command = commands(COLUMN)[0]
    assert command.name == "error"
    assert command.properties == {
        "file": "m/001_x.sql",
        "line": "24",
        "title": "column.type database_drifted",
    }
    assert command.message.startswith(COLUMN.message)
    assert COLUMN.hint in command.message
    assert "also at app/models.py:57" in command.message


def test_a_file_as_a_whole_has_no_line_and_an_object_has_no_file() -> None:
    first, second, *_ = commands(HISTORY, VIEW)
    assert first.properties == {"file": "m/003_x.sql", "title": "history.gap"}
    assert "file" not in second.properties


def test_the_worst_come_first_for_only_ten_of_each_are_shown() -> None:
    assert [each.name for each in commands(LINT, VIEW, COLUMN)] == [
        "error", "warning", "notice", "notice",
    ]  # fmt: skip


def test_the_report_as_a_whole_is_a_notice() -> None:
    *_, whole, left_out, known = map(read, rendered("github", WHOLE).splitlines())
    assert whole.properties == {"title": WHOLE.title}
    assert whole.message.startswith("not ok; 2 critical findings, 2 warnings, 1 note; 1 known")
    assert left_out.properties == {"title": "Not checked"}
    assert "goes in May" in known.message


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_read_is_what_was_said(message: str, verdict: str, path: str) -> None:
    place = f"m/{path}".replace("\0", "")
    finding = Finding(
        "a.b", Severity.CRITICAL, message, verdict=f"x{verdict}", locations=(Location(place, 3),)
    )
    command = commands(finding)[0]
    assert command.message == visible(message)
    assert command.properties["title"] == visible(f"a.b x{verdict}")
    assert command.properties["line"] == "3"
    assert visible(command.properties["file"]) == command.properties["file"]


def test_every_mark_of_the_runner_is_escaped() -> None:
    finding = replace(LINT, message="50%\r\n::error::x", locations=(Location("a:b,c%2C.sql", 1),))
    line = rendered("github", Report("", (finding,))).split("\n")[0]
    assert line == (
        "::notice file=a%3Ab%2Cc%252C.sql,line=1,title=lint.foreign_key_index"
        "::50%25%0D%0A::error::x"
    )
