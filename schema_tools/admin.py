"""The status page and a page for each migration: read-only, for staff with the view permission."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from schema_tools.errors import ConfigurationError, LockHeld, SchemaToolsError
from schema_tools.findings import Report
from schema_tools.models import AppliedMigration
from schema_tools.reports.formats.json import document
from schema_tools.services.databases import databases
from schema_tools.services.headline import headline, sentence
from schema_tools.services.inspect_migration import Inspection, inspect_migration
from schema_tools.services.last_validation import blind_spot
from schema_tools.services.overview import Overview, overviews
from schema_tools.services.validate_now import validate_now

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[AppliedMigration]
else:
    ModelAdmin = admin.ModelAdmin

MOST_ROWS = 20
"""How many migrations the page shows at once; the older ones are behind a click."""

MOST_FINDINGS = 200
"""How many findings the page shows; the command shows all."""

_SEVERITIES = ("critical", "warning", "info")

logger = logging.getLogger(__name__)


@admin.register(AppliedMigration)
class SchemaStatusAdmin(ModelAdmin):
    """The pages stand where the history table's would, and have its permission."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the commands alone write the history."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Return our pages alone; those of a model's rows are not wanted."""
        pages = {
            "": (self.changelist_view, "schema_tools_appliedmigration_changelist"),
            "migration/": (self.migration_view, "schema_tools_migration"),
            "validate/": (require_POST(self.validate_view), "schema_tools_validate"),
        }
        # A database that is down must not keep the page from saying so.
        return [
            path(
                where,
                transaction.non_atomic_requests(self.admin_site.admin_view(view)),
                name=name,
            )
            for where, (view, name) in pages.items()
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show how each database stands."""
        self._check_permission(request)
        context = {
            "title": "Schema status",
            "sections": [_section(each) for each in overviews()],
            "blind_spot": blind_spot(),
            **(extra_context or {}),
        }
        return self._page(request, "status", context)

    def migration_view(self, request: HttpRequest) -> TemplateResponse:
        """Show a migration's file and what the history says of it."""
        self._check_permission(request)
        alias, version = _alias(request.GET), request.GET.get("version", "")
        try:
            found = inspect_migration(alias, version)
        except ConfigurationError as error:
            raise Http404(str(error)) from error
        except (SchemaToolsError, psycopg.Error) as error:
            context = {"title": version, "alias": alias, "error": sentence(str(error))}
            return self._page(request, "migration", context)
        return self._page(request, "migration", {"alias": alias, **_migration(found)})

    def validate_view(self, request: HttpRequest) -> HttpResponse:
        """Validate a database, then show the status page."""
        self._check_permission(request)
        alias = _alias(request.POST)
        try:
            report = validate_now(alias, by=f"{request.user}, on this page")
        except LockHeld as error:
            messages.warning(request, f"{sentence(error.message)} {error.hint}")
        except SchemaToolsError as error:
            messages.error(request, f"Not validated: {sentence(str(error))} {error.hint}")
        except (psycopg.Error, DatabaseError) as error:
            messages.error(request, f"Not validated: {sentence(str(error))}")
        except Exception:
            logger.exception("database %r could not be validated", alias)
            messages.error(request, "Not validated, for an unforeseen reason: see the log.")
        else:
            _tell(request, report)
        return HttpResponseRedirect(
            reverse(
                "admin:schema_tools_appliedmigration_changelist", current_app=self.admin_site.name
            )
        )

    def _check_permission(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        request.current_app = self.admin_site.name  # for {% url %}
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"schema_tools/{name}.html", {**everywhere, **context})


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


def _tell(request: HttpRequest, report: Report) -> None:
    level = messages.SUCCESS if report.ok else messages.WARNING
    messages.add_message(request, level, f"Validated. {sentence(report.summary)}")


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
