"""The schema that the SQL files should make, where another side is taken to be right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import TypeGuard

from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
    MISSING,
    RENAMED,
    Disagreement,
)
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.sequence import Sequence, of_type
from schema_tools.schema.objects import RELATIONS, Schema, SchemaObject, column_key
from schema_tools.schema.renames import renamed_key

MODELS, DATABASE = "models", "database"
# What is not compared is told by what is, and comes with it: all but where an object stands.
_OF_ITS_PLACE = frozenset(
    {
        "position",
        "local",
        "inherited",
        "inherited_from",
        "partitioned",
        "has_children",
        "of_foreign_table",
        "is_read",
    }
)


def resolved(found: Iterable[Disagreement], files: Schema, *, right: str) -> Schema:
    """Return the files' schema with each disagreement settled as the right side has it.

    ``right`` is ``models`` or ``database``. An object that is only called otherwise keeps the
    name that the files give it (``new_names`` tells the other).
    """
    changes: dict[Key, SchemaObject | None] = {}
    side = files
    for each in found:
        side = each.sides.models_files if right == MODELS else each.sides.live
        if each.aspect in {MISSING, EXTRA}:
            changes.update(_presence(each.key, files, side))
        elif each.aspect != RENAMED:
            current, wanted = changes.get(each.key, files.get(each.key)), side.get(each.key)
            if current is not None and wanted is not None:
                changes[each.key] = _settled(current, wanted, each)
    changes.update(_beside_columns(changes, files, side))
    return files.replaced(changes)


def new_names(found: Iterable[Disagreement], *, right: str) -> dict[Key, Key]:
    """Return the keys that the right side has for what it calls otherwise than the files do."""
    names = {
        each.key: each.key.named(each.names.models if right == MODELS else each.names.live)
        for each in found
        if each.names is not None
    }
    tables = {old: new for old, new in names.items() if old.kind in RELATIONS}
    return {
        old: new._replace(table=renamed_key(old, tables).table) if old.table else new
        for old, new in names.items()
    }


def _settled(current: SchemaObject, wanted: SchemaObject, found: Disagreement) -> SchemaObject:
    """Return an object with an aspect as another has it, and with what comes along with that."""
    follows = kinds()[found.key.kind].follows
    taken = {found.aspect, *(each for each, leader in follows.items() if leader == found.aspect)}
    taken |= {each.name for each in fields(wanted) if not each.compare} - _OF_ITS_PLACE
    return replace(current, **{name: getattr(wanted, name) for name in taken})


def _presence(key: Key, files: Schema, side: Schema) -> dict[Key, SchemaObject | None]:
    """Return what comes or goes with an object: a table's members, what a column holds up."""
    wanted = side.get(key)
    changes = {key: wanted}
    if key.kind in RELATIONS:
        members = side if wanted is not None else files
        changes.update(
            (member, found if wanted is not None else None)
            for member, found in members.of_table(key)
        )
    elif key.kind == "column":
        schema = side if wanted is not None else files
        for member, found in schema.of_table(Key("table", key.schema, "", key.table)):
            if key.name in getattr(found, "columns", ()) and _can_be(found, side, wanted):
                changes[member] = side.get(member)
    return changes


def _beside_columns(
    changes: Mapping[Key, SchemaObject | None], files: Schema, side: Schema
) -> Iterator[tuple[Key, SchemaObject | None]]:
    """Yield what becomes of the sequences of serial columns.

    No model states them, and what such a sequence has from its column is no disagreement of its
    own: it comes and goes with the column, and counts as far as that.
    """
    for schema in (side, files):
        for key, found in schema.objects.items():
            owner = column_key(*found.owning_column) if _is_owned(found) else None
            if owner is None or key in changes or owner not in changes:
                continue
            column, there = changes[owner], files.get(key)
            if owner not in files or column is None:
                yield key, None if column is None else found
            elif isinstance(there, Sequence):
                wanted = side.get(key)
                as_wanted = wanted if isinstance(wanted, Sequence) else there
                yield key, of_type(there, getattr(column, "type", ""), as_wanted)


def _is_owned(found: SchemaObject) -> TypeGuard[Sequence]:
    return isinstance(found, Sequence) and bool(found.owning_column)


def _can_be(found: SchemaObject, side: Schema, wanted: SchemaObject | None) -> bool:
    """Return whether an object that a column holds up comes or goes with it."""
    columns = (column_key(found.schema, found.table, name) for name in _columns(found))
    return wanted is None or all(column in side for column in columns)


def _columns(found: SchemaObject) -> tuple[str, ...]:
    columns: tuple[str, ...] = getattr(found, "columns", ())
    return columns
