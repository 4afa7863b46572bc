"""Text for people: first what to do, then tables, then findings grouped by table.

On a terminal sentences are wrapped to its width; what may be copied (SQL, tables, values) is not.
Where there are findings, the summary comes first, and once more after a long list of them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from schema_tools.findings import Finding, Group, Report, Severity, Table, by_table
from schema_tools.reports.characters import visible
from schema_tools.reports.columns import aligned
from schema_tools.reports.format import Format
from schema_tools.reports.style import Style
from schema_tools.reports.words import counted, said

NARROWEST = 40
# Values stand side by side on a line that is no longer than this.
_SIDE_BY_SIDE = 110
# How many groups, findings of one, and lines of a finding are shown where not all is asked for.
_GROUPS, _FINDINGS, _LINES = 30, 10, 7
_LONG = 40
_MARKS = {
    Severity.CRITICAL: ("❌ CRITICAL", "red"),
    Severity.WARNING: ("⚠️ WARNING", "yellow"),
    Severity.INFO: ("ℹ️ INFO", "cyan"),
}


def render(report: Report, style: Style) -> str:
    """Return the report as text; parts that are empty are left out."""
    found = "\n\n".join(_findings(report.findings, style))
    summary = _summary(report, style)
    before = [
        summary if found else "",
        style.paint(report.title, "bold"),
        *(_table(table, style) for table in report.tables),
    ]
    after = [
        found,
        _not_checked(report, style),
        summary if not found or found.count("\n") > _LONG else "",
    ]
    parts = [_seen(part, style) for part in (*before, report.body.rstrip("\n"), *after)]
    return style.printable("\n\n".join(part for part in parts if part) + "\n")


def _findings(findings: Iterable[Finding], style: Style) -> Iterator[str]:
    """Yield a text for each group; the last one says how many were left out."""
    groups = _alike(by_table(findings))
    shown = groups if style.everything else groups[:_GROUPS]
    for group in shown:
        yield _group(group, style)
    left = [len(group.findings) for group in groups[len(shown) :]]
    if left:
        yield f"… and {counted(sum(left), 'finding')} more. {_SHOW_ALL}"


def _alike(groups: Iterable[Group]) -> list[Group]:
    """Put together what is said of several lines of a file in the same words."""
    together: dict[object, Group] = {}
    for group in groups:
        key = _said(group)
        earlier = together[key].findings if key in together else ()
        together[key] = Group(group.table, (*earlier, *group.findings))
    return [*together.values()]


def _said(group: Group) -> object:
    """Return what a finding about a line of a file says; what says more is like nothing else."""
    found = group.findings[0]
    lines = [place.line for place in found.locations]
    if group.table or len(lines) != 1 or not lines[0] or found.values or found.remedies:
        return object()
    return found.severity, found.code, found.message, found.hint, found.locations[0].path


def _seen(part: str, style: Style) -> str:
    """Return a part with what would act on a terminal written out, but for our own colours."""
    if not style.colour:
        return visible(part)
    pieces = _COLOUR.split(part)
    return "".join(piece if at % 2 else visible(piece) for at, piece in enumerate(pieces))


_COLOUR = re.compile(r"(\x1b\[(?:[012]|3[1236])m)")
_SHOW_ALL = "-v 2 shows all, --format json has all."


def _summary(report: Report, style: Style) -> str:
    if not report.summary:
        return ""
    if any(finding.severity is Severity.CRITICAL for finding in report.findings):
        mark, colour = "❌", "red"  # also where the exit code does not mind
    elif report.ok:
        mark, colour = "✅", "green"
    else:
        mark, colour = "⚠️", "yellow"
    return style.paint(_wrapped(f"{mark} {report.summary}", style), colour)


def _table(table: Table, style: Style) -> str:
    lines = aligned(table)
    if any(table.columns):
        lines[0] = style.paint(lines[0], "dim")
    return "\n".join([style.paint(table.title, "bold"), *lines] if table.title else lines)


def _group(group: Group, style: Style) -> str:
    if not group.table:
        return "\n".join(_finding(group.findings, style))
    return "\n".join(_table_group(group, style))


def _table_group(group: Group, style: Style) -> Iterator[str]:
    mark, colour = _MARKS[group.worst]
    heading = f"Table structure mismatch for table '{group.table}'"
    if group.worst is not Severity.CRITICAL:
        heading = f"table '{group.table}'"
    yield style.paint(f"{mark}: {heading}", colour)
    shown = group.findings if style.everything else group.findings[:_FINDINGS]
    for finding in shown:
        labels = ", ".join(filter(None, (finding.severity.label, finding.code, finding.verdict)))
        text = f"  - {finding.brief or finding.message} [{labels}]"
        yield _wrapped(text, style, hang="    ")
        yield from _details(finding, style, indent="    ")
    left = len(group.findings) - len(shown)
    if left:
        yield f"  … and {counted(left, 'finding')} more of this table. {_SHOW_ALL}"
    for hint in dict.fromkeys(finding.hint for finding in shown if finding.hint):
        yield _hint(hint, style, indent="  ")


def _finding(alike: tuple[Finding, ...], style: Style) -> Iterator[str]:
    finding = alike[0]
    mark, colour = _MARKS[finding.severity]
    place = f"{finding.locations[0]}{_lines(alike[1:], style)}: " if finding.locations else ""
    text = _wrapped(f"{mark}: {place}{finding.message} [{finding.code}]", style, hang="   ")
    for part, look in ((f"{mark}:", colour), (f"[{finding.code}]", "dim")):
        text = text.replace(part, style.paint(part, look), 1)
    yield text
    yield from _details(finding, style, indent="   ", skip_locations=1)
    if finding.hint:
        yield _hint(finding.hint, style, indent="   ")


def _lines(alike: tuple[Finding, ...], style: Style) -> str:
    """Return the other lines of which the same is said."""
    shown = alike if style.everything else alike[:_LINES]
    left = len(alike) - len(shown)
    numbers = "".join(f", {finding.locations[0].line}" for finding in shown)
    return f"{numbers} and {left} more" if left else numbers


def _details(
    finding: Finding, style: Style, *, indent: str, skip_locations: int = 0
) -> Iterator[str]:
    yield from _values(finding, indent=indent)
    places = ", ".join(map(str, finding.locations[skip_locations:]))
    if places:
        yield style.paint(f"{indent}at {places}", "dim")
    if finding.tolerated_by:
        yield f"{indent}tolerated: {finding.tolerated_by}"
    for remedy in finding.remedies:
        caution = "" if remedy.safe else " (can lose data or block others: read it first)"
        yield f"{indent}{remedy.action} in {remedy.side}{caution}:"
        yield textwrap.indent(remedy.text, f"{indent}    ")


def _values(finding: Finding, *, indent: str) -> Iterator[str]:
    """Yield the sides' values side by side; one below the other where they are long."""
    texts = {side: said(value) for side, value in finding.values.items()}
    line = " | ".join(f"{side}: {text}" for side, text in texts.items())
    if len(line) <= _SIDE_BY_SIDE and "\n" not in line:
        yield from [f"{indent}{line}"] if line else []
        return
    for side, text in texts.items():
        first, *more = text.strip("\n").splitlines() or [""]
        yield f"{indent}{side + ':':<11} {first}".rstrip()
        yield from (f"{indent}{'':<11} {each}".rstrip() for each in more)


