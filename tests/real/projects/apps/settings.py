"""Seven apps that many projects use, together."""

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
    "django.contrib.sites",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "guardian",
    "easy_thumbnails",
    "filer",
    "oauth2_provider",
    "django_celery_beat",
    "taggit",
    "reversion",
    "schema_tools",
]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]  # noqa: F405
