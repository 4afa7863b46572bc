"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig


class SchemaToolsConfig(AppConfig):
    """Schema tools: commands, checks and the admin's status page; no tables of Django's own."""

    name = "schema_tools"
    verbose_name = "Schema"
    default_auto_field = "django.db.models.BigAutoField"
