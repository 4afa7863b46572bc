"""Lines for an editor: ``path:line: severity: message [code]``, as compilers write them.

Rules: GNU Coding Standards, Formatting Error Messages. What belongs to a line stands below it,
indented; what is about no file begins with the program's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.reports.account import details, known, not_checked, standing
from schema_tools.reports.characters import one_line, visible
from schema_tools.reports.columns import aligned
from schema_tools.reports.format import Format
from schema_tools.reports.places import from_root
from schema_tools.reports.style import Style

PROGRAM = "schema_tools"
_LABELS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# The line of a file that an error shows, and the mark below it: the editor shows that itself.
_PICTURE = re.compile(r"^ +\d* \| ")
_MARK = re.compile(r"^❌ (?:CRITICAL: )?")
_WHITE = re.compile(r"[^\S ]")


def render(report: Report, style: Style) -> str:
    """Return a line for each place of each finding, tables before them, the account at the end."""
    lines = [
        *_tables_and_body(report),
        *(line for finding in report.findings for line in _finding(finding)),
        *(f"{PROGRAM}: {one_line(said)}" for said in _account(report)),
    ]
    return style.printable("".join(f"{line}\n" for line in lines))


def _finding(finding: Finding) -> Iterator[str]:
    label, said = _LABELS[finding.severity], _said(finding)
    first, *others = finding.locations or [None]
    yield f"{_place(first)}: {label}: {said}"
    yield from (f"{_place(other)}: note: {said}" for other in others)
    for text in details(replace(finding, hint="")):
        yield from _below(text)


def _said(finding: Finding) -> str:
    """Return a message and its hint in one line, with the code and the verdict."""
    lines = (line for line in finding.message.splitlines() if not _PICTURE.match(line))
    message = _MARK.sub("", "; ".join(filter(None, map(one_line, lines))))
    hint = f" → {one_line(finding.hint)}" if finding.hint else ""
    words = ", ".join(filter(None, (finding.code, finding.verdict)))
    return f"{message}{hint} [{one_line(words)}]"


def _place(location: Location | None) -> str:
    """Return where a finding is to be shown; a file as a whole is its first line."""
    if location is None:
        return PROGRAM
    path = _WHITE.sub(lambda found: f"\\x{ord(found[0]):02x}", from_root(location.path))
    return f"{visible(path)}:{location.line or 1}"


def _tables_and_body(report: Report) -> Iterator[str]:
    for table in report.tables:
        yield from _below("\n".join([*([table.title] if table.title else []), *aligned(table)]))
    yield from _below(report.body)


def _below(text: str) -> Iterator[str]:
    return (f"  {visible(line)}".rstrip() for line in text.splitlines())


def _account(report: Report) -> Iterator[str]:
    yield from [report.title] if report.title else []
    yield from (f"not checked: {said}" for said in not_checked(report))
    yield from (f"known: {known(finding)}" for finding in report.known)
    yield from [report.summary] if report.summary else []
    yield standing(report)


FORMAT = Format(name="gcc", render=render)
