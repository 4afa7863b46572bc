"""The report of a validation: title, summary, facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sized
from dataclasses import dataclass

from schema_tools.findings import Finding, NotChecked, Report, Severity, Table
from schema_tools.known.names import names_of
from schema_tools.reports.formats.json import document
from schema_tools.reports.words import by_severity, counted
from schema_tools.schema.comparison.wording import BY_DJANGO
from schema_tools.schema.tolerance import Tolerated, tolerances
from schema_tools.services.live import Live
from schema_tools.services.status import counts


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a comparison of these sides; ``live`` is None where it was left out.

    ``objects`` is how many of the compared objects were asked for. ``known`` are findings that the
    project has accepted. With ``is_whole`` there is no difference that was not looked for;
    ``waiting`` is how many apps were left out until Django's migrations have run, ``lacks_files``
    whether SQL files would have been compared if there were any.
    """

    compared: tuple[str, ...]
    live: Live | None
    tolerated: tuple[Tolerated, ...]
    objects: int
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    known: tuple[Finding, ...] = ()
    is_whole: bool = False
    waiting: int = 0
    lacks_files: bool = False


def report(result: Result, *, fail_on: Severity | None) -> Report:
    """Put a result together for people and programs.

    It is ok unless a finding is as severe as ``fail_on``, or worse. What was tolerated and what is
    known are tables, for those who want to see all.
    """
    live, found = result.live, result.findings
    ok = fail_on is None or not any(each.severity >= fail_on for each in found)
    compared = result.compared
    name = f" of {live.facts['name']} (PostgreSQL {live.facts['server_version']})" if live else ""
    return Report(
        title=f"Schema{name}: {', '.join(compared[:-1])} and {compared[-1]} compared"
        + (" (there are no SQL files)" if result.lacks_files else "")
        + _tolerated_words(result.tolerated),
        findings=found,
        not_checked=result.not_checked,
        summary=_summary(result),
        tables=(*_tolerated_table(result.tolerated), *known_table(result.known)),
        facts={
            "database": live.facts if live else None,
            "counts": {"objects_compared": result.objects, "known": len(result.known)},
            "migrations": counts(live.standings) if live and "migrations" in compared else None,
            "tolerated": _counted(result.tolerated),
            "known_findings": document(Report("", result.known))["findings"],
        },
        ok=ok,
        known=result.known,
    )


def _tolerated_words(tolerated: Sized) -> str:
    number = len(tolerated)
    return f"; {counted(number, 'difference')} tolerated (-v 2 lists them)" if number else ""


def _tolerated_table(tolerated: Iterable[Tolerated]) -> tuple[Table, ...]:
    """Return what was tolerated, a row for each object, with the reason where it comes first."""
    rows: list[tuple[str, str, str]] = []
    for each in tolerated:
        is_first = not rows or rows[-1][0] != each.tolerance
        reason = tolerances()[each.tolerance].reason if is_first else ""
        rows.append((each.tolerance, str(each.key), reason))
    if not rows:
        return ()
    return (Table(("tolerance", "object", "reason"), tuple(rows), title="Tolerated differences"),)


def known_table(known: tuple[Finding, ...]) -> tuple[Table, ...]:
    """Return what is known, a row for each finding; no table where there is nothing."""
    rows = tuple(
        (each.severity.label, each.code, next(iter(names_of(each)), ""), each.tolerated_by or "")
        for each in known
    )
    columns = ("severity", "code", "object", "known by")
    return (Table(columns, rows, title="Known findings"),) if rows else ()


def _counted(tolerated: Iterable[Tolerated]) -> dict[str, int]:
    return dict(sorted(Counter(each.tolerance for each in tolerated).items()))


def _summary(result: Result) -> str:
    found, known = result.findings, known_words(result.known)
    if not found:
        objects = f"{result.objects} objects compared"
        if known:
            return f"Nothing new: {known}; {objects}."
        if result.waiting:
            apps = f"{counted(result.waiting, 'app')} left out until manage.py migrate has run"
            return f"{apps}; in the others {_names(result.compared)}."
        words = _names(result.compared)
        return f"{words[0].upper()}{words[1:]}: {objects}."
    total = by_severity(found)
    return f"{total}{f' ({known})' if known else ''}. {_next_step(found)}"


def _names(sides: tuple[str, ...]) -> str:
    both = "all agree" if len(sides) > 2 else "agree"
    names = {"migrations": "SQL files", "models": "models", "database": "database"}
    words = " and ".join([", ".join(names[s] for s in sides[:-1]), names[sides[-1]]])
    return f"{words} {both}"


def known_words(known: tuple[Finding, ...]) -> str:
    """Return how many findings are not shown, and how many of them one would want to see."""
    if not known:
        return ""
    critical = sum(each.severity is Severity.CRITICAL for each in known)
    note = f", {critical} of them critical" if critical else ""
    return f"{counted(len(known), 'known finding')} not shown{note}"


def _next_step(found: Iterable[Finding]) -> str:
    """Say what to do first: the hint of the worst finding."""
    worst = max(found, key=lambda each: each.severity)
    return worst.hint or BY_DJANGO
