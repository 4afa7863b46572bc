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
from schema_tools.findings import Report
from schema_tools.reports.formats.json import document
from schema_tools.services.databases import databases
from schema_tools.services.headline import headline, sentence
from schema_tools.services.inspect_migration import Inspection, inspect_migration
from schema_tools.services.last_validation import blind_spot
from schema_tools.services.overview import Overview, overviews
from schema_tools.services.validate_now import validate_now

MOST_ROWS = 20
"""How many migrations the page shows at once; the older ones are behind a click."""

MOST_FINDINGS = 200
"""How many findings the page shows; the command shows all."""

_SEVERITIES = ("critical", "warning", "info")

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
    except Exception:
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
        section["problems"] = _groups(found.status["findings"])
    if found.validation:
        findings = found.validation.document["findings"]
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


def _groups(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings by table, those with the worst first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for finding in sorted(findings, key=lambda each: _SEVERITIES.index(each["severity"])):
        table = _table(finding["object"])
        groups.setdefault(table, []).append(_finding(finding, table))
    return [{"table": table, "findings": members} for table, members in groups.items()]


def _finding(finding: Mapping[str, Any], table: str) -> dict[str, Any]:
    """Return the finding in fewer words: its group's heading names the table already."""
    places = [
        f"{place['path']}:{place['line']}" if place["line"] else place["path"]
        for place in finding["locations"]
    ]
    return {
        **finding,
        "message": finding["message"].partition(f"'{table}': ")[2] or finding["message"],
        # What belongs to no table is told by its file.
        "first_place": "" if table else next(iter(places), ""),
        "places": places if table else places[1:],
    }


def _table(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    name = found["name"] if found["kind"] == "table" else found["table"]
    if not name:  # a type or an extension stands by itself
        return ""
    return str(name) if found["schema"] in {None, "public"} else f"{found['schema']}.{name}"


def _migration(found: Inspection) -> dict[str, Any]:
    """Return what the page of a migration shows."""
    standing = found.standing
    return {
        "title": standing.version,
        "found": found,
        "standing": standing,
        "state": standing.state.replace("_", " "),
        "problems": _groups(document(Report("", found.findings))["findings"]),
        "lines": (found.text or "").removesuffix("\n").split("\n"),
    }
