"""The schema that the SQL files should make, where another side is taken to be right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
    MISSING,
    RENAMED,
    Disagreement,
)
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import RELATIONS, Schema, SchemaObject, column_key

MODELS, DATABASE = "models", "database"


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
                value = getattr(wanted, each.aspect)
                changes[each.key] = replace(current, **{each.aspect: value})
    if right == MODELS:
        changes.update(_beside_columns(changes, files, side))
    return files.replaced(changes)


def new_names(found: Iterable[Disagreement], *, right: str) -> dict[Key, Key]:
    """Return the keys that the right side has for what it calls otherwise than the files do."""
    return {
        each.key: each.key.named(each.names.models if right == MODELS else each.names.live)
        for each in found
        if each.names is not None
    }


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
    changes: Mapping[Key, SchemaObject | None], files: Schema, models: Schema
) -> Iterator[tuple[Key, SchemaObject]]:
    """Yield what new columns of the models own: a serial column's sequence.

    No model states it, so that there is no disagreement about it.
    """
    for key, found in models.objects.items():
        kind = kinds()[key.kind]
        if kind.in_models or kind.belongs is None or key in files:
            continue
        owner = kind.belongs(found)
        if owner is not None and owner not in files and changes.get(owner) is not None:
            yield key, found


def _can_be(found: SchemaObject, side: Schema, wanted: SchemaObject | None) -> bool:
    """Return whether an object that a column holds up comes or goes with it."""
    columns = (column_key(found.schema, found.table, name) for name in _columns(found))
    return wanted is None or all(column in side for column in columns)


def _columns(found: SchemaObject) -> tuple[str, ...]:
    columns: tuple[str, ...] = getattr(found, "columns", ())
    return columns
