"""Text for people: tables first, then findings grouped by table, then what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from schema_tools.findings import Finding, Report, Severity, Table
from schema_tools.reports.format import Format
from schema_tools.reports.style import Style

_MARKS = {
    Severity.CRITICAL: ("❌ CRITICAL", "red"),
    Severity.WARNING: ("⚠️ WARNING", "yellow"),
    Severity.INFO: ("ℹ️ INFO", "cyan"),
}


def render(report: Report, style: Style) -> str:
    """Return the report as text; parts that are empty are left out."""
    parts = [
        style.paint(report.title, "bold"),
        *(_table(table, style) for table in report.tables),
        report.body.rstrip("\n"),
        *_groups(report.findings, style),
        _not_checked(report),
        _summary(report, style),
    ]
    return style.printable("\n\n".join(part for part in parts if part) + "\n")


def _summary(report: Report, style: Style) -> str:
    if not report.summary:
        return ""
    if report.ok:
        mark, colour = "✅", "green"
    elif any(finding.severity is Severity.CRITICAL for finding in report.findings):
        mark, colour = "❌", "red"
    else:
        mark, colour = "⚠️", "yellow"
    return style.paint(f"{mark} {report.summary}", colour)


def _table(table: Table, style: Style) -> str:
    rows = [table.columns, *table.rows] if any(table.columns) else list(table.rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if any(table.columns):
        lines[0] = style.paint(lines[0], "dim")
    return "\n".join([style.paint(table.title, "bold"), *lines] if table.title else lines)


def _groups(findings: Iterable[Finding], style: Style) -> Iterator[str]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_table_of(finding), []).append(finding)
    for table, members in groups.items():
        if table:
            yield "\n".join(_table_group(table, members, style))
        else:
            yield from ("\n".join(_finding(finding, style)) for finding in members)


def _table_of(finding: Finding) -> str:
    if finding.subject is None:
        return ""
    name = finding.subject.name if finding.subject.kind == "table" else finding.subject.table
    return name if finding.subject.schema in {"", "public"} else f"{finding.subject.schema}.{name}"


def _table_group(table: str, findings: list[Finding], style: Style) -> Iterator[str]:
    worst = max(finding.severity for finding in findings)
    mark, colour = _MARKS[worst]
    heading = f"Table structure mismatch for table '{table}'"
    if worst is not Severity.CRITICAL:
        heading = f"table '{table}'"
    yield style.paint(f"{mark}: {heading}", colour)
    for finding in sorted(findings, key=lambda finding: -finding.severity):
        label = finding.verdict or finding.code
        yield f"  - {_own_words(finding, table)} [{finding.severity.label}, {label}]"
        yield from _details(finding, style, indent="    ")


def _own_words(finding: Finding, table: str) -> str:
    """Return the message without the words that the group's heading already says."""
    _start, same, rest = finding.message.partition(f"'{table}': ")
    return rest if same else finding.message


def _finding(finding: Finding, style: Style) -> Iterator[str]:
    mark, colour = _MARKS[finding.severity]
    place = f"{finding.locations[0]}: " if finding.locations else ""
    code = style.paint(f"[{finding.code}]", "dim")
    yield f"{style.paint(mark + ':', colour)} {place}{finding.message} {code}"
    yield from _details(finding, style, indent="   ", skip_locations=1)


def _details(
    finding: Finding, style: Style, *, indent: str, skip_locations: int = 0
) -> Iterator[str]:
    for side, value in finding.values.items():
        yield f"{indent}{side + ':':<11} {'(absent)' if value is None else value}"
    for location in finding.locations[skip_locations:]:
        yield style.paint(f"{indent}at {location}", "dim")
    if finding.tolerated_by:
        yield f"{indent}tolerated: {finding.tolerated_by}"
    if finding.hint:
        yield textwrap.indent(f"→ {finding.hint}", indent)
    for remedy in finding.remedies:
        caution = "" if remedy.safe else " (can lose data or block others: read it first)"
        yield f"{indent}{remedy.action} in {remedy.side}{caution}:"
        yield textwrap.indent(remedy.text, f"{indent}    ")


def _not_checked(report: Report) -> str:
    if not report.not_checked:
        return ""
    lines = [f"  - {item.what}: {item.reason}" for item in report.not_checked]
    return "\n".join(["Not checked:", *lines])


FORMAT = Format(name="text", render=render)
