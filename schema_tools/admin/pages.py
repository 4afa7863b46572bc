"""What the admin's pages show, and what their button does."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import psycopg
from django.contrib import messages
from django.db import DatabaseError
from django.http import Http404

from schema_tools.errors import ConfigurationError, LockHeld, SchemaToolsError
from schema_tools.findings import Finding, by_table
from schema_tools.reports.formats.json import findings_of
from schema_tools.reports.words import sentence
from schema_tools.services.databases import databases
from schema_tools.services.headline import headline
from schema_tools.services.inspect_migration import Inspection, inspect_migration
from schema_tools.services.last_validation import blind_spot
from schema_tools.services.overview import Overview, overviews
from schema_tools.services.validate_now import validate_now

MOST_ROWS = 20
"""How many migrations the page shows at once; the older ones are behind a click."""

MOST_FINDINGS = 200
"""How many findings the page shows; the command shows all."""

logger = logging.getLogger(__name__)


def status_page() -> dict[str, Any]:
    """Return how each database stands."""
    return {
        "title": "Schema status",
        "sections": [_section(each) for each in overviews()],
        "blind_spot": blind_spot(),
    }


def migration_page(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return a migration's file and what the history says of it; raises Http404."""
    alias, version = _alias(asked), asked.get("version", "")
    try:
        found = inspect_migration(alias, version)
    except ConfigurationError as error:
        raise Http404(str(error)) from error
    except (SchemaToolsError, psycopg.Error) as error:
        return {"title": version, "alias": alias, "error": sentence(str(error))}
    return {"alias": alias, **_migration(found)}


def validate(asked: Mapping[str, str], *, by: str) -> tuple[int, str]:
    """Validate a database; return the level and the text of the message on it.

    Raises Http404 for a database that is not ours.
    """
    alias = _alias(asked)
    try:
        report = validate_now(alias, by=by)
    except LockHeld as error:
        return messages.WARNING, f"{sentence(error.message)} {error.hint}"
    except SchemaToolsError as error:
        return messages.ERROR, f"Not validated: {sentence(str(error))} {error.hint}"
    except (psycopg.Error, DatabaseError) as error:
        return messages.ERROR, f"Not validated: {sentence(str(error))}"
    except Exception:  # whatever it is, a page is to answer
        logger.exception("database %r could not be validated", alias)
        return messages.ERROR, "Not validated, for an unforeseen reason: see the log."
    level = messages.SUCCESS if report.ok else messages.WARNING
    return level, f"Validated. {sentence(report.summary)}"


def _alias(given: Mapping[str, str]) -> str:
    """Return the database that a request names; one that is not ours does not exist."""
    alias = given.get("database", "")
    try:
        known = databases()
    except ConfigurationError as error:
        raise Http404(str(error)) from error
    if alias not in known:
        raise Http404(f"no database {alias!r}")
    return alias


def _section(found: Overview) -> dict[str, Any]:
    """Return what the page shows of a database."""
    section: dict[str, Any] = {"overview": found, "headline": headline(found)}
    if found.status:
        newest_first = [_row(row) for row in reversed(found.status["history"])]
        section["rows"], section["older"] = newest_first[:MOST_ROWS], newest_first[MOST_ROWS:]
        section["problems"] = _groups(findings_of(found.status))
    if found.validation:
        findings = findings_of(found.validation.document)
        section["findings"] = _groups(findings[:MOST_FINDINGS])
        section["more_findings"] = max(len(findings) - MOST_FINDINGS, 0)
    return section


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    at = row["applied_at"]
    return {
        **row,
        "state": row["state"].replace("_", " "),
        "applied_at": at and datetime.fromisoformat(at),
    }


def _groups(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return the findings by table, those with the worst first."""
    return [
        {"table": group.table, "findings": [_finding(each) for each in group.findings]}
        for group in by_table(findings)
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    """Return what is shown of a finding: below a table's name in fewer words."""
    places = [str(place) for place in finding.locations]
    return {
        "finding": finding,
        "severity": finding.severity.label,
        "message": (finding.brief if finding.table else "") or finding.message,
        # What belongs to no table is told by its file.
        "first_place": "" if finding.table else next(iter(places), ""),
        "places": places if finding.table else places[1:],
    }


def _migration(found: Inspection) -> dict[str, Any]:
    """Return what the page of a migration shows."""
    standing = found.standing
    return {
        "title": standing.version,
        "found": found,
        "standing": standing,
        "state": standing.state.replace("_", " "),
        "problems": _groups(found.findings),
        "lines": (found.text or "").removesuffix("\n").split("\n"),
    }
