"""What a test database is made from, as a key: when nothing of it changes, the template stays."""

from __future__ import annotations

import datetime
import hashlib
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.db.migrations.loader import MigrationLoader

from schema_tools.conf import Settings
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.moment import depends_on_the_moment
from schema_tools.postgres.trust import catalog_rows
from schema_tools.services.built import digest_of, statements_of

# Of Django's settings, those that decide what migrations and their signals make.
_DECIDE = (
    "AUTH_USER_MODEL",
    "DEFAULT_AUTO_FIELD",
    "DEFAULT_INDEX_TABLESPACE",
    "DEFAULT_TABLESPACE",
    "INSTALLED_APPS",
    "LANGUAGE_CODE",
    "SITE_ID",
    "TIME_ZONE",
    "USE_TZ",
)
_SERVER = """
SELECT d.oid::int8, d.encoding, d.datcollate, d.datctype, CURRENT_USER::text
  FROM pg_catalog.pg_database d WHERE d.datname = %s
"""


def content_key(
    connection: psycopg.Connection[tuple[object, ...]],
    settings: Settings,
    migrations: Iterable[Migration],
    *,
    live: str,
    prelude: tuple[Statement, ...],
    base: str,
) -> str:
    """Return the key of a template: files, settings, other apps' code, server and this program.

    ``live`` is the name of the database in production, ``base`` that which the template begins as
    a copy of. What the files make may depend on the day; then the day is part of the key.
    """
    files = tuple(migrations)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    fickle = depends_on_the_moment((*prelude, *statements_of(files)))
    return digest_of(
        "test template",
        live,
        [[each.version, each.checksum] for each in files],
        [each.text for each in prelude],
        [settings.schemas, settings.history_table, settings.apps],
        [repr(getattr(django_settings, name, None)) for name in _DECIDE],
        [_shown(each) for each in django_settings.DATABASE_ROUTERS],
        code_of_other_apps(settings.apps),
        connection.info.server_version,
        [base, *catalog_rows(connection, _SERVER, (base,))],
        today if fickle else "",
    )


def code_of_other_apps(own: Iterable[str]) -> str:
    """Return a digest of the migrations of all apps, and of the models of apps without any.

    Those of ``own`` are left out: their tables come from SQL files.
    """
    digest = hashlib.sha256()
    labels = frozenset(own)
    for config in apps.get_app_configs():
        if config.label in labels:
            continue
        for path in _code(config):
            digest.update(f"\n{config.label} {path.name}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _code(config: AppConfig) -> Iterator[Path]:
    """Yield the files that decide which tables Django makes of an app: its migrations, if any."""
    name, _explicit = MigrationLoader.migrations_module(config.label)
    folders = _folders(name) if name else ()
    for folder in folders:
        files = (each for each in folder.rglob("*") if "__pycache__" not in each.parts)
        yield from sorted(each for each in files if each.is_file())
    models = config.models_module
    if not folders and models is not None and models.__file__:
        path = Path(models.__file__)
        yield from sorted(path.parent.glob("*.py")) if path.stem == "__init__" else [path]


def _folders(module: str) -> tuple[Path, ...]:
    """Return the folders of a package, none where there is no such package."""
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return ()
    return tuple(map(Path, (spec.submodule_search_locations or ()) if spec else ()))


def _shown(router: object) -> str:
    return router if isinstance(router, str) else type(router).__qualname__
