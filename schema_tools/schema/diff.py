"""What turns one schema into another, object by object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from schema_tools.schema.expressions import same_expression
from schema_tools.schema.objects import Change, Schema, SchemaObject, is_expression

UNSEEN = ("(not visible)",)
"""Stands for what the role that read a schema was not let see; it differs from nothing."""


def diff(before: Schema, after: Schema) -> tuple[Change, ...]:
    """Return the changes from one schema to the other, in the order of their keys."""
    return tuple(_changes(before, after))


def _changes(before: Schema, after: Schema) -> Iterator[Change]:
    for key in sorted(before.objects.keys() | after.objects.keys()):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            yield Change(key, old, new)
        elif aspects := differing_aspects(old, new):
            yield Change(key, old, new, aspects)


def differing_aspects(before: SchemaObject, after: SchemaObject) -> tuple[str, ...]:
    """Return the names of the compared fields in which two objects of one kind differ."""
    if before == after:
        return ()
    return tuple(
        each.name
        for each in fields(before)
        if each.compare
        and not _same(
            getattr(before, each.name), getattr(after, each.name), expression=is_expression(each)
        )
    )


def _same(before: object, after: object, *, expression: bool) -> bool:
    if before == after or UNSEEN in (before, after):
        return True
    if not expression or before is None or after is None:
        return False
    if isinstance(before, tuple) and isinstance(after, tuple):
        pairs = zip(before, after, strict=False)
        return len(before) == len(after) and all(_same(*pair, expression=True) for pair in pairs)
    return same_expression(str(before), str(after))
