"""The project's models as far as a database has their tables and columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.models import Model


def models_then(alias: str) -> StateApps:
    """Return models whose tables are there, with the fields whose columns are.

    They have no methods and managers of their own, as in a migration's RunPython.
    """
    there = _columns(alias)
    state = ProjectState()
    kept = [model for model in apps.get_models() if _is_there(model, there)]
    labels = {model._meta.label_lower for model in kept}
    for model in kept:
        state.add_model(_cut_down(model, there, labels))
    return state.apps


def _columns(alias: str) -> dict[str, frozenset[str]]:
    """Return the columns of each table that the search path shows."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor, include_views=True)
        return {
            table: frozenset(
                column.name
                for column in connection.introspection.get_table_description(cursor, table)
            )
            for table in tables
        }


def _is_there(model: type[Model], there: Mapping[str, frozenset[str]]) -> bool:
    """Return whether a model has its table, with its primary key; a proxy has its model's."""
    return model._meta.pk.column in there.get(_table(model), ())


def _cut_down(
    model: type[Model], there: Mapping[str, frozenset[str]], labels: set[str]
) -> ModelState:
    state = ModelState.from_model(model, exclude_rels=False)
    columns = there[_table(model)]
    fields = {
        name: field
        for name, field in state.fields.items()
        if _is_kept(model._meta.get_field(name), columns, there, labels)
    }
    # Indexes and constraints are the database's; an index of a field that is gone would not do.
    options = {
        name: value
        for name, value in state.options.items()
        if name in {"db_table", "apps", "proxy", "swappable"}
    }
    options |= {"managed": False, "indexes": [], "constraints": []}
    return ModelState(state.app_label, state.name, list(fields.items()), options, state.bases)


def _is_kept(
    field: Any,
    columns: frozenset[str],
    there: Mapping[str, frozenset[str]],
    labels: set[str],
) -> bool:
    related = field.related_model
    if (
        isinstance(related, type)
        and issubclass(related, Model)
        and related._meta.label_lower not in labels
    ):
        return False
    if field.many_to_many:
        return _table(field.remote_field.through) in there
    return field.column is None or field.column in columns


def _table(model: type[Model]) -> str:
    """Return the name of a model's table; one with a schema before it has it after the dot."""
    return model._meta.db_table.rpartition('"."')[2].strip('"')
