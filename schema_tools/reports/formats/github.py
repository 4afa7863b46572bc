"""GitHub Actions: one workflow command for each finding, shown as an annotation of its line.

Rules: GitHub documentation, Workflow commands for GitHub Actions; how values are escaped, in
actions/toolkit, command.ts.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Finding, Report, Severity
from schema_tools.reports.account import details, headline, known, not_checked, standing
from schema_tools.reports.characters import visible
from schema_tools.reports.format import Format
from schema_tools.reports.places import from_root
from schema_tools.reports.style import Style

_COMMANDS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Report, style: Style) -> str:
    """Return a line for each finding, the worst first: GitHub shows ten of each severity."""
    worst_first = sorted(report.findings, key=lambda finding: -finding.severity)
    lines = [*map(_annotation, worst_first), *_notices(report)]
    return style.printable("".join(f"{line}\n" for line in lines))


def _annotation(finding: Finding) -> str:
    first = finding.locations[:1]
    properties: dict[str, str | int] = {}
    for location in first:
        properties["file"] = from_root(location.path)
        if location.line:
            properties["line"] = location.line
    properties["title"] = " ".join(filter(None, (finding.code, finding.verdict)))
    elsewhere = ", ".join(map(str, finding.locations[1:]))
    parts = [finding.message, *details(finding), *([f"also at {elsewhere}"] if elsewhere else [])]
    return _command(_COMMANDS[finding.severity], properties, "\n".join(parts))


def _notices(report: Report) -> Iterator[str]:
    """Yield what is to be said of the report as a whole."""
    said = "\n".join(filter(None, (standing(report), report.summary)))
    yield _command("notice", {"title": headline(report)}, said)
    for title, lines in (
        ("Not checked", [*not_checked(report)]),
        ("Known findings", [*map(known, report.known)]),
    ):
        if lines:
            yield _command("notice", {"title": title}, "\n".join(lines))


def _command(name: str, properties: dict[str, str | int], message: str) -> str:
    written = ",".join(
        f"{key}={visible(str(value)).translate(_PROPERTY)}" for key, value in properties.items()
    )
    return f"::{name} {written}::{visible(message).translate(_DATA)}"


FORMAT = Format(name="github", render=render)
