"""Which of the sides that a question names a project has: many have no SQL files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.conf import settings as django_settings

from schema_tools.conf import Settings, get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import NotChecked
from schema_tools.history.command import command
from schema_tools.history.directory import shown
from schema_tools.services.question import DATABASE, MIGRATIONS, MODELS, Question

_AGAINST_THE_DATABASE = frozenset({MODELS, DATABASE})


@dataclass(frozen=True, slots=True)
class Present:
    """A question about the sides that are there, and what is said of one that is not."""

    question: Question
    not_checked: tuple[NotChecked, ...] = ()


def present(question: Question) -> Present:
    """Return the question without the SQL files, where the project has never had a folder.

    Raises ConfigurationError where then nothing is left to compare. A folder that the settings
    name must be there.
    """
    settings = get_settings(question.alias)
    if MIGRATIONS not in question.sides or not _has_no_folder(settings, question.alias):
        return Present(question)
    folder = shown(settings.migrations_dir)
    if not question.sides >= _AGAINST_THE_DATABASE:
        raise _nothing_to_compare(question, folder)
    note = NotChecked(
        "SQL files", f"there is no folder {folder}: models and database are compared"
    )
    return Present(replace(question, sides=_AGAINST_THE_DATABASE), (note,))


def _has_no_folder(settings: Settings, alias: str) -> bool:
    given = getattr(django_settings, "SCHEMA_TOOLS", {})
    own = given.get("DATABASES", {}).get(alias, {})
    stated = any("MIGRATIONS_DIR" in each for each in (given, own) if isinstance(each, Mapping))
    return not stated and not settings.migrations_dir.exists()


def _nothing_to_compare(question: Question, folder: str) -> ConfigurationError:
    other = "models" if MODELS in question.sides else "database"
    begin = command("sqlmigrate_create", "NAME", alias=question.alias)
    compare = command("validate_schema", alias=question.alias)
    return ConfigurationError(
        f"there are no SQL files to compare the {other} with: the folder {folder} does not exist",
        hint=f"Without SQL files, compare models with the database: {compare}. To begin with "
        f"SQL files: mkdir {folder}, then {begin} --from-models; or name their folder in "
        "SCHEMA_TOOLS['MIGRATIONS_DIR'].",
    )
