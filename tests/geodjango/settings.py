"""The settings of a project with GeoDjango.

The environment says where it is: ``ATLAS_FOLDER`` holds the SQL files or Django's migrations, the
URL ``ATLAS_DATABASE`` names the database. With ``ATLAS_MIGRATED`` the app has migrations of
Django's; without, the SQL files own its tables.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(os.environ["ATLAS_FOLDER"])
SECRET_KEY = "not secret, for tests only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.geodjango.settings"
urlpatterns: list[object] = []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.gis",
    "django.contrib.postgres",
    "schema_tools",
    "tests.geodjango.atlas",
]
MIDDLEWARE: list[str] = []

_PARAMS = conninfo_to_dict(os.environ["ATLAS_DATABASE"])
DATABASES = {
    "default": {
        "ENGINE": os.environ.get("ATLAS_ENGINE", "django.contrib.gis.db.backends.postgis"),
        "NAME": _PARAMS["dbname"],
        "HOST": _PARAMS["host"],
        "PORT": _PARAMS["port"],
        "USER": _PARAMS["user"],
    }
}
SCHEMA_TOOLS: dict[str, object] = {"SCHEMAS": ["public", "app"]}
if os.environ.get("ATLAS_MIGRATED"):
    sys.path.insert(0, str(BASE_DIR))
    MIGRATION_MODULES = {"atlas": "atlas_migrations"}
