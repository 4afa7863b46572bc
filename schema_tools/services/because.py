"""Why a model and a database differ that Django's migrations are to keep together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from schema_tools.django_models.facts import fields_by_column
from schema_tools.django_models.migrations import Migrations
from schema_tools.django_models.origins import Origins
from schema_tools.findings import Finding
from schema_tools.history.command import command
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import EXTRA, MISSING, Disagreement
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.objects import RELATIONS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Because:
    """A cause: what to do in its light, and what that makes of the SQL at hand.

    ``is_unwritten`` says that Django has a migration to write, which says it all; ``is_meant``
    that an app may need the database as it is.
    """

    hint: str
    is_unwritten: bool = False
    is_meant: bool = False


NO_CAUSE = Because("")
_READ_IT = "Read that migration first; an entry in IGNORE accepts the difference."


def app_of(table: Key, origins: Origins, migrations: Migrations) -> str:
    """Return the app that a table is of: by its model, or else by whose migration made it."""
    model = origins.model_of(table)
    return migrations.maker_of(table.name) if model is None else model._meta.app_label


def because(
    alias: str, origins: Origins | None, migrations: Migrations, *, lacks_files: bool = False
) -> Callable[[Disagreement], Because]:
    """Return what tells the cause of a difference that Django's migrations may have made.

    Without models only that is known which the migrations create by SQL of their own. With
    ``lacks_files`` the project has no SQL files that could make a table.
    """

    def cause(found: Disagreement) -> Because:
        try:
            if found.sides.has_files:
                return _beside_files(found, migrations)
            if origins is None:
                return NO_CAUSE
            causes = _causes(found, alias, origins, migrations)
            own = _nothing_makes_it(found, alias, origins, migrations) if lacks_files else ()
            return next(chain(own, causes), NO_CAUSE)
        except Exception:  # a project's migrations are code of any kind: nothing else needs them
            logger.debug("the cause of %s was not found", found.key, exc_info=True)
            return NO_CAUSE

    return cause


def creator_of(found: Disagreement | Finding, migrations: Migrations) -> str:
    """Return the migration of Django's that creates by SQL what no file makes, "" if none does."""
    key = found.key if isinstance(found, Disagreement) else found.subject
    is_own = found.verdict is Verdict.DATABASE_DRIFTED and found.code.endswith(f".{EXTRA}")
    if key is None or not is_own or key.kind == "column":
        return ""
    return migrations.creating(key.name.partition("(")[0])


def _beside_files(found: Disagreement, migrations: Migrations) -> Because:
    maker = creator_of(found, migrations) if found.sides.has_live else ""
    if not maker:
        return NO_CAUSE
    return Because(
        f"{maker} creates {found.key.name} by SQL of its own: the app may need it, and a file "
        f"that makes it, too, would be in that migration's way. {_READ_IT}",
        is_meant=True,
    )


def _causes(
    found: Disagreement, alias: str, origins: Origins, migrations: Migrations
) -> Iterator[Because]:
    key, table = found.key, table_of(found.key)
    model = origins.model_of(table)
    columns = _columns(found)
    if model is not None:
        fields = fields_by_column(model)
        names = {field.name for column in columns if (field := fields.get(column))}
        if migrations.lacks(model, {key.name, *columns, *names}):
            yield Because(
                "The model has changed, and no Django migration says so yet. Run: manage.py "
                f"makemigrations {model._meta.app_label}, then: {command('migrate', alias=alias)}",
                is_unwritten=True,
            )
    elif maker := migrations.maker_of(table.name):
        yield Because(
            "The model of this table is gone, and no Django migration says so yet. Run: manage.py "
            f"makemigrations {maker}, then: {command('migrate', alias=alias)}",
            is_unwritten=True,
        )
    tables = [table.name, *(f"{mark}{model.__name__}{mark}" for mark in "\"'" if model)]
    for maker, what in _makers(key, columns, tables, migrations):
        yield Because(
            f"{maker} runs SQL of its own that names {what}: the app may need it as it is. "
            f"{_READ_IT}",
            is_meant=True,
        )


def _nothing_makes_it(
    found: Disagreement, alias: str, origins: Origins, migrations: Migrations
) -> Iterator[Because]:
    model = origins.model_of(found.key)
    if model is None or found.aspect != MISSING or not migrations.has_none(model):
        return
    label, create = model._meta.app_label, command("sqlmigrate_create", "NAME", alias=alias)
    yield Because(
        f"The app {label} has no Django migrations, and there are no SQL files: nothing makes "
        f"this table yet. For SQL files to make it: {create} --from-models. For Django to make "
        f"it: manage.py makemigrations {label}, then: {command('migrate', alias=alias)}"
    )


def _columns(found: Disagreement) -> tuple[str, ...]:
    if found.key.kind == "column":
        return (found.key.name,)
    there = found.model or found.sides.live.get(found.key)
    columns: tuple[str, ...] = getattr(there, "columns", ())
    return columns


def _makers(
    key: Key, columns: tuple[str, ...], tables: list[str], migrations: Migrations
) -> Iterator[tuple[str, str]]:
    """Yield migrations whose SQL may have made an object what it is, with what they name.

    ``tables`` are the names of its table: that itself, and those of a model. One that has a model
    is named by much SQL that did not make it.
    """
    is_named = key.kind != "column" and (key.kind not in RELATIONS or len(tables) == 1)
    if is_named and (maker := migrations.naming([key.name], [key.name])):
        yield maker, key.name
    if len(columns) == 1 and (maker := migrations.naming(tables, columns)):
        yield maker, f"{tables[0]}.{columns[0]}"
