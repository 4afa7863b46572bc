"""What is to be said of a finding and of a report, in plain lines; a format only dresses them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from schema_tools.findings import Finding, Report, Severity
from schema_tools.reports.words import by_severity, said


def headline(report: Report) -> str:
    """Return the title of a report, or the name of the tool."""
    return report.title or "schema_tools"


def standing(report: Report) -> str:
    """Return how it stands: whether it is ok, and how many findings of each severity there are."""
    number = by_severity(report.findings)
    known = f"{len(report.known)} known" if report.known else ""
    left_out = f"{len(report.not_checked)} not checked" if report.not_checked else ""
    return "; ".join(
        filter(None, ("ok" if report.ok else "not ok", number or "no findings", known, left_out))
    )


def failing(report: Report) -> frozenset[Severity]:
    """Return the severities that made a report not ok; none where it is ok.

    A report does not know its threshold: warnings and worse, or what is worst where that is less.
    """
    if report.ok or not report.findings:
        return frozenset()
    least = min(Severity.WARNING, max(finding.severity for finding in report.findings))
    return frozenset(severity for severity in Severity if severity >= least)


def details(finding: Finding) -> Iterator[str]:
    """Yield all that is known of a finding besides its message, a text for each thing."""
    for side, value in finding.values.items():
        yield f"{side}: {said(value)}"
    if finding.tolerated_by:
        yield f"tolerated: {finding.tolerated_by}"
    for remedy in finding.remedies:
        yield f"{remedy_words(remedy.side, remedy.action, safe=remedy.safe)}\n" + textwrap.indent(
            remedy.text, "    "
        )
    if finding.hint:
        yield f"→ {finding.hint}"


def remedy_words(side: str, action: str, *, safe: bool) -> str:
    """Return what a remedy is: ``undo in database:``."""
    return (
        f"{action} in {side}{'' if safe else ' (can lose data or block others: read it first)'}:"
    )


def not_checked(report: Report) -> Iterator[str]:
    """Yield what was left out, and why."""
    return (f"{item.what}: {item.reason}" for item in report.not_checked)


def known(finding: Finding) -> str:
    """Return the line of a finding that the project has accepted."""
    return f"{finding.severity.label} {finding.code}: {finding.message} ({reason(finding)})"


def reason(finding: Finding) -> str:
    """Return why a finding is accepted."""
    return f"tolerated: {finding.tolerated_by}" if finding.tolerated_by else "accepted"
