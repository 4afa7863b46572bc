"""The one currency of lint, drift, history trouble and system checks."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schema_tools.keys import Key

PLAIN = frozenset({"", "public"})
"""The schemas that go without saying."""


class Severity(enum.IntEnum):
    """How bad a finding is; ordered, so that a threshold is a comparison."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def label(self) -> str:
        """Return the lower-case name, as JSON and the command line spell it."""
        return self.name.lower()

    @classmethod
    def from_label(cls, label: str) -> Severity:
        """Return the severity of that name; raises KeyError."""
        return cls[label.upper()]


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A line of a file; line 0 means the file as a whole."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Remedy:
    """A ready step that makes a finding go away.

    ``side`` is ``database``, ``migrations`` or ``models``; ``action`` is ``undo``, ``adopt``,
    ``write`` or ``edit``; ``text`` is SQL, or the line of a model. ``safe`` is false where running
    it can lose data or block others for long.
    """

    side: str
    action: str
    text: str
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know, with all that is known about it.

    ``brief`` is the message without the words that name the table, "" where there are none: what
    is shown below a heading with the table's name.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    subject: Key | None = None
    verdict: str = ""
    between: tuple[str, ...] = ()
    values: Mapping[str, str | None] = field(default_factory=dict)
    locations: tuple[Location, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    tolerated_by: str | None = None
    brief: str = ""

    @property
    def table(self) -> str:
        """Return the table as users see it: ``users``, ``audit.log``; "" if it is about none."""
        key = self.subject
        name = (key.name if key.kind == "table" else key.table) if key else ""
        return f"{key.schema}.{name}" if key and name and key.schema not in PLAIN else name


@dataclass(frozen=True, slots=True)
class Group:
    """Findings to be shown together: those of a table, or one that is about none (table "")."""

    table: str
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity:
        """Return the highest of their severities."""
        return max(finding.severity for finding in self.findings)


def by_table(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Return findings in groups: first those about files, as they come, then the worst first."""
    about_files: list[Group] = []
    alone: list[Group] = []
    tables: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.table:
            tables.setdefault(finding.table, []).append(finding)
        else:
            (alone if finding.subject else about_files).append(Group("", (finding,)))
    groups = [Group(table, _worst_first(members)) for table, members in tables.items()]
    return (*about_files, *sorted([*alone, *groups], key=lambda group: -group.worst))


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: -finding.severity))


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that was left out of the comparison, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people: a format shows them as it can, programs read ``Report.facts`` instead."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a service found: all that a report format knows.

    ``facts`` holds plain JSON values (the database's alias, name and version; the history;
    counts). ``ok`` is false where a finding reaches the threshold of ``--fail-on``. ``summary`` is
    the first line that a person reads: what to do next. ``body`` is a text that a format shows as
    it stands, such as the SQL of a plan. ``known`` are findings that the
    project has accepted, which count for nothing: ``tolerated_by`` says why.
    """

    title: str
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    summary: str = ""
    tables: tuple[Table, ...] = ()
    body: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    ok: bool = True
    known: tuple[Finding, ...] = ()
