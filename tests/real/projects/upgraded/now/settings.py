"""A project with an app of its own, as it was taken on to Django 5.2."""

from __future__ import annotations

from surroundings import *  # noqa: F403

DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
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