def _hint(hint: str, style: Style, *, indent: str) -> str:
    lines = textwrap.indent(f"→ {hint}", indent).splitlines()
    return "\n".join(_wrapped(line, style, hang=f"{indent}  ") for line in lines)


def _not_checked(report: Report, style: Style) -> str:
    if not report.not_checked:
        return ""
    items = (f"  - {item.what}: {item.reason}" for item in report.not_checked)
    return "\n".join(["Not checked:", *(_wrapped(item, style, hang="    ") for item in items)])


def _wrapped(text: str, style: Style, *, hang: str = "") -> str:
    """Return a line as lines of the output's width, all but the first indented by ``hang``."""
    width = max(style.width - 1, NARROWEST)  # an emoji counts as one and takes two columns
    if not style.width or len(text) <= width or "\n" in text:
        return text
    indent = text[: len(text) - len(text.lstrip())]
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text.strip())
    filled = textwrap.fill(
        whole,
        width,
        initial_indent=indent,
        subsequent_indent=hang,
        break_long_words=False,  # a path or a command is copied as a whole
        break_on_hyphens=False,
    )
    return filled.replace(_GLUE, " ")


# A command of manage.py with what follows it: options and their values, and words that are no
# English for their digits, marks or capitals.
_COMMAND = re.compile(
    r"manage\.py \w+(?: (?:--[\w-]+(?: [\w./'@-]+)?|[\w./'@-]*[\d_/'@][\w./'@-]*|[A-Z]{2,}))*"
)
_GLUE = "\x00"


FORMAT = Format(name="text", render=render)
