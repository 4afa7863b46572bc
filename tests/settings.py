"""The settings of the tests: the sample service on a server that ends with the test run."""

from __future__ import annotations

import os

from authservice.settings import *  # noqa: F403  these are its settings but for what follows

SECRET_KEY = "not secret, for tests only"
DEBUG = False
ALLOWED_HOSTS = ["testserver"]
SECURE_SSL_REDIRECT = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick

DATABASES = {
    "default": {
        "ENGINE": "schema_tools.postgres.backend",
        "NAME": "auth_db",
        "EMBEDDED": {
            "PRIVATE": True,
            "BINARIES": os.environ.get("SCHEMA_TOOLS_TEST_BINDIR"),
        },
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
