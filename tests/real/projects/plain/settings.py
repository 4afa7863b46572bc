"""What `startproject` writes, on PostgreSQL, with the one line that README asks for."""

from __future__ import annotations

from surroundings import *  # noqa: F403

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
INSTALLED_APPS += ["schema_tools"]
