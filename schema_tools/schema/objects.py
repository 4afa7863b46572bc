"""The values that a schema consists of, and what a kind of object declares about itself."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from schema_tools.findings import Severity
from schema_tools.keys import Key

EXPRESSION = "expression"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaObject:
    """A database object; each kind subclasses it and adds its fields.

    ``==`` is the comparison; a field with ``compare=False`` says beside it why it does not count.
    """

    schema: str
    name: str
    table: str = ""


def expression() -> Any:
    """Declare a field that holds an SQL expression as the server prints it, or None.

    Two texts of it are also equal when their normal forms are (``schema.expressions``).
    """
    return field(default=None, metadata={EXPRESSION: True})


def is_expression(of_field: dataclasses.Field[Any]) -> bool:
    """Return whether a field of an object was declared with ``expression()``."""
    return EXPRESSION in of_field.metadata


@dataclass(frozen=True, slots=True)
class Draft:
    """The SQL that turns one state of an object into another.

    ``absorbs`` names the objects whose own drafts it makes superfluous; ``safe`` is false where
    running it can lose data; ``caution`` says what to know before running it.
    """

    statements: tuple[str, ...]
    absorbs: tuple[Key, ...] = ()
    safe: bool = True
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One object in two states; ``before`` is None for a new one, ``after`` for a dropped one.

    ``aspects`` names the fields that differ; it is empty where one side is None.
    """

    key: Key
    before: SchemaObject | None
    after: SchemaObject | None
    aspects: tuple[str, ...] = ()


Drafter = Callable[["Change", "Schema", "Schema"], Draft]


@dataclass(frozen=True, slots=True)
class Kind:
    """All that the program knows of one kind of object.

    ``query`` returns one row an object, with columns named as the fields of ``type``; its one
    parameter ``%(schemas)s`` is the array of schema names to read. ``describe`` says in a line
    what an object is. ``likeness`` are functions from strict to loose that say what an object is
    apart from its name, so that two of different names can be recognised as the same.
    ``beyond_models`` are the aspects that no model can state. ``severities`` holds the aspects
    whose difference is not critical. ``after`` names the kinds whose objects are made first.
    """

    name: str
    type: type[SchemaObject]
    query: str
    draft: Drafter
    describe: Callable[[Any], str]
    in_models: bool = False
    min_version: int = 150000
    after: tuple[str, ...] = ()
    likeness: tuple[Callable[[Any], Hashable], ...] = ()
    beyond_models: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    severity_of: Callable[[Any, str], Severity] | None = None

    def key(self, of: SchemaObject) -> Key:
        """Return the key of an object of this kind."""
        return Key(self.name, of.schema, of.table, of.name)

    def severity(self, of: SchemaObject | None, aspect: str) -> Severity:
        """Return how bad a difference in an aspect is (``missing`` and ``extra`` are aspects)."""
        if self.severity_of is not None and of is not None:
            return self.severity_of(of, aspect)
        return self.severities.get(aspect, Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class Schema:
    """All objects of a source, by key."""

    objects: Mapping[Key, SchemaObject] = field(default_factory=lambda: MappingProxyType({}))
    server_version: int = 0

    def get(self, key: Key) -> SchemaObject | None:
        """Return the object of that key, or None."""
        return self.objects.get(key)

    def __contains__(self, key: Key) -> bool:
        return key in self.objects

    def of_table(self, table: Key) -> Iterator[tuple[Key, SchemaObject]]:
        """Yield what belongs to a table (columns, constraints, indexes), not the table itself."""
        for key, found in self.objects.items():
            if key.table == table.name and key.schema == table.schema:
                yield key, found

    def replaced(self, changes: Mapping[Key, SchemaObject | None]) -> Schema:
        """Return the schema with objects put in place of others; None takes one out."""
        objects = {key: found for key, found in self.objects.items() if key not in changes}
        objects.update({key: found for key, found in changes.items() if found is not None})
        return dataclasses.replace(self, objects=objects)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the sorted JSON of all objects, in hexadecimal."""
        lines = sorted(
            json.dumps([str(key), _compared(found)], sort_keys=True, ensure_ascii=False)
            for key, found in self.objects.items()
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _compared(found: SchemaObject) -> dict[str, object]:
    return {each.name: getattr(found, each.name) for each in fields(found) if each.compare}


def table_key(schema: str, table: str) -> Key:
    """Return the key of a table."""
    return Key("table", schema, "", table)


def column_key(schema: str, table: str, column: str) -> Key:
    """Return the key of a column."""
    return Key("column", schema, table, column)
