"""The status page and a page for each migration: read-only, for staff with the view permission.

The admin loads this at the start of every process of a project, so that what the pages need is
imported where one is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from schema_tools.models import AppliedMigration

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[AppliedMigration]
else:
    ModelAdmin = admin.ModelAdmin


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
        from schema_tools.admin import pages

        self._check_permission(request)
        return self._page(request, "status", {**pages.status_page(), **(extra_context or {})})

    def migration_view(self, request: HttpRequest) -> TemplateResponse:
        """Show a migration's file and what the history says of it."""
        from schema_tools.admin import pages

        self._check_permission(request)
        return self._page(request, "migration", pages.migration_page(request.GET.dict()))

    def validate_view(self, request: HttpRequest) -> HttpResponse:
        """Validate a database, then show the status page."""
        from schema_tools.admin import pages

        self._check_permission(request)
        level, text = pages.validate(request.POST.dict(), by=f"{request.user}, on this page")
        messages.add_message(request, level, text)
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
