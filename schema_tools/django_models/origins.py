"""Where in the code a table, a column, a constraint or an index of a model is stated."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db.models import Field, Model

from schema_tools.django_models.facts import fields_by_column, table_of, with_automatic
from schema_tools.findings import Location
from schema_tools.history.directory import shown
from schema_tools.keys import Key
from schema_tools.schema.objects import SchemaObject


class Origins:
    """The places of models in the code, looked up when a finding asks."""

    def __init__(self, models: Iterable[type[Model]], *, schema: str) -> None:
        self._models = {table_of(model, schema): model for model in with_automatic(models)}

    @property
    def tables(self) -> frozenset[Key]:
        """Return the tables of all models."""
        return frozenset(self._models)

    @property
    def bare(self) -> frozenset[Key]:
        """Return the tables of unmanaged models that have no column but the id Django gives."""
        return frozenset(
            table
            for table, model in self._models.items()
            if not model._meta.managed
            and all(field.auto_created for field in model._meta.local_concrete_fields)
            and not model._meta.parents
        )

    def model_of(self, table: Key) -> type[Model] | None:
        """Return the model of a table."""
        return self._models.get(table)

    def locate(self, key: Key, table: Key, found: SchemaObject | None) -> Location | None:
        """Return the line of the field or Meta option behind an object, else of its class.

        None where no model has that table, or its source is not to be had.
        """
        model = self._models.get(table)
        if model is None:
            return None
        if key.kind == "table":
            return _class_location(model)
        if key.kind == "column":
            return _field_location(model, key.name) or _class_location(model)
        by_name = _meta_location(model, key.name)
        if by_name is not None:
            return by_name
        columns: tuple[str, ...] = getattr(found, "columns", ())
        if len(columns) == 1:
            return _field_location(model, columns[0]) or _class_location(model)
        return _class_location(model)

    def field(self, column: Key, table: Key) -> Field[object, object] | None:
        """Return the field of a column, or None where no model has it."""
        model = self._models.get(table)
        return fields_by_column(model).get(column.name) if model else None

    def field_name(self, column: Key, table: Key) -> str:
        """Return ``User.email`` for a column, or "" where no model has it."""
        model, field = self._models.get(table), self.field(column, table)
        return f"{model.__name__}.{field.name}" if model and field else ""

    def field_names(self, table: Key) -> dict[str, str]:
        """Return the names of a model's fields by their columns."""
        model = self._models.get(table)
        found = fields_by_column(model) if model else {}
        return {column: field.name for column, field in found.items()}


def _class_location(model: type[Model]) -> Location | None:
    node = _class_node(model)
    return _location(model, node) if node else None


def _field_location(model: type[Model], column: str) -> Location | None:
    """Return the line of a field, which may stand in an abstract base of the model."""
    field = fields_by_column(model).get(column)
    if field is None:
        return None
    for owner in model.__mro__:
        node = _class_node(owner)
        for statement in node.body if node else ():
            if field.name in _assigned(statement):
                return _location(owner, statement)
    return None


def _meta_location(model: type[Model], name: str) -> Location | None:
    """Return the line of the constraint or index in Meta that states this name."""
    for owner in model.__mro__:
        node = _class_node(owner)
        for statement in node.body if node else ():
            if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
                for call in _calls_naming(statement, name):
                    return _location(owner, call)
    return None


def _location(owner: type, node: ast.stmt | ast.expr) -> Location:
    """Return the place of a node of the file that holds a class."""
    return Location(shown(Path(_source_of(owner) or "")), node.lineno)


def _calls_naming(node: ast.AST, name: str) -> Iterator[ast.Call]:
    for found in ast.walk(node):
        if isinstance(found, ast.Call) and any(
            keyword.arg == "name"
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value == name
            for keyword in found.keywords
        ):
            yield found


def _assigned(statement: ast.stmt) -> list[str]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _class_node(owner: type) -> ast.ClassDef | None:
    source = _source_of(owner)
    if source is None:
        return None
    return _classes(source).get(owner.__qualname__)


def _source_of(owner: type) -> str | None:
    if owner is object or owner is Model:
        return None
    try:
        return inspect.getsourcefile(owner)
    except (OSError, TypeError):  # made at run time, or built in
        return None


@functools.cache
def _classes(source: str) -> dict[str, ast.ClassDef]:
    """Return the class statements of a file by qualified name; none where it cannot be read."""
    try:
        tree = ast.parse(Path(source).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    return dict(_nested_classes(tree, ""))


def _nested_classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield f"{prefix}{child.name}", child
            yield from _nested_classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _nested_classes(child, f"{prefix}{child.name}.<locals>.")
        else:
            yield from _nested_classes(child, prefix)
