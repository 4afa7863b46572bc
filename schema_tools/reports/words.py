"""How numbers and messages become words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from schema_tools.findings import Finding, Severity

_NAMES = {
    Severity.CRITICAL: "critical finding",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}


def counted(number: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def by_severity(findings: Iterable[Finding]) -> str:
    """Return ``1 critical finding, 2 notes``, the worst first; "" where there are none."""
    number = Counter(finding.severity for finding in findings)
    return ", ".join(
        counted(number[severity], _NAMES[severity]) for severity in sorted(number, reverse=True)
    )


def said(value: str | None) -> str:
    """Return what a side says of an aspect: it may have no such object, or nothing of the kind."""
    return "(absent)" if value is None else value or "(none)"


def sentence(text: str) -> str:
    """Return a message with a capital and a full stop; "" stays as it is."""
    text = text.strip()
    end = "" if not text or text.endswith((".", "!", "?")) else "."
    return text[:1].upper() + text[1:] + end
