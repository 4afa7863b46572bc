"""Columns of tables and foreign tables: what they hold, and how it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.kinds._column import Column, bare_definition, definition
from schema_tools.schema.kinds._column_draft import draft, given
from schema_tools.schema.kinds._column_query import query
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Kind, Schema, column_key
from schema_tools.schema.parts.parents import named_table

__all__ = ["KIND", "Column", "bare_definition", "definition", "draft", "given"]

# What a default can call or read from.
_CALLED = frozenset({"function", "sequence", "operator", "cast"})


def needs(found: Column, _schema: Schema) -> Iterator[Key]:
    """Yield the parents' columns of the name, and those that a generated one is computed of."""
    for parent in map(named_table, found.inherited_from):
        yield column_key(parent.schema, parent.name, found.name)
    for name in found.sources:
        yield column_key(found.schema, found.table, name)


def belongs(found: Column) -> Key | None:
    """Return the key of the parent's column, with which an inherited one goes."""
    for parent in map(named_table, found.inherited_from):
        return column_key(parent.schema, parent.name, found.name)
    return None


def in_the_way(change: Change) -> bool:
    """Return whether the type changes: a view, a policy, a generated column hold on to it."""
    return bool({"type", "collation"} & {*change.aspects})


def rebuilt(change: Change) -> bool:
    """Return whether the values are to be computed anew, or to be computed at all.

    A stored one that is no longer computed can stay as it is.
    """
    before, after = change.before, change.after
    if not isinstance(before, Column) or not isinstance(after, Column):
        return False
    if not {"generated", "generation", "type", "collation"} & {*change.aspects}:
        return False
    if after.generated is None:
        return before.generation == "virtual"
    return before.generated is not None or "generated" in change.aspects


def without(found: Column, needed: Key) -> Column | None:
    """Return the column without a default that may need what is to go."""
    if needed.kind in _CALLED and found.default is not None:
        return replace(found, default=None)
    return None


def holds_data(found: Column) -> bool:
    """Return whether the values are not those of other columns, computed."""
    return found.generated is None


def rename(key: Key, name: str) -> str:
    """Return the statement that gives a column another name."""
    table = qualified(key.schema, key.table)
    return f"ALTER TABLE {table} RENAME COLUMN {quoted(key.name)} TO {quoted(name)}"


KIND = Kind(
    name="column",
    type=Column,
    query=query,
    follows={"generation": "generated"},
    draft=draft,
    describe=definition,
    in_models=True,
    after=("table",),
    holds_data=holds_data,
    needs=needs,
    belongs=belongs,
    rebuilt=rebuilt,
    in_the_way=in_the_way,
    without=without,
    rename=rename,
    beyond_models=frozenset(
        {
            "not_null_validated",
            "not_null_no_inherit",
            "identity_options",
            "storage",
            "compression",
            "statistics",
            "options",
        }
    ),
    severities={
        "extra": Severity.WARNING,
        "collation": Severity.WARNING,
        "storage": Severity.WARNING,
        "compression": Severity.WARNING,
        "statistics": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
