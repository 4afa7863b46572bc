"""Say so where Django's ``migrate`` comes before the SQL files that it builds upon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import DatabaseError, connections
from django.db.migrations import Migration
from django.db.migrations.operations import AddField, AlterField, CreateModel
from django.db.models import Field, Model

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.history.command import command


def warning(alias: str, plan: Iterable[tuple[Migration, bool]]) -> str:
    """Return what to run first, "" where nothing is missing.

    ``plan`` is that of Django's ``pre_migrate``: migrations, each with whether it goes backwards.
    """
    try:
        own = set(get_settings(alias).apps)
        connection = connections[alias]
        if connection.vendor != "postgresql":
            return ""
        needed = dict(_needed(plan, own))
        with connection.cursor() as cursor:
            there = set(connection.introspection.table_names(cursor)) if needed else set()
    except (ConfigurationError, DatabaseError):
        return ""  # what is wrong shows by itself, and is not for this to say
    for table, migration in needed.items():
        if table not in there:
            return (
                f"Django's migration {migration} refers to the table {table}, which SQL files "
                "make and which is not there. Run first: "
                f"{command('sqlmigrate_apply', alias=alias)}"
            )
    return ""


def _needed(
    plan: Iterable[tuple[Migration, bool]], own: set[str]
) -> Iterator[tuple[str, Migration]]:
    """Yield the tables of the SQL files' apps that a migration's foreign keys point to."""
    for migration, backwards in plan:
        if backwards or migration.app_label in own:
            continue
        for field in _fields(migration):
            model = _related(field)
            if model is not None and model._meta.app_label in own:
                yield model._meta.db_table, migration


def _fields(migration: Migration) -> Iterator[Field[object, object]]:
    for operation in migration.operations:
        if isinstance(operation, CreateModel):
            yield from (field for _name, field in operation.fields)
        elif isinstance(operation, AddField | AlterField):
            yield operation.field


def _related(field: Field[object, object]) -> type[Model] | None:
    model = getattr(field.remote_field, "model", None)
    if not isinstance(model, str) or "." not in model:
        return None
    try:
        return apps.get_model(model)
    except LookupError:  # it was renamed or taken out since
        return None
