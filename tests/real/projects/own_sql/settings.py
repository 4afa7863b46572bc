"""One app, and the line that README asks for."""

from __future__ import annotations

from surroundings import *  # noqa: F403

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shop", "schema_tools"]
ROOT_URLCONF = "shop.urls"
