"""Why a model and a database differ that Django's migrations are to keep together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from schema_tools.django_models.facts import fields_by_column
from schema_tools.django_models.migrations import Migrations
from schema_tools.django_models.origins import Origins
from schema_tools.history.command import command
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import Disagreement
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.objects import RELATIONS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Because:
    """A cause: what to do in its light, and whether nothing is to be done in the database."""

    hint: str
    is_unwritten: bool = False


NO_CAUSE = Because("")


def app_of(table: Key, origins: Origins, migrations: Migrations) -> str:
    """Return the app that a table is of: by its model, or else by whose migration made it."""
    model = origins.model_of(table)
    return migrations.maker_of(table.name) if model is None else model._meta.app_label


def because(
    alias: str, origins: Origins | None, migrations: Migrations
) -> Callable[[Disagreement], Because]:
    """Return what tells the cause of a difference between a model and a database."""
    if origins is None:
        return lambda _found: NO_CAUSE

    def cause(found: Disagreement) -> Because:
        try:
            return next(_causes(found, alias, origins, migrations), NO_CAUSE)
        except Exception:  # a project's migrations are code of any kind: nothing else needs them
            logger.debug("the cause of %s was not found", found.key, exc_info=True)
            return NO_CAUSE

    return cause


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
            f"{maker} runs SQL of its own that names {what}: the app may need it as it is. Read "
            "that migration first; an entry in IGNORE accepts the difference."
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
