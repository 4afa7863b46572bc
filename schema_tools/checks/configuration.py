"""Checks of settings and files: cheap, and without a database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning

from schema_tools.checks.ids import Id
from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding
from schema_tools.history.directory import read_directory

OWN_DISTRIBUTION = "django-schema-tools"

_IDS = {"file.duplicate_number": Id.DUPLICATE_NUMBER, "file.gap": Id.GAP}


def check_settings(**_more: Any) -> list[CheckMessage]:
    """Report what cannot be used in SCHEMA_TOOLS, each mistake once."""
    found: dict[str, str] = {}
    for alias in django_settings.DATABASES:
        try:
            if get_settings(alias).rules:
                _check_rules(alias)
        except ConfigurationError as error:
            found[str(error)] = error.hint
    return [
        Error(f"{message}.", hint=hint or None, id=Id.SETTINGS) for message, hint in found.items()
    ]


def _check_rules(alias: str) -> None:
    from schema_tools.services.known_findings import rules_of  # it knows all kinds of objects

    rules_of(alias)


def check_files(**_more: Any) -> list[CheckMessage]:
    """Report the SQL files that no command can use, and a folder that is not there."""
    return [message for folder in _folders() for message in _of_folder(folder)]


def check_import_name(**_more: Any) -> list[CheckMessage]:
    """Report other distributions that install a ``schema_tools``, too."""
    return [
        Warning(
            f"The distribution {name!r} installs a package schema_tools, too: its files and those "
            f"of {OWN_DISTRIBUTION} are mixed up in one folder.",
            hint=f"Run: pip uninstall {name}, then: pip install --force-reinstall --no-deps "
            f"{OWN_DISTRIBUTION}",
            id=Id.IMPORT_NAME,
        )
        for name in sorted(set(_others()))
    ]


def _folders() -> dict[Path, None]:
    """Return the folders of all aliases, each once; mistakes in settings are told elsewhere."""
    folders: dict[Path, None] = {}
    for alias in django_settings.DATABASES:
        try:
            folders[get_settings(alias).migrations_dir] = None
        except ConfigurationError:
            continue
    return folders


def _of_folder(folder: Path) -> Iterator[CheckMessage]:
    if not folder.exists() and folder not in _named():
        return  # there need not be any SQL files
    try:
        directory = read_directory(folder)
    except ConfigurationError as error:
        way = "Mend that" if folder.exists() else "sqlmigrate_create makes it with the first file"
        yield Warning(
            f"{error}.",
            hint=f"{way}; or name another folder in SCHEMA_TOOLS['MIGRATIONS_DIR'].",
            id=Id.FOLDER,
        )
        return
    for problem in directory.problems:
        yield _of_problem(problem)


def _of_problem(problem: Finding) -> CheckMessage:
    place, *_others = problem.locations
    return Warning(
        f"{problem.message}.",
        hint=problem.hint,
        obj=str(place),
        id=_IDS.get(problem.code, Id.FILE),
    )


def _named() -> set[Path]:
    """Return the folders that the settings name: one that is not there is a mistake then."""
    given: Mapping[str, Any] = getattr(django_settings, "SCHEMA_TOOLS", {})
    values = (given, *given.get("DATABASES", {}).values())
    return {
        Path(value["MIGRATIONS_DIR"])
        for value in values
        if isinstance(value, Mapping) and "MIGRATIONS_DIR" in value
    }


def _others() -> Iterator[str]:
    for distribution in metadata.distributions():
        if not _installs_our_name(distribution):
            continue
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if name != OWN_DISTRIBUTION:
            yield name


def _installs_our_name(distribution: metadata.Distribution) -> bool:
    """Search the raw list of files: to parse those of all distributions takes half a second."""
    names = (distribution.read_text("top_level.txt") or "").split()
    record = distribution.read_text("RECORD") or ""
    return "schema_tools" in names or "\nschema_tools/" in f"\n{record}"
