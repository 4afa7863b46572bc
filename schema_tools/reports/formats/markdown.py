"""Markdown for a comment on a pull request: a short summary, and each table's findings folded.

A comment on GitHub holds 65,536 characters: details go first, then findings, the mildest first,
and a line says how many were left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schema_tools.findings import Finding, Group, Remedy, Report, Severity, by_table
from schema_tools.reports.account import headline, known, not_checked, remedy_words, standing
from schema_tools.reports.format import Format
from schema_tools.reports.markdown import block, code, folded, html, prose, table
from schema_tools.reports.style import Style
from schema_tools.reports.words import counted, said

LIMIT = 65_536
# By which a workflow finds the comment that it wrote before.
MARK = "<!-- schema_tools -->"
# Of the room: what a sentence, a block of code, and each of the lists at the end may take.
_SENTENCE, _BLOCK, _LIST, _NOTE = 1_500, 4_000, 6_000, 400
_MARKS = {Severity.CRITICAL: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}


@dataclass(slots=True)
class _Room:
    """What is left of the comment, in UTF-16 units, the most that a character is counted as."""

    left: int
    style: Style

    def takes(self, text: str) -> bool:
        """Take the room for a text, and the empty line after it, where there is enough."""
        size = len(self.style.printable(text).encode("utf-16-le")) // 2 + 2
        if size > self.left:
            return False
        self.left -= size
        return True


def render(report: Report, style: Style) -> str:
    """Return the comment; neither width nor colour matter."""
    start, end = [*_start(report)], [*_end(report)]
    room = _Room(LIMIT - _NOTE, style)
    for text in (*start, *end):
        room.takes(text)
    found, missed = _groups(report.findings, room)
    more = [*_tables_and_body(report)]
    fitting = [text for text in more if room.takes(text)]
    note = _cut_note(missed, tables=len(more) > len(fitting))
    parts = [*start, *note, *found, *fitting, *end]
    return style.printable("\n\n".join(parts) + "\n")


def _start(report: Report) -> Iterator[str]:
    worst = max((finding.severity for finding in report.findings), default=Severity.INFO)
    mark = "✅" if report.ok else _MARKS[max(worst, Severity.WARNING)]
    yield f"{MARK}\n### {mark} {_sentence(headline(report))}"
    yield f"**{prose(standing(report))}**"
    if report.summary:
        yield _sentence(report.summary)


def _end(report: Report) -> Iterator[str]:
    for title, lines in (
        ("Not checked", [*not_checked(report)]),
        ("Known findings", [*map(known, report.known)]),
    ):
        if lines:
            yield folded(f"{title}: {len(lines)}", _list(lines))


def _list(lines: Iterable[str]) -> str:
    """Return lines as a list; what its part of the room does not hold is counted."""
    room, shown, left = _Room(_LIST, Style()), [], 0
    for line in lines:
        item = f"- {_sentence(line)}"
        if room.takes(item):
            shown.append(item)
        else:
            left += 1
    return "\n".join([*shown, *([f"- … and {left} more"] if left else [])])


def _tables_and_body(report: Report) -> Iterator[str]:
    for each in report.tables:
        if each.rows:
            yield folded(html(each.title) or "Table", table(each.columns, each.rows))
    if report.body.strip():
        yield folded("Text", block(_cut(report.body, 5 * _BLOCK), "sql"))


def _groups(findings: Iterable[Finding], room: _Room) -> tuple[list[str], Counter[Severity]]:
    """Return the groups that there is room for, and the number of findings that are left out."""
    shown, left_out = [], Counter[Severity]()
    for group in sorted(by_table(findings), key=lambda group: -group.worst):
        items, missed = _items(group, room)
        left_out += missed
        if items:
            shown.append(folded(_heading(group), "\n\n".join(items)))
    return shown, left_out


def _items(group: Group, room: _Room) -> tuple[list[str], Counter[Severity]]:
    items: list[str] = []
    missed = Counter(finding.severity for finding in group.findings)
    if not room.takes(folded(_heading(group), "")):
        return items, missed
    for finding in group.findings:
        lines = _title(finding), _places(finding)
        short = "\n\n".join(filter(None, lines))
        whole = "\n\n".join([short, *_details(finding)])
        text = next((text for text in (whole, f"{short}\n\n…") if room.takes(text)), "")
        if text:
            items.append(text)
            missed[finding.severity] -= 1
    return items, +missed


def _heading(group: Group) -> str:
    """Return the line to click on."""
    mark, label = _MARKS[group.worst], group.worst.label
    if not group.table:
        return f"{mark} {label}: {html(_cut(group.findings[0].message, _SENTENCE))}"
    number = counted(len(group.findings), "finding")
    return f"{mark} {label}: table <b>{html(group.table)}</b>, {number}"


def _title(finding: Finding) -> str:
    labels = f" {prose(finding.verdict)}" if finding.verdict else ""
    said = _sentence(finding.message)
    return f"{_MARKS[finding.severity]} **{prose(finding.code)}**{labels}<br>{said}"


def _places(finding: Finding) -> str:
    places = ", ".join(code(_cut(str(place), _SENTENCE)) for place in finding.locations[:5])
    return f"at {places}" if places else ""


def _details(finding: Finding) -> Iterator[str]:
    for side, value in finding.values.items():
        yield f"{prose(side)}: {_value(value)}"
    if finding.tolerated_by:
        yield f"tolerated: {_sentence(finding.tolerated_by)}"
    yield from map(_remedy, finding.remedies)
    if finding.hint:
        yield f"→ {_sentence(finding.hint)}"


def _value(value: str | None) -> str:
    if not value:
        return said(value)
    if "\n" in value.strip("\n") or len(value) > _SENTENCE:
        return f"\n\n{block(_cut(value, _BLOCK))}"
    return code(value)


def _remedy(remedy: Remedy) -> str:
    language = "python" if remedy.side == "models" else "sql"
    words = remedy_words(remedy.side, remedy.action, safe=remedy.safe)
    return f"{prose(words)}\n\n{block(_cut(remedy.text, _BLOCK), language)}"


def _sentence(text: str) -> str:
    return prose(_cut(text, _SENTENCE))


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest:,} characters more)"


def _cut_note(missed: Counter[Severity], *, tables: bool) -> Iterator[str]:
    """Say what there was no room for."""
    parts = [f"{missed[severity]} {severity.label}" for severity in sorted(missed, reverse=True)]
    parts += ["tables or SQL"] if tables else []
    if parts:
        number = ", ".join(parts)
        yield f"**Left out, for GitHub takes {LIMIT:,} characters: {number}.** {_ALL}"


_ALL = "`--format json` has all."

FORMAT = Format(name="markdown", render=render)
