"""Why a model and a database differ that Django's migrations are to keep together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from django.db.models import Model

from schema_tools.django_models.facts import fields_by_column
from schema_tools.django_models.migrations import Migrations
from schema_tools.django_models.origins import Origins
from schema_tools.findings import Finding
from schema_tools.history.command import command
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import EXTRA, MISSING, Disagreement
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.objects import RELATIONS
from schema_tools.services.became import became
from schema_tools.services.cause import NO_CAUSE, Because

logger = logging.getLogger(__name__)


# What makes the id of a type, for the setting.
_AUTOMATIC = {
    "bigint": "django.db.models.BigAutoField",
    "integer": "django.db.models.AutoField",
    "smallint": "django.db.models.SmallAutoField",
}
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
            return next(chain(own, causes, became(found, origins)), NO_CAUSE)
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
        names = {field.name for field in _fields(model, columns)}
        if migrations.lacks(model, {key.name, *columns, *names}):
            yield _unwritten(found, model, alias, _fields(model, columns))
        elif key.kind == "column" and found.aspect == "type":
            yield from _follows(found, model, alias, migrations)
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


def _unwritten(found: Disagreement, model: type[Model], alias: str, fields: list[Any]) -> Because:
    """Return the cause where makemigrations has something to write for fields of a model.

    Of an id that Django gives by itself the setting may be what is to be changed, above all where
    the app comes from a package, whose migrations are not the project's to write.
    """
    label = model._meta.app_label
    run = f"manage.py makemigrations {label}, then: {command('migrate', alias=alias)}"
    live = found.sides.live.get(found.key)
    kept = _AUTOMATIC.get(live.type) if isinstance(live, Column) else None
    if kept and found.aspect == "type" and any(_is_automatic(field) for field in fields):
        return Because(
            f"The ids of {label} have another type in its migrations than DEFAULT_AUTO_FIELD or "
            f"its AppConfig says. To keep them: default_auto_field = {kept!r} in the AppConfig. "
            f"To change them: {run}",
            is_unwritten=True,
        )
    return Because(
        f"The model has changed, and no Django migration says so yet. Run: {run}",
        is_unwritten=True,
    )


def _is_automatic(field: Any) -> bool:
    return bool(field.primary_key and field.auto_created and not field.is_relation)


def _fields(model: type[Model], columns: Iterable[str]) -> list[Any]:
    fields = fields_by_column(model)
    return [fields[column] for column in columns if column in fields]


def _follows(
    found: Disagreement, model: type[Model], alias: str, migrations: Migrations
) -> Iterator[Because]:
    """Yield the cause of a foreign key's type: Django changes it with that of the key there."""
    for field in _fields(model, [found.key.name]):
        while field.is_relation:
            field = field.target_field
            if migrations.lacks(field.model, {field.name, field.column}):
                yield _unwritten(found, field.model, alias, [field])
                return


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
