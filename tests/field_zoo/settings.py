"""The settings of a project that has every sort of model, in two databases.

The environment says where it is: ``ZOO_FOLDER`` holds the SQL files or Django's migrations, the
URLs ``ZOO_DEFAULT`` and ``ZOO_ARCHIVE`` name the databases. With ``ZOO_MIGRATED`` the apps have
migrations of Django's; without, the SQL files own their tables.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(os.environ["ZOO_FOLDER"])
SECRET_KEY = "not secret, for tests only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_TABLESPACE = ""
ROOT_URLCONF = "tests.field_zoo.settings"
urlpatterns: list[object] = []
ZOO_SWAPPED_MODEL = "zoo.SwappedIn"
SITE_ID = 1

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.redirects",
    "django.contrib.postgres",
    "schema_tools",
    "tests.field_zoo.zoo",
    "tests.field_zoo.annex",
]
MIDDLEWARE: list[str] = []


def _database(url: str) -> dict[str, object]:
    params = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": params["dbname"],
        "HOST": params["host"],
        "PORT": params["port"],
        "USER": params["user"],
    }


DATABASES = {
    "default": _database(os.environ["ZOO_DEFAULT"]),
    "archive": _database(os.environ["ZOO_ARCHIVE"]),
}
DATABASE_ROUTERS = ["tests.field_zoo.annex.router.AnnexRouter"]
SCHEMA_TOOLS: dict[str, object] = {"SCHEMAS": ["public", "app"]}
if os.environ.get("ZOO_MIGRATED"):
    sys.path.insert(0, str(BASE_DIR))
    MIGRATION_MODULES = {"zoo": "zoo_migrations", "annex": "annex_migrations"}
