"""An app of models with geometries, geographies and rasters."""

from __future__ import annotations

from django.apps import AppConfig


class AtlasConfig(AppConfig):
    name = "tests.geodjango.atlas"
    label = "atlas"
    default_auto_field = "django.db.models.BigAutoField"
