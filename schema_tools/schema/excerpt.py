"""Some objects of a schema with all that they need, to be made somewhere else.

They are made in two steps: what could keep others from being made, such as a default that calls a
function which is not to be had, comes after everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from schema_tools.keys import Key
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.dependencies import Dependencies
from schema_tools.schema.drafting.script import script
from schema_tools.schema.objects import Schema, SchemaObject

# Whom they name may not be there, and nothing depends on them.
_LEFT_OUT = ("owner", "comment")
# What a column can do without, for others to be made.
_EXPRESSIONS = ("default", "generated", "generation")
# Every new database has it.
_PUBLIC = Key("schema", "", "", "public")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The objects that are wanted, with what they need: in the first step, and in the end."""

    first: Schema
    last: Schema

    def statements(self) -> tuple[str, ...]:
        """Return the SQL that makes it in an empty database."""
        there = {_PUBLIC: self.first.objects[_PUBLIC]} if _PUBLIC in self.first else {}
        empty = Schema(there, self.first.server_version)
        steps = ((empty, self.first), (self.first, self.last))
        return tuple(
            statement
            for before, after in steps
            for statement in script(diff(before, after), before, after).statements
        )


def excerpt(schema: Schema, wanted: frozenset[Key]) -> Excerpt:
    """Return these objects of a schema with all that they need."""
    first, last = {}, {}
    for key in _needed(schema, wanted):
        found = _without(schema.objects[key], _LEFT_OUT)
        simple = _without(found, _EXPRESSIONS) if key.kind == "column" else found
        last[key] = found if key in wanted else simple
        if key not in wanted or not key.table or key.kind == "column" or _is_primary(found):
            first[key] = simple
    version = schema.server_version
    return Excerpt(Schema(first, version), Schema(last, version))


def _needed(schema: Schema, wanted: Iterable[Key]) -> set[Key]:
    dependencies = Dependencies(schema)
    found: set[Key] = set()
    front = set(wanted)
    while front:
        found |= front
        near = {needed for key in front for needed in dependencies.needs(key)}
        near |= {each for key in front for each in _members(schema, key)}
        front = near - found
    return found


def _members(schema: Schema, key: Key) -> Iterator[Key]:
    """Yield the columns of a table, and its primary key: a grouped query is read by it."""
    if key.table:
        return
    for each, found in schema.of_table(key):
        if each.kind == "column" or _is_primary(found):
            yield each


def _is_primary(found: SchemaObject) -> bool:
    return getattr(found, "type", "") == "primary key"


def _without(found: SchemaObject, aspects: Iterable[str]) -> SchemaObject:
    names = {each.name for each in fields(found)}
    changes: dict[str, Any] = {name: None for name in aspects if name in names}
    return replace(found, **changes) if changes else found
