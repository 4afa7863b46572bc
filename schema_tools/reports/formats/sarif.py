"""SARIF 2.1.0, for code scanning and editors.

Rules: OASIS, Static Analysis Results Interchange Format Version 2.1.0; GitHub documentation, SARIF
support for code scanning, which wants a physical location for each result.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from schema_tools import __version__
from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.reports.account import details, headline, not_checked, reason, standing
from schema_tools.reports.characters import json_visible, visible
from schema_tools.reports.format import Format
from schema_tools.reports.places import from_root
from schema_tools.reports.rule_texts import rule_text
from schema_tools.reports.style import Style

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_NO_FILE = "Not a file: an object of the database, or what the finding is about."

Json = dict[str, Any]


def render(report: Report, style: Style) -> str:
    """Return the report as one run."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json_visible(json.dumps(log, indent=2, ensure_ascii=not style.takes_unicode)) + "\n"


def _run(report: Report) -> Json:
    findings = (*report.findings, *report.known)
    worst: dict[str, Severity] = {}
    for finding in findings:
        worst[finding.code] = max(finding.severity, worst.get(finding.code, finding.severity))
    codes = sorted(worst)
    prints = _fingerprints(findings)
    return {
        "tool": {
            "driver": {
                "name": "django-schema-tools",
                "semanticVersion": __version__,
                "rules": [_rule(code, worst[code]) for code in codes],
            }
        },
        "invocations": [_invocation(report)],
        "results": [
            _result(finding, codes.index(finding.code), mark, known=number >= len(report.findings))
            for number, (finding, mark) in enumerate(zip(findings, prints, strict=True))
        ],
        "properties": {
            "ok": report.ok,
            "title": visible(headline(report)),
            "summary": visible(report.summary),
            "standing": standing(report),
        },
    }


def _rule(code: str, severity: Severity) -> Json:
    said = rule_text(code)
    return {
        "id": code,
        "shortDescription": {"text": said.title},
        "fullDescription": {"text": said.title},
        "help": {"text": said.text, "markdown": said.markdown},
        "defaultConfiguration": {"level": _LEVELS[severity]},
    }


def _invocation(report: Report) -> Json:
    """Return how the run went; what was not checked is a notification."""
    failed = any(finding.code.startswith("error.") for finding in report.findings)
    return {
        "executionSuccessful": not failed,
        "toolExecutionNotifications": [
            {"level": "note", "message": {"text": f"Not checked: {visible(each)}"}}
            for each in not_checked(report)
        ],
    }


def _result(finding: Finding, index: int, mark: str, *, known: bool) -> Json:
    first, *others = finding.locations or (None,)
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": visible("\n".join([finding.message, *details(finding)]))},
        "locations": [_place(first, finding)],
        "partialFingerprints": {"primaryLocationLineHash": mark, "schemaTools/v1": mark},
        "properties": {"verdict": finding.verdict, "between": list(finding.between)},
    }
    if others:
        result["relatedLocations"] = [
            {"id": number, **_physical(place), "message": {"text": "also here"}}
            for number, place in enumerate(filter(None, others), start=1)
        ]
    if known or finding.tolerated_by:
        why = visible(reason(finding))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _place(location: Location | None, finding: Finding) -> Json:
    """Return where a finding is: in a file, else at a path that names the object."""
    place = _physical(location) if location else _without_file(finding)
    if finding.subject:
        name = visible(".".join(filter(None, finding.subject.path)))
        logical = {"fullyQualifiedName": name, "kind": finding.subject.kind}
        place["logicalLocations"] = [logical]
    return place


def _physical(location: Location) -> Json:
    path = from_root(location.path)
    artifact = {"uri": _uri(path)}
    if not path.startswith("/"):
        artifact["uriBaseId"] = "%SRCROOT%"
    return _at(artifact, location.line)


def _at(artifact: Json, line: int = 0) -> Json:
    """Return a place; GitHub wants a line, so the whole of a file is its first one."""
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line or 1}}}


def _uri(path: str) -> str:
    """Return a relative reference, or a file URI (RFC 3986, RFC 8089)."""
    try:
        encoded = path.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        # No file has such a name; a report that was read from elsewhere can.
        encoded = path.encode(errors="surrogatepass")
    quoted = quote(encoded)
    return f"file://{quoted}" if path.startswith("/") else quoted


def _without_file(finding: Finding) -> Json:
    key = finding.subject
    parts = ["database", *filter(None, key.path)] if key else ["schema_tools", finding.code]
    uri = "/".join(quote(visible(part), safe="") for part in parts)
    return _at({"uri": uri, "uriBaseId": "%SRCROOT%", "description": {"text": _NO_FILE}})


def _fingerprints(findings: Iterable[Finding]) -> list[str]:
    """Return a mark for each finding that stays while lines move; equal ones are numbered."""
    seen: Counter[str] = Counter()
    marks = []
    for finding in findings:
        digest = hashlib.sha256("\0".join(_identity(finding)).encode(errors="replace"))
        base = digest.hexdigest()[:16]
        seen[base] += 1
        marks.append(f"{base}:{seen[base]}")
    return marks


def _identity(finding: Finding) -> tuple[str, ...]:
    """Return what a finding is about; a message's numbers may be lines."""
    if finding.subject:
        return finding.code, *finding.subject
    path = from_root(finding.locations[0].path) if finding.locations else ""
    return finding.code, path, re.sub(r"\d+", "#", finding.message)


FORMAT = Format(name="sarif", render=render)
