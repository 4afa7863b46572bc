"""An app whose models live in another database than those of the zoo."""

from __future__ import annotations

from django.apps import AppConfig


class AnnexConfig(AppConfig):
    name = "tests.field_zoo.annex"
    label = "annex"
    default_auto_field = "django.db.models.AutoField"
