"""The settings of the tests: the sample service on a server that ends with the test run."""

from __future__ import annotations

import os
from pathlib import Path

SECRET_KEY = "not secret, for tests only"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "schema_tools",
]
USE_TZ = True
BASE_DIR = Path(__file__).resolve().parent.parent
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
