"""The service as a Django app. It has no migrations module: the SQL files own its tables."""

from __future__ import annotations

from django.apps import AppConfig


class AuthServiceConfig(AppConfig):
    """The authentication service."""

    name = "authservice"
    verbose_name = "Authentication service"
