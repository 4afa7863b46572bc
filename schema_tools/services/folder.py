"""Whether a project has a folder of SQL files: many have none, and one may have lost its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.conf import settings as django_settings

from schema_tools.conf import Settings
from schema_tools.findings import Finding
from schema_tools.history.directory import shown
from schema_tools.history.problems import problem

_MOST = 3  # of the versions are named


def has_no_folder(settings: Settings, alias: str) -> bool:
    """Return whether there is no folder, and no setting that names one: there need not be any."""
    given = getattr(django_settings, "SCHEMA_TOOLS", {})
    own = given.get("DATABASES", {}).get(alias, {})
    stated = any("MIGRATIONS_DIR" in each for each in (given, own) if isinstance(each, Mapping))
    return not stated and not settings.migrations_dir.exists()


def lost_folder(settings: Settings, versions: Iterable[str]) -> Finding:
    """Say that the folder is gone whose files a database has on record as applied."""
    known = tuple(versions)
    named = ", ".join(known[:_MOST]) + (" …" if len(known) > _MOST else "")
    number = "an SQL file is" if len(known) == 1 else f"{len(known)} SQL files are"
    table = f"{settings.history_schema}.{settings.history_table}"
    return problem(
        "folder_missing",
        f"the folder {shown(settings.migrations_dir)} is not there, but {number} recorded as "
        f"applied in {table}: {named}",
        hint="Get the folder back from version control, or name it in "
        "SCHEMA_TOOLS['MIGRATIONS_DIR']. A project that has given its SQL files up drops that "
        "table.",
    )
