"""The report of a validation: title, summary, facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from schema_tools.findings import Finding, NotChecked, Report, Severity
from schema_tools.reports.words import counted
from schema_tools.schema.comparison.disagreement import (
    Comparison,
)
from schema_tools.services.live import Live
from schema_tools.services.status import counts


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a comparison of these sides; ``live`` is None where it was left out.

    ``objects`` is how many of the compared objects were asked for.
    """

    compared: tuple[str, ...]
    live: Live | None
    comparison: Comparison
    objects: int
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]


def report(result: Result, *, fail_on: Severity | None) -> Report:
    """Put a result together for people and programs.

    It is ok unless a finding is as severe as ``fail_on``, or worse.
    """
    live, comparison, found = result.live, result.comparison, result.findings
    ok = fail_on is None or not any(each.severity >= fail_on for each in found)
    compared = result.compared
    name = f" of {live.facts['name']} (PostgreSQL {live.facts['server_version']})" if live else ""
    return Report(
        title=f"Schema{name}: {', '.join(compared[:-1])} and {compared[-1]} compared",
        findings=found,
        not_checked=result.not_checked,
        summary=_summary(found, result.objects, compared),
        facts={
            "database": live.facts if live else None,
            "counts": {"objects_compared": result.objects},
            "migrations": counts(live.standings) if live and "migrations" in compared else None,
            "tolerated": _tolerated(comparison),
        },
        ok=ok,
    )


def _tolerated(comparison: Comparison) -> dict[str, int]:
    return dict(sorted(Counter(each.tolerance for each in comparison.tolerated).items()))


_NAMES = {
    Severity.CRITICAL: "critical finding",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}


def _summary(found: Iterable[Finding], objects: int, sides: tuple[str, ...]) -> str:
    number = Counter(each.severity for each in found)
    if not number:
        both = "all agree" if len(sides) > 2 else "agree"
        names = {"migrations": "SQL files", "models": "Models", "database": "database"}
        words = " and ".join([", ".join(names[s] for s in sides[:-1]), names[sides[-1]]])
        words = words[0].upper() + words[1:]
        return f"{words} {both}: {objects} objects compared."
    total = ", ".join(
        counted(number[severity], _NAMES[severity]) for severity in sorted(number, reverse=True)
    )
    return f"{total}. {_next_step(found)}"


def _next_step(found: Iterable[Finding]) -> str:
    """Say what to do first: the hint of the worst finding."""
    worst = max(found, key=lambda each: each.severity)
    return worst.hint
