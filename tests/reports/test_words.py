"""Numbers and messages in words."""

from __future__ import annotations

import pytest

from schema_tools.findings import Finding, Severity
from schema_tools.reports.words import by_severity, counted, sentence


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 warnings"), (1, "1 warning"), (2, "2 warnings")]
)
def test_the_plural_is_for_all_but_one(number: int, text: str) -> None:
    assert counted(number, "warning") == text


def test_severities_are_counted_the_worst_first() -> None:
    found = [Finding("a.b", severity, "") for severity in (*Severity, Severity.WARNING)]
    assert by_severity(found) == "1 critical finding, 2 warnings, 1 note"
    assert by_severity([]) == ""


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("no such file ", "No such file."),
        ("PostgreSQL is down!", "PostgreSQL is down!"),
        ("Is it?", "Is it?"),
        ("", ""),
    ],
)
def test_a_message_becomes_a_sentence(message: str, text: str) -> None:
    assert sentence(message) == text
