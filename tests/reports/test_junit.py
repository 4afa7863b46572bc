"""JUnit XML, held against Jenkins' schema and read again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given

from schema_tools.findings import Finding, NotChecked, Report, Severity
from schema_tools.reports.style import Style
from tests.reports.samples import (
    COLUMN,
    EMPTY,
    FAILED,
    FINE,
    KNOWN,
    LINT,
    PENDING,
    REPORTS,
    TEXTS,
    VIEW,
    WHOLE,
    rendered,
)

STANDARD = xmlschema.XMLSchema(Path(__file__).with_name("standards") / "junit-10.xsd")


def suites(report: Report, style: Style | None = None) -> ET.Element:
    """Return the document of a report that fits the schema."""
    root = ET.fromstring(rendered("junit", report, style).encode())
    STANDARD.validate(root)
    return root


def outcomes(report: Report) -> list[tuple[str, str]]:
    """Return each test's class and what became of it."""
    return [
        (case.get("classname", ""), next(iter(case)).tag)
        for case in suites(report).iter("testcase")
    ]


def test_the_schema_finds_what_is_wrong() -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        STANDARD.validate(ET.fromstring("<testsuites><testsuite/></testsuites>"))


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_it_fits_the_schema_and_counts_right(report: Report, encoding: str) -> None:
    root = suites(report, Style(encoding=encoding))
    (suite,) = root
    number = {tag: len([*root.iter(tag)]) for tag in ("testcase", "failure", "error", "skipped")}
    assert suite.get("tests") == root.get("tests") == str(number["testcase"])
    assert suite.get("failures") == root.get("failures") == str(number["failure"])
    assert suite.get("errors") == root.get("errors") == str(number["error"])
    assert suite.get("skipped") == str(number["skipped"])
    assert (number["failure"] + number["error"] == 0) is report.ok


def test_what_made_the_report_not_ok_fails_and_the_rest_is_shown() -> None:
    assert outcomes(WHOLE) == [
        ("schema_tools", "failure"),
        ("column.type", "failure"),
        ("view.definition", "failure"),
        ("index.missing", "failure"),
        ("history.gap", "failure"),
        ("lint.foreign_key_index", "skipped"),
        ("index.extra", "skipped"),
        ("not_checked", "skipped"),
    ]


def test_nothing_fails_in_a_report_that_is_ok() -> None:
    report = Report("", (VIEW, LINT))
    assert {outcome for _, outcome in outcomes(report)} == {"skipped", "system-out"}
    assert outcomes(FINE) == outcomes(EMPTY) == [("schema_tools", "system-out")]


def test_notes_fail_where_they_are_the_worst_of_a_report_that_is_not_ok() -> None:
    assert outcomes(Report("", (LINT,), ok=False))[1] == ("lint.foreign_key_index", "failure")


def test_a_report_that_is_not_ok_for_no_finding_fails_too() -> None:
    assert outcomes(PENDING) == [("schema_tools", "failure")]


def test_an_error_is_one() -> None:
    assert outcomes(FAILED)[1] == ("error.unavailable", "error")


def test_a_tolerated_finding_does_not_fail() -> None:
    found = outcomes(Report("", (KNOWN, COLUMN), ok=False))
    assert found[1:] == [("index.extra", "skipped"), ("column.type", "failure")]


def test_the_name_of_a_test_does_not_change_with_the_line() -> None:
    def names(finding: Finding) -> list[str | None]:
        return [case.get("name") for case in suites(Report("", (finding,))).iter("testcase")]

    (place,) = LINT.locations
    assert names(LINT) == names(replace(LINT, locations=(replace(place, line=99),)))


@given(TEXTS, TEXTS)
def test_any_text_can_be_read_again(message: str, what: str) -> None:
    finding = Finding("x.y", Severity.CRITICAL, message)
    root = suites(Report(what, (finding,), (NotChecked("w", what),), ok=False))
    failure = root.findall(".//failure")[1]
    assert failure.get("message") == seen(message)
    # A parser takes a bare line end of the text as it is written.
    assert failure.text == seen(message) or not message
    assert root.get("name") == seen(what) or not what


def seen(text: str) -> str:
    """Return a text as a reader shall see it: what XML forbids is written out.

    So is what lets text stand elsewhere than where it is: a lone return, turned directions.
    """
    forbidden = r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    misleading = r"\r(?!\n)|[\u202a-\u202e\u2066-\u2069]"
    return re.sub(f"{forbidden}|{misleading}", _escape, text)


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
