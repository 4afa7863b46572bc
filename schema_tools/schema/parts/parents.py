"""Tables that have columns from others: partitions, and the children of INHERITS."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from schema_tools.keys import Key
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Schema, SchemaObject, table_key
from schema_tools.schema.parts.mentions import qualified_names


def printed(table: Key) -> str:
    """Return a table's name as the server prints it with an empty search path."""
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def named_table(text: str) -> Key:
    """Return the key of the table whose name the server prints like this."""
    ((schema, name),) = qualified_names(text)
    return table_key(schema, name)


def parents_of(found: SchemaObject | None) -> tuple[str, ...]:
    """Return the tables that a table has columns from, as the server prints their names."""
    partitioned = getattr(found, "partition_of", None)
    inherits: tuple[str, ...] = getattr(found, "inherits", ())
    return (partitioned,) if partitioned is not None else inherits


def kept_parents(before: SchemaObject | None, after: SchemaObject | None) -> tuple[str, ...]:
    """Return the parents that a table keeps from one state to the other.

    A partition whose bound changes has to leave and to join again, and so have the parents that
    come after one that goes: their order counts.
    """
    old, new = parents_of(before), parents_of(after)
    if _membership(before) != _membership(after):
        return ()
    together = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    return tuple(parent for parent, _same in together)


def _membership(found: SchemaObject | None) -> tuple[object, ...]:
    aspects = ("partition_of", "partition_bound", "detach_pending")
    return tuple(getattr(found, aspect, None) for aspect in aspects)


def kept_by_both(table: Key, before: Schema, after: Schema) -> tuple[Key, ...]:
    """Return the keys of the parents that a table has before and after."""
    return tuple(map(named_table, kept_parents(before.get(table), after.get(table))))


def children_of(table: Key, schema: Schema) -> Iterator[Key]:
    """Yield the tables that have columns from a table, near and far, parents first."""
    if not getattr(schema.get(table), "has_children", False):
        return
    name = printed(table)
    for key, found in schema.objects.items():
        if name in parents_of(found):
            yield key
            yield from children_of(key, schema)
