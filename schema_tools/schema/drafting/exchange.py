"""Another type or collation under the name of one that columns have, where no ALTER leads there.

The old one is renamed, the new one made, the columns are converted, the old one dropped. What
holds no data and stands in the way, such as a view, is gone by then and returns afterwards: the
kinds that draft an exchange say so with ``Kind.in_the_way``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from schema_tools.keys import Key
from schema_tools.schema.drafting.dependencies import mentions
from schema_tools.schema.kinds import kinds
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Draft, Schema, SchemaObject

_LONGEST = 63


@dataclass(frozen=True, slots=True)
class Use:
    """A column that has a type or a collation and stays, in both states."""

    before: SchemaObject
    after: SchemaObject
    inherited: bool

    @property
    def alter(self) -> str:
        """Return the start of the statement that alters the column."""
        table = qualified(self.before.schema, self.before.table)
        return f"ALTER TABLE {table} ALTER COLUMN {quoted(self.before.name)}"

    def value(self, aspect: str) -> str | None:
        """Return what the column says before."""
        found: str | None = getattr(self.before, aspect, None)
        return found


Converted = Callable[[Use], str | None]
"""What follows ``ALTER COLUMN c`` to give it what is new; None where its type stays as it is."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is exchanged: ``word`` is TYPE, DOMAIN or COLLATION, ``create`` makes the new one."""

    key: Key
    word: str
    create: tuple[str, ...]
    before: Schema
    after: Schema

    @property
    def name(self) -> str:
        """Return its name as SQL."""
        return qualified(self.key.schema, self.key.name)

    def uses(self) -> tuple[Use, ...]:
        """Return the columns that name it and stay."""
        return tuple(
            Use(found, after, self._is_inherited(key))
            for key, found in self._holders()
            if key.kind == "column" and (after := self.after.get(key)) is not None
        )

    def obstacles(self) -> tuple[str, ...]:
        """Return what else holds data of it, as users see it."""
        return tuple(
            str(key)
            for key, _found in self._holders()
            if key in self.after and (key.kind != "column" or self._is_fixed(key))
        )

    def _holders(self) -> Iterator[tuple[Key, SchemaObject]]:
        for key in sorted(self.before.objects):
            found = self.before.objects[key]
            if kinds()[key.kind].has_data(found) and self._is_named_in(found) and key != self.key:
                yield key, found

    def _is_named_in(self, found: SchemaObject) -> bool:
        return (self.key.schema, self.key.name) in mentions(found)

    def _is_inherited(self, key: Key) -> bool:
        """Return whether a column is altered with that of the table above it."""
        table = self.before.get(Key("table", key.schema, "", key.table))
        return bool(getattr(table, "partition_of", None) or getattr(table, "inherits", ()))

    def _is_fixed(self, key: Key) -> bool:
        """Return whether a column's type cannot be altered: that of a key of partitions.

        Nor can that of a column of a foreign table, whose data lies elsewhere.
        """
        table = self.before.get(Key("table", key.schema, "", key.table))
        of_key: str = getattr(table, "partition_key", None) or ""
        is_key = re.search(rf'(?<![\w"]){re.escape(quoted(key.name))}(?![\w"])', of_key)
        return table is None or is_key is not None

    def draft(self, converted: Converted | None, caution: str) -> Draft:
        """Draft the exchange; without ``converted`` only where no column is to be converted."""
        uses, obstacles = self.uses(), self.obstacles()
        if uses and converted is None:
            obstacles += tuple(f"column {_place(use)}" for use in uses)
        if obstacles:
            return self._refused(obstacles)
        if not uses or converted is None:
            return Draft((f"DROP {self.word} {self.name}", *self.create), caution=caution)
        old = self._free_name()
        statements = [f"ALTER {self.word} {self.name} RENAME TO {quoted(old)}", *self.create]
        statements += _conversions(uses, converted)
        statements.append(f"DROP {self.word} {qualified(self.key.schema, old)}")
        places = ", ".join(_place(use) for use in uses)
        return Draft(
            tuple(statements),
            safe=False,
            caution=f"{caution} {places}: rewritten under a lock, and a value that does not fit "
            "stops it.".lstrip(),
        )

    def _refused(self, obstacles: tuple[str, ...]) -> Draft:
        return Draft(
            (),
            safe=False,
            caution=f"PostgreSQL cannot alter {self.name} into this: make a new "
            f"{self.word.lower()}, convert what has the old one ({', '.join(obstacles)}), drop "
            "the old one.",
        )

    def _free_name(self) -> str:
        taken = {
            (key.schema, key.name) for one in (self.before, self.after) for key in one.objects
        }
        number, ending = 1, "_old"
        while (self.key.schema, name := _short(self.key.name, ending) + ending) in taken:
            number += 1
            ending = f"_old{number}"
        return name


def _short(name: str, ending: str) -> str:
    """Return as much of a name as leaves room for its ending; PostgreSQL counts bytes."""
    return name.encode()[: _LONGEST - len(ending)].decode(errors="ignore")


def _place(use: Use) -> str:
    return f"{qualified(use.before.schema, use.before.table)}.{quoted(use.before.name)}"


def _conversions(uses: tuple[Use, ...], converted: Converted) -> Iterator[str]:
    """Yield the statements for columns; their defaults may be written with the old type."""
    with_default = [use for use in uses if use.value("default") is not None]
    for use in with_default:
        yield f"{use.alter} DROP DEFAULT"
    for use in uses:
        conversion = converted(use)
        if conversion is not None and not use.inherited:
            yield f"{use.alter} {conversion}"
    for use in with_default:
        default = getattr(use.after, "default", None)
        if default is not None and use.value("type") == getattr(use.after, "type", None):
            yield f"{use.alter} SET DEFAULT {default}"


def by_way_of_text(key: Key) -> Converted:
    """Return how columns of a type, or of arrays of it, are converted: as values are written."""
    name = f"{quoted(key.schema)}.{quoted(key.name)}"

    def converted(use: Use) -> str | None:
        base, brackets, rest = str(use.value("type")).partition("[]")
        if base != name:
            return None
        column, text = quoted(use.before.name), f"text{brackets}{rest}"
        if use.value("type") != getattr(use.after, "type", None):
            return f"TYPE {text} USING {column}::{text}"  # what it is to be comes later
        to = f"{qualified(key.schema, key.name)}{brackets}{rest}"
        return f"TYPE {to} USING {column}::{text}::{to}"

    return converted
