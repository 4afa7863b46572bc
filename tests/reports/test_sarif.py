"""SARIF, held against the official schema and against what code scanning wants."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given

from schema_tools.findings import Finding, Location, NotChecked, Report, Severity
from schema_tools.keys import Key
from schema_tools.linter.rule import rules
from schema_tools.schema.kinds import kinds
from tests.reports.samples import (
    COLUMN,
    HISTORY,
    KNOWN,
    LINT,
    REPORTS,
    TEXTS,
    VIEW,
    WHOLE,
    rendered,
)

STANDARD = json.loads(
    Path(__file__).with_name("standards").joinpath("sarif-2.1.0.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(
    STANDARD, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def run_of(report: Report) -> dict[str, Any]:
    """Return the only run of a report that fits the schema."""
    log = json.loads(rendered("sarif", report))
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    return run


def results(*findings: Finding) -> list[dict[str, Any]]:
    return run_of(Report("", findings))["results"]


def marks(*findings: Finding) -> list[str]:
    return [each["partialFingerprints"]["primaryLocationLineHash"] for each in results(*findings)]


def test_the_validator_finds_what_is_wrong() -> None:
    log = json.loads(rendered("sarif", WHOLE))
    log["runs"][0]["results"][0]["level"] = "critical"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(log)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_it_fits_the_official_schema(report: Report) -> None:
    assert len(run_of(report)["results"]) == len(report.findings) + len(report.known)


def test_severities_are_levels() -> None:
    assert [each["level"] for each in results(COLUMN, VIEW, LINT)] == ["error", "warning", "note"]


def test_a_result_names_its_rule() -> None:
    run = run_of(WHOLE)
    declared = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert declared == sorted({*declared})
    for result in run["results"]:
        assert declared[result["ruleIndex"]] == result["ruleId"]


def test_the_first_place_is_the_location_and_others_are_related() -> None:
    (result,) = results(COLUMN)
    (place,) = result["locations"]
    physical = place["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "m/001_x.sql", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 24}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "public.users.email"
    (other,) = result["relatedLocations"]
    assert other["physicalLocation"]["region"] == {"startLine": 57}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("m/a b.sql", "m/a%20b.sql"),
        ("m/ä%.sql", "m/%C3%A4%25.sql"),
        ("/elsewhere/x.py", "file:///elsewhere/x.py"),
        ("m/\udcff.sql", "m/%FF.sql"),
        ("./m/../n.sql", "n.sql"),
    ],
)
def test_a_path_becomes_a_reference(path: str, uri: str) -> None:
    (result,) = results(replace(LINT, locations=(Location(path, 1),)))
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == uri
    assert ("uriBaseId" in artifact) is not uri.startswith("file:")


def test_what_has_no_file_has_a_place_that_names_it() -> None:
    """Code scanning refuses a whole upload for one result without a physical location."""
    bare = Finding("error.odd", Severity.CRITICAL, "odd")
    uris = [
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in results(VIEW, bare)
    ]
    assert uris == ["database/audit/recent", "schema_tools/error.odd"]


def test_a_mark_stays_when_lines_move() -> None:
    moved = [
        replace(each, locations=tuple(replace(p, line=p.line + 9) for p in each.locations))
        for each in (COLUMN, LINT, HISTORY)
    ]
    assert marks(*moved) == marks(COLUMN, LINT, HISTORY)
    numbered = replace(LINT, message="the index of line 7")
    assert marks(numbered) == marks(replace(LINT, message="the index of line 8"))


def test_marks_tell_findings_apart() -> None:
    other = replace(COLUMN, subject=Key("column", "public", "users", "phone"))
    elsewhere = replace(LINT, locations=(Location("m/other.sql", 7),))
    found = marks(COLUMN, COLUMN, other, LINT, elsewhere, HISTORY)
    assert len({*found}) == 6
    assert found[1] == found[0].replace(":1", ":2")


def test_what_is_known_is_suppressed_with_its_reason() -> None:
    shown, known = run_of(Report("", (COLUMN,), known=(KNOWN,)))["results"]
    assert "suppressions" not in shown
    assert known["suppressions"][0]["justification"] == "tolerated: IGNORE: goes in May"


def test_the_run_says_what_was_not_checked_and_whether_it_is_ok() -> None:
    run = run_of(WHOLE)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("Not checked: roles that a file creates: ")
    assert run["properties"]["ok"] is False
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run_of(REPORTS["failed"])["invocations"][0]["executionSuccessful"] is False


def codes() -> list[str]:
    objects = [f"{kind}.{aspect}" for kind in kinds() for aspect in ("missing", "extra", "type")]
    return [*rules(), *objects, "history.gap", "error.odd", "ignore.unused", "baseline.unused"]


def test_every_rule_has_help_in_words() -> None:
    findings = [Finding(code, Severity.INFO, "m") for code in codes()]
    for rule in run_of(Report("", tuple(findings)))["tool"]["driver"]["rules"]:
        assert re.fullmatch(r"[A-Z`].+\.", rule["shortDescription"]["text"], re.DOTALL), rule
        assert len(rule["help"]["text"]) > 20
        assert rule["help"]["markdown"]


@given(TEXTS, TEXTS, TEXTS)
@example("", "", "\ud800")
def test_any_text_fits(message: str, name: str, path: str) -> None:
    finding = replace(
        COLUMN,
        message=message,
        subject=Key("column", name, "", name),
        locations=(Location(f"m/{path}".replace("\0", ""), 1),),
    )
    report = Report(message, (finding,), (NotChecked(name, path),), known=(finding,))
    assert len(run_of(report)["results"]) == 2
