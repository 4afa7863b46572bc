"""Findings for tests, made with few words."""

from __future__ import annotations

from collections.abc import Mapping

from schema_tools.findings import Finding, Location, Severity
from schema_tools.keys import Key

SAYS = {"models": "bigint", "migrations": "bigint", "database": "integer"}


def finding(
    code: str = "column.type",
    name: str = "public.users.email",
    *,
    severity: Severity = Severity.WARNING,
    verdict: str = "database_drifted",
    values: Mapping[str, str | None] = SAYS,
) -> Finding:
    """A finding about an object; its kind is the first word of the code."""
    schema, *between, last = name.split(".")
    subject = Key(code.partition(".")[0], schema, "".join(between), last)
    return Finding(
        code, severity, f"{name} differs", subject=subject, verdict=verdict, values=values
    )


def about_file(code: str, path: str) -> Finding:
    """A finding about a file."""
    return Finding(code, Severity.CRITICAL, "the file is wrong", locations=(Location(path, 3),))
