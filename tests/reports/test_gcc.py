"""Lines for an editor: one for each place, and nothing else looks like one."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given

from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.reports.characters import one_line
from tests.reports.samples import COLUMN, HISTORY, HOSTILE, LINT, TEXTS, VIEW, WHOLE, rendered

# What a compiler's line is, with a file before it (GNU Coding Standards).
LINE = re.compile(r"^(?!\s|schema_tools: )(.+?):(\d+): (error|warning|note): (.+) \[([^\]]+)\]$")


def places(report: Report) -> list[tuple[str, ...]]:
    found = map(LINE.match, rendered("gcc", report).split("\n"))
    return [line.groups() for line in found if line]


def test_each_place_of_a_finding_is_a_line() -> None:
    first, second = places(Report("", (COLUMN,)))
    assert first[:3] == ("m/001_x.sql", "24", "error")
    assert second[:3] == ("app/models.py", "57", "note")
    assert first[3] == second[3] == f"{COLUMN.message} → {COLUMN.hint}"
    assert first[4] == "column.type, database_drifted"


def test_a_file_as_a_whole_is_shown_at_its_first_line() -> None:
    assert places(Report("", (HISTORY,)))[0][:3] == ("m/003_x.sql", "1", "error")


def test_a_severity_is_what_a_compiler_would_call_it() -> None:
    assert places(Report("", (LINT,)))[0][2] == "note"
    assert places(Report("", (replace(LINT, severity=Severity.WARNING),)))[0][2] == "warning"


def test_what_is_about_no_file_begins_with_the_name_of_the_program() -> None:
    report = Report("", (VIEW,))
    assert places(report) == []
    assert rendered("gcc", report).startswith("schema_tools: warning: view audit.recent")


def test_an_error_of_several_lines_is_one_without_the_picture_of_the_line() -> None:
    message = (
        "❌ CRITICAL: Migration failed: 002_x.sql\n  m/002_x.sql:14 (statement 2 of 3)\n"
        "     14 | CREATE TABL x;\n        |        ^\n  ERROR 42601: syntax error\n"
        "  Now: nothing of it was applied"
    )
    finding = Finding(
        "error.migration_failed",
        Severity.CRITICAL,
        message,
        locations=(Location("m/002.sql", 14),),
    )
    assert rendered("gcc", Report("", (finding,), ok=False)).splitlines()[0] == (
        "m/002.sql:14: error: Migration failed: 002_x.sql; m/002_x.sql:14 (statement 2 of 3); "
        "ERROR 42601: syntax error; Now: nothing of it was applied [error.migration_failed]"
    )


def test_tables_and_text_stand_before_and_indented() -> None:
    assert rendered("gcc", WHOLE).splitlines()[:4] == [
        "  file   state", "  001_x  applied", "  002_y  pending", "  SELECT 1;",
    ]  # fmt: skip


def test_hostile_text_makes_no_line_of_its_own() -> None:
    assert len(places(HOSTILE)) == 1


@given(TEXTS, TEXTS)
def test_any_text_is_one_line(message: str, path: str) -> None:
    place = "m/" + path.replace("\0", "").replace(":", "")
    finding = Finding("a.b", Severity.WARNING, f"x{message}", locations=(Location(place, 3),))
    report = Report("", (finding,), body=message, summary=message)
    (found,) = places(report)
    assert found[1:3] == ("3", "warning")
    assert found[4] == "a.b"
    assert one_line(message.splitlines()[0] if message.splitlines() else "") in found[3]
