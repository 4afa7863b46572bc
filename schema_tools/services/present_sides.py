"""Which of the sides that a question names a project has: many have no SQL files."""

from __future__ import annotations

from dataclasses import dataclass, replace

from schema_tools.conf import Settings, get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.history.command import command
from schema_tools.history.directory import shown
from schema_tools.services.folder import has_no_folder
from schema_tools.services.question import DATABASE, MIGRATIONS, MODELS, Question

_AGAINST_THE_DATABASE = frozenset({MODELS, DATABASE})


@dataclass(frozen=True, slots=True)
class Present:
    """A question about the sides that are there; whether SQL files are not, though asked for."""

    question: Question
    lacks_files: bool = False


def present(question: Question) -> Present:
    """Return the question without the SQL files, where the project has never had a folder.

    Raises ConfigurationError where then nothing is left to compare. A folder that the settings
    name must be there.
    """
    settings = get_settings(question.alias)
    if DATABASE not in question.sides and _says_nothing(settings):
        raise _nothing_to_compare(question, shown(settings.migrations_dir), "holds none")
    if MIGRATIONS not in question.sides or not has_no_folder(settings, question.alias):
        return Present(question)
    if not question.sides >= _AGAINST_THE_DATABASE:
        raise _nothing_to_compare(question, shown(settings.migrations_dir), "does not exist")
    return Present(replace(question, sides=_AGAINST_THE_DATABASE), lacks_files=True)


def _says_nothing(settings: Settings) -> bool:
    """Return whether a folder is empty that owns no app: any models agree with it."""
    folder = settings.migrations_dir
    return not settings.apps and folder.is_dir() and not any(folder.glob("[!_.]*.sql"))


def _nothing_to_compare(question: Question, folder: str, why: str) -> ConfigurationError:
    other = "models" if MODELS in question.sides else "database"
    begin = command("sqlmigrate_create", "NAME", alias=question.alias)
    compare = command("validate_schema", alias=question.alias)
    return ConfigurationError(
        f"there are no SQL files to compare the {other} with: the folder {folder} {why}",
        hint=f"Without SQL files, compare models with the database: {compare}. To begin with "
        f"SQL files: {begin} --from-models; or name their folder in "
        "SCHEMA_TOOLS['MIGRATIONS_DIR'].",
    )
