"""JSON with stable keys: ``facts`` at the top level, then what every report has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from schema_tools.findings import Finding, Location, Remedy, Report, Severity
from schema_tools.keys import Key
from schema_tools.reports.characters import halves_written_out, json_visible
from schema_tools.reports.format import Format
from schema_tools.reports.style import Style

FORMAT_VERSION = 1


def render(report: Report, style: Style) -> str:
    """Return the report as one JSON object; the style does not matter here."""
    text = json.dumps(document(report), indent=2, ensure_ascii=not style.takes_unicode)
    return halves_written_out(json_visible(text)) + "\n"  # as JSON writes them, too


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain values, in the order in which JSON shows them."""
    facts = dict(report.facts)
    counts = Counter(finding.severity for finding in report.findings)
    by_severity = {severity.label: counts[severity] for severity in sorted(Severity, reverse=True)}
    more = facts.pop("counts", {})
    result: dict[str, Any] = {"format_version": FORMAT_VERSION}
    result["database"] = facts.pop("database", None)
    result["ok"] = report.ok
    result["summary"] = {**by_severity, **(more if isinstance(more, dict) else {})}
    result.update(facts)
    result["findings"] = [_finding(finding) for finding in report.findings]
    result["not_checked"] = [
        {"what": item.what, "reason": item.reason} for item in report.not_checked
    ]
    return result


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.label,
        "message": finding.message,
        "brief": finding.brief or None,
        "object": _object(finding.subject),
        "between": list(finding.between),
        "verdict": finding.verdict or None,
        "values": dict(finding.values),
        "hint": finding.hint or None,
        "remedies": [
            {
                "side": remedy.side,
                "action": remedy.action,
                "text": remedy.text,
                "safe": remedy.safe,
            }
            for remedy in finding.remedies
        ],
        "locations": [
            {"path": location.path, "line": location.line or None}
            for location in finding.locations
        ],
        "tolerated_by": finding.tolerated_by,
    }


def findings_of(written: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return the findings of a document again."""
    return tuple(_read(each) for each in written["findings"])


def _read(written: Mapping[str, Any]) -> Finding:
    key = written["object"]
    return Finding(
        code=written["code"],
        severity=Severity.from_label(written["severity"]),
        message=written["message"],
        hint=written["hint"] or "",
        subject=key and Key(key["kind"], key["schema"] or "", key["table"] or "", key["name"]),
        verdict=written["verdict"] or "",
        between=tuple(written["between"]),
        values=written["values"],
        locations=tuple(
            Location(place["path"], place["line"] or 0) for place in written["locations"]
        ),
        remedies=tuple(Remedy(**remedy) for remedy in written["remedies"]),
        tolerated_by=written["tolerated_by"],
        brief=written.get("brief") or "",  # a report of before there was this key
    )


def _object(key: Key | None) -> dict[str, str | None] | None:
    if key is None:
        return None
    return {
        "kind": key.kind,
        "schema": key.schema or None,
        "table": key.table or None,
        "name": key.name,
    }


FORMAT = Format(name="json", render=render)
