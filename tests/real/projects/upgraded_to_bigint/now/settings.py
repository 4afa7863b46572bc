"""The project of `upgraded`, whose DEFAULT_AUTO_FIELD became BigAutoField on the way."""

from __future__ import annotations

from surroundings import *  # noqa: F403

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.redirects",
    "django.contrib.postgres",
    "shop",
    "schema_tools",
]
