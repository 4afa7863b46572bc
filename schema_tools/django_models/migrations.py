"""What Django's migrations say of an object: the SQL they run, and what none has written yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.migrations import (
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    Migration,
)
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Model

from schema_tools.conf import get_settings
from schema_tools.django_models.migration_sql import sql_of

# The name after CREATE and what it is: no word that can stand before the name of something else.
_CREATES = (
    r"\bCREATE\s+(?:(?!(?:AS|ON|BEFORE|AFTER|WITH|FOR|PARTITION|OWNED|AUTHORIZATION)\b)\w+\s+)+"
    r'(?:"?\w+"?\s*\.\s*)?"?{}"?(?!\w)'
)


class Migrations:
    """Django's migrations as far as a database has run them, read when something asks."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def naming(self, tables: Iterable[str], names: Iterable[str]) -> str:
        """Return the last applied migration whose own SQL names one of each, "" if none does.

        ``tables`` are the names of one table, ``names`` those of what is looked for in it.
        """
        table, name = _any_of(tables), _any_of(names)
        found = ""
        for label, text in self._texts:
            if table.search(text) and name.search(text):
                found = label
        return found

    def creating(self, name: str) -> str:
        """Return the last applied migration whose own SQL creates what has a name, "" if none's.

        ``name`` is that of any kind of object, without its schema. Migrations of apps that the SQL
        files own do not count: those are on their way out.
        """
        created = re.compile(_CREATES.format(re.escape(name)), re.IGNORECASE)
        own = get_settings(self._alias).apps
        if not any(created.search(text) for text in self._written):
            return ""  # no server has to be asked what is applied
        makers = (
            maker
            for maker, text in reversed(self._texts)
            if maker.partition(".")[0] not in own and created.search(text)
        )
        return next(makers, "")

    def lacks(self, model: type[Model], names: Iterable[str]) -> bool:
        """Return whether makemigrations has something to write for these columns of a model.

        ``names`` are of columns, constraints and indexes; what concerns the model as a whole
        concerns them all.
        """
        owner = _owner(model)
        known = {*names, *_relations(owner, model)}
        return any(
            not touched or touched & known
            for label, name, touched in self._unwritten
            if (label, name) == (owner._meta.app_label, owner._meta.model_name)
        )

    def has_none(self, model: type[Model]) -> bool:
        """Return whether the app of a model has no migrations that could make its table."""
        return model._meta.app_label in self._loader.unmigrated_apps

    @cached_property
    def unapplied(self) -> frozenset[str]:
        """The labels of installed apps that have migrations still to run."""
        loader = self._loader
        labels = {
            label
            for label, name in loader.disk_migrations
            if (label, name) not in loader.applied_migrations
        }
        return frozenset(labels & {config.label for config in apps.get_app_configs()})

    def maker_of(self, table: str) -> str:
        """Return the app whose applied migrations have left a table there, "" if none's have."""
        return self._tables.get(table, "")

    @property
    def makers(self) -> frozenset[str]:
        """The apps whose applied migrations have left tables there."""
        return frozenset(self._tables.values())

    @cached_property
    def _tables(self) -> dict[str, str]:
        applied = self._loader.applied_migrations
        nodes = [node for node in self._loader.graph.nodes if node in applied]
        state = self._loader.project_state(nodes) if nodes else ProjectState()
        return {
            table: label
            for (label, name), model in state.models.items()
            for table in _tables_of(model, f"{label}_{name}")
        }

    @cached_property
    def _loader(self) -> MigrationLoader:
        return MigrationLoader(connections[self._alias])

    @cached_property
    def _written(self) -> tuple[str, ...]:
        """The SQL of all migrations that there are, applied or not."""
        loader = MigrationLoader(None, load=False)
        loader.load_disk()
        there = loader.disk_migrations.values()
        return tuple(text for each in there for text in sql_of(each.operations))

    @cached_property
    def _texts(self) -> list[tuple[str, str]]:
        """Each applied migration with a text of SQL that it runs, in the order of its graph."""
        graph, applied = self._loader.graph, self._loader.applied_migrations
        order = {key: None for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf)}
        return [
            (f"{key[0]}.{key[1]}", text)
            for key in order
            if key in applied
            for text in sql_of(graph.nodes[key].operations)
        ]

    @cached_property
    def _unwritten(self) -> list[tuple[str, str, frozenset[str]]]:
        """App, model and names of each change of tables that no migration holds."""
        before = self._loader.project_state()
        detector = MigrationAutodetector(
            before, ProjectState.from_apps(apps), MigrationQuestioner(dry_run=True)
        )
        changes: dict[str, list[Migration]] = detector.changes(graph=self._loader.graph)
        return [
            (label, *_touched(operation))
            for label, migrations in changes.items()
            for migration in migrations
            for operation in migration.operations
            if _is_of_tables(operation, label, before)
        ]


def _tables_of(model: ModelState, default: str) -> Iterator[str]:
    """Yield the tables that Django makes for a model: its own, and those of its relations."""
    if model.options.get("proxy") or not model.options.get("managed", True):
        return
    own = model.options.get("db_table") or default
    yield own
    fields: dict[str, Any] = dict(model.fields)
    for name, field in fields.items():
        if field.many_to_many and not field.remote_field.through:
            yield field.db_table or f"{own}_{name}"


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)


def _is_of_tables(operation: Operation, label: str, before: ProjectState) -> bool:
    """Return whether an operation changes a table, rather than what Python makes of it."""
    if isinstance(operation, AlterField):
        old = before.models[label, operation.model_name_lower].fields[operation.name]
        return _stored(old) != _stored(operation.field)
    return not isinstance(operation, AlterModelOptions | AlterModelManagers)


def _stored(field: Any) -> tuple[object, ...]:
    """Return what decides how a field is stored; a default is given in Python."""
    _name, path, arguments, options = field.deconstruct()
    apart = {*field.non_db_attrs, "default"}
    return path, arguments, {key: value for key, value in options.items() if key not in apart}


def _touched(operation: Operation) -> tuple[str, frozenset[str]]:
    """Return the model that an operation changes, and what of it; nothing for all of it."""
    model = getattr(operation, "model_name", "") or getattr(operation, "name", "")
    if isinstance(operation, FieldOperation):
        name = operation.name
        return model.lower(), frozenset({name, f"{name}_id"})
    if isinstance(operation, IndexOperation):
        part = getattr(operation, "index", None) or getattr(operation, "constraint", operation)
        return model.lower(), frozenset({getattr(part, "name", "")})
    return model.lower(), frozenset()


def _owner(model: type[Model]) -> type[Model]:
    """Return the model whose many-to-many field has made an automatic one, else itself."""
    made_by: Any = model._meta.auto_created
    return made_by or model


def _relations(owner: type[Model], table: type[Model]) -> set[str]:
    """Return the many-to-many fields whose rows an automatic model holds."""
    return {
        field.name
        for field in owner._meta.local_many_to_many
        if field.remote_field.through is table
    }
