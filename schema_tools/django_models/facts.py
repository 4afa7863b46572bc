"""What models say that their tables do not show: stated names, on_delete, who makes a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeVar

from django.db.models import Field, ForeignKey, Index, Model

from schema_tools.django_models.values import model_default, stored_choices
from schema_tools.keys import Key
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import column_key, table_key

T = TypeVar("T")


def model_facts(
    models: Collection[type[Model]], *, own_apps: tuple[str, ...], schema: str
) -> ModelFacts:
    """Return the facts of these models.

    ``own_apps`` are the labels whose tables the SQL files make; ``schema`` is the one that a
    table lands in whose name has none.
    """
    stated: set[Key] = set()
    on_delete: dict[Key, str] = {}
    in_database: set[Key] = set()
    django_tables: set[Key] = set()
    automatic_ids: set[Key] = set()
    for model in with_automatic(models):
        table = table_of(model, schema)
        if model._meta.app_label not in own_apps:
            django_tables.add(table)
        if model._meta.auto_created and model._meta.pk.column:
            automatic_ids.add(column_key(table.schema, table.name, model._meta.pk.column))
        stated.update(_stated_names(model, table))
        for field in foreign_keys(model):
            action = field.remote_field.on_delete
            column = column_key(table.schema, table.name, field.column)
            on_delete[column] = action_name(action)
            if on_delete[column].startswith("DB_"):
                in_database.add(column)
    return ModelFacts(
        frozenset(stated),
        on_delete,
        frozenset(in_database),
        frozenset(django_tables),
        frozenset(automatic_ids),
        defaults=dict(_of_columns(models, schema, model_default)),
        choices=dict(_of_columns(models, schema, stored_choices)),
    )


def _of_columns(
    models: Iterable[type[Model]], schema: str, of_field: Callable[[Field[Any, Any]], T | None]
) -> Iterator[tuple[Key, T]]:
    """Yield what there is to say of fields, by their columns."""
    for model in models:
        table = table_of(model, schema)
        for column, each in fields_by_column(model).items():
            found = of_field(each)
            if found is not None:
                yield column_key(table.schema, table.name, column), found


def with_automatic(models: Iterable[type[Model]]) -> Iterator[type[Model]]:
    """Yield the models, each with the automatic models of its many-to-many relations."""
    for model in models:
        yield model
        for field in model._meta.local_many_to_many:
            through = field.remote_field.through
            if through is not None and through._meta.auto_created:
                yield through


def table_of(model: type[Model], schema: str) -> Key:
    """Return the key of a model's table; ``"a"."b"`` as db_table names a schema, too.

    The tables of many-to-many relations of such a model are named ``a"."b_field``.
    """
    first, separator, second = model._meta.db_table.strip('"').partition('"."')
    return table_key(first, second) if separator else table_key(schema, first)


def foreign_keys(model: type[Model]) -> Iterator[ForeignKey[Model, Model]]:
    """Yield the foreign keys that are columns of this model's own table."""
    for field in model._meta.local_fields:
        if isinstance(field, ForeignKey):
            yield field


def fields_by_column(model: type[Model]) -> dict[str, Field[object, object]]:
    """Return the fields of this model's own table by their columns."""
    return {field.column: field for field in model._meta.local_fields if field.column}


def action_name(action: object) -> str:
    """Return the name of an ``on_delete`` as the model's author wrote it."""
    name = getattr(action, "__name__", "") or getattr(action, "name", "") or repr(action)
    return "SET" if name == "set_on_delete" else str(name)


def _stated_names(model: type[Model], table: Key) -> Iterator[Key]:
    # A UniqueConstraint with a condition or an expression is made as an index.
    for constraint in model._meta.constraints:
        for kind in ("constraint", "index"):
            yield Key(kind, table.schema, table.name, constraint.name)
    for index in model._meta.indexes:
        if not _is_derived(index, model):
            yield Key("index", table.schema, table.name, index.name)


def _is_derived(index: Index, model: type[Model]) -> bool:
    """Return whether an index has the name that Django gives to one that Meta does not name."""
    if not index.fields:
        return False
    unnamed = index.clone()
    unnamed.name = ""
    unnamed.set_name_with_model(model)
    return unnamed.name == index.name
