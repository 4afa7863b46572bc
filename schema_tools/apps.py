"""The Django app."""

from __future__ import annotations

import sys
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class SchemaToolsConfig(AppConfig):
    """Schema tools: commands, checks and the admin's status page; no tables of Django's own."""

    name = "schema_tools"
    verbose_name = "Schema"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, listen to Django's ``migrate``, speak up under ``runserver``."""
        import schema_tools.checks  # noqa: F401 - registers them

        if len(sys.argv) > 1 and sys.argv[1].startswith("runserver"):  # any project's own, too
            from schema_tools.management.pending_notice import install

            install()
        pre_migrate.connect(_say_what_is_missing, sender=self, dispatch_uid="schema_tools.early")


def _say_what_is_missing(*, using: str, plan: list[Any], verbosity: int, **more: Any) -> None:
    """Tell whoever runs ``migrate`` before ``sqlmigrate_apply`` which goes first."""
    from schema_tools.reports.style import style_of
    from schema_tools.services.early_migrate import warning

    text = warning(using, plan) if plan and verbosity else ""
    stdout = more.get("stdout")
    if text and stdout is not None:
        stdout.write(style_of(stdout).printable(f"⚠️ {text}\n"))
