"""What turns one schema into another, object by object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Any

from schema_tools.schema.expressions import same_expression
from schema_tools.schema.objects import (
    ASSIGNED_TO,
    Change,
    Schema,
    SchemaObject,
    is_expression,
)

UNSEEN = ("(not visible)",)
"""Stands for what the role that read a schema was not let see; it differs from nothing."""
# What a column without a default takes. The server keeps a NULL only if its type has a length.
_NO_DEFAULT = "NULL"


def diff(before: Schema, after: Schema) -> tuple[Change, ...]:
    """Return the changes from one schema to the other, in the order of their keys."""
    return tuple(_changes(before, after))


def _changes(before: Schema, after: Schema) -> Iterator[Change]:
    for key in sorted(before.objects.keys() | after.objects.keys()):
        # What a partition has by itself on one side, and from its table on the other, is there.
        old = before.get(key) or before.inherited.get(key)
        new = after.get(key) or after.inherited.get(key)
        if old is None or new is None:
            yield Change(key, old, new)
        elif aspects := differing_aspects(old, new):
            yield Change(key, old, new, aspects)


def differing_aspects(before: SchemaObject, after: SchemaObject) -> tuple[str, ...]:
    """Return the names of the compared fields in which two objects of one kind differ."""
    if before is after or before == after:
        return ()
    return tuple(
        each.name for each in fields(before) if each.compare and not _same(each, before, after)
    )


def _same(of_field: Field[Any], before: SchemaObject, after: SchemaObject) -> bool:
    old, new = getattr(before, of_field.name), getattr(after, of_field.name)
    if old == new or UNSEEN in (old, new):
        return True
    if not is_expression(of_field):
        return False
    if isinstance(old, tuple) and isinstance(new, tuple):
        return len(old) == len(new) and all(map(same_expression, old, new))
    type_name = _assigned_type(of_field, before, after)
    if type_name and "." not in type_name:  # a domain may have a default of its own
        old, new = (_NO_DEFAULT if each is None else each for each in (old, new))
    if old is None or new is None:
        return False
    return same_expression(str(old), str(new), assigned_to=type_name)


def _assigned_type(of_field: Field[Any], before: SchemaObject, after: SchemaObject) -> str:
    """Return the type that both objects assign an expression to, or ""."""
    name = of_field.metadata.get(ASSIGNED_TO)
    types = {str(getattr(each, name)) for each in (before, after)} if name else set()
    return types.pop() if len(types) == 1 else ""
