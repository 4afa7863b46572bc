"""An app of models that use all that Django can state of a PostgreSQL table."""

from __future__ import annotations

from django.apps import AppConfig


class ZooConfig(AppConfig):
    name = "tests.field_zoo.zoo"
    label = "zoo"
    default_auto_field = "django.db.models.BigAutoField"
