"""What becomes of partitions and child tables when they part from their parents, or join them.

A table that parts keeps as its own what it had from its parent: checks, indexes, keys. One that
joins must have the checks before, and gets the rest, unless it has the same already. So both
happen at the ends of a script, the one first and the other last, and what is between them is
drafted for a table that stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from schema_tools.keys import Key
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.table import MEMBERSHIP, Table
from schema_tools.schema.objects import Change, Schema, SchemaObject, table_key
from schema_tools.schema.parts.parents import (
    children_of,
    kept_parents,
    named_table,
    parents_of,
    printed,
)


@dataclass(frozen=True, slots=True)
class Untied:
    """Changes, and the schemas between which they lie, with no table that parts or joins."""

    changes: tuple[Change, ...]
    before: Schema
    after: Schema


def untied(changes: Iterable[Change], before: Schema, after: Schema) -> Untied:
    """Return the changes with those that parting and joining bring about, or make needless."""
    wanted = {change.key: change for change in changes}
    work = _Work(wanted, before, after)
    moving = {key: change for key, change in wanted.items() if _moves(change)}
    for key, change in moving.items():
        work.untie(key, kept_parents(change.before, change.after))
    work.settle_others(moving)
    work.part_columns()
    return Untied(tuple(wanted.values()), before.replaced(work.old), after.replaced(work.new))


def _moves(change: Change) -> bool:
    before, after = change.before, change.after
    if not isinstance(before, Table) or not isinstance(after, Table):
        return False
    if not MEMBERSHIP & {*change.aspects}:
        return False
    kept = kept_parents(before, after)
    return parents_of(before) != kept or parents_of(after) != kept


@dataclass(slots=True)
class _Work:
    """The changes as they become, and what takes the place of objects in both schemas."""

    changes: dict[Key, Change]
    before: Schema
    after: Schema
    old: dict[Key, SchemaObject | None] = field(default_factory=dict)
    new: dict[Key, SchemaObject | None] = field(default_factory=dict)

    def untie(self, table: Key, kept: tuple[str, ...]) -> None:
        """Let a table have no parents but those that it keeps, in both schemas."""
        self.old.update(_standing_alone(table, self.before, kept))
        self.new.update(_standing_alone(table, self.after, kept))
        for key in {*_columns(table, self.before), *_columns(table, self.after)}:
            if key in self.changes or not _differ(self.before.get(key), self.after.get(key)):
                self._put(key, self.old.get(key), self.new.get(key))
        for schema in (self.before, self.after):
            for key in schema.inherited:
                if (key.schema, key.table) == (table.schema, table.name):
                    self._untie_member(key, some_kept=bool(kept))

    def _untie_member(self, key: Key, *, some_kept: bool) -> None:
        """Say what is to be done about a check, an index or a key that a parent has given."""
        once, then = self.before.inherited.get(key), self.after.inherited.get(key)
        if once is not None and then is not None and some_kept:
            return  # that of a parent who stays
        found, wanted = self.before.get(key) or once, self.after.get(key) or then
        if found is None and getattr(wanted, "type", "") != "check":
            return  # made when the table joins
        self._put(key, found, wanted)
        self.old[key], self.new[key] = found, wanted

    def _put(self, key: Key, before: SchemaObject | None, after: SchemaObject | None) -> None:
        aspects = differing_aspects(before, after) if before and after else ()
        if aspects or before is None or after is None:
            self.changes[key] = Change(key, before, after, aspects)
        else:
            self.changes.pop(key, None)

    def settle_others(self, moving: Mapping[Key, Change]) -> None:
        """See to what stays in its table and is a parent's in one of the schemas only."""
        for key in self.before.objects.keys() & self.after.inherited.keys():
            if table_key(key.schema, key.table) not in moving and key in self.changes:
                # What the parent is given would not take one that differs for its own.
                self.changes[key] = Change(key, self.before.objects[key], None)
        dropped = {
            (key.kind, table_key(key.schema, key.table))
            for key, change in self.changes.items()
            if change.after is None and key.table
        }
        for key in self.before.inherited.keys() & self.after.objects.keys():
            table = table_key(key.schema, key.table)
            above = {(key.kind, each) for each in _ancestors(table, self.before)}
            if table not in moving and (key in self.changes or above & dropped):
                self._keep(key)

    def part_columns(self) -> None:
        """Let a child's column be its own where it stays without the parent's, or was there first.

        It is altered after the parent's goes, and before the parent's comes.
        """
        for key, change in self.changes.items():
            if key.kind == "column" and change.after is None:
                self._part_from(key, self.before, self.after, self.old)
            elif key.kind == "column" and change.before is None:
                self._part_from(key, self.after, self.before, self.new)

    def _part_from(
        self,
        key: Key,
        schema: Schema,
        other: Schema,
        replaced: dict[Key, SchemaObject | None],
    ) -> None:
        table = table_key(key.schema, key.table)
        for child in children_of(table, schema):
            below = key._replace(schema=child.schema, table=child.name)
            found = replaced.get(below) or schema.get(below)
            if below in other and isinstance(found, Column):
                others = tuple(each for each in found.inherited_from if each != printed(table))
                replaced[below] = replace(found, inherited_from=others)

    def _keep(self, key: Key) -> None:
        """Let a table have by itself what goes with the parent's, unless it stays there."""
        once, wanted = self.before.inherited[key], self.after.objects[key]
        if getattr(once, "local", False) and getattr(once, "type", "") == "check":
            self._put(key, once, wanted)
            self.old[key] = once
        else:
            self.changes[key] = Change(key, None, wanted)


def _standing_alone(
    table: Key, schema: Schema, kept: tuple[str, ...]
) -> Iterator[tuple[Key, SchemaObject]]:
    """Yield a table and its columns as they are without the parents that it does not keep."""
    found = schema.get(table)
    if isinstance(found, Table):
        yield table, replace(found, inherits=kept, partition_of=None, partition_bound=None)
    for key, member in schema.of_table(table):
        if isinstance(member, Column):
            yield key, _untied_column(member, found, kept)


def _columns(table: Key, schema: Schema) -> Iterator[Key]:
    return (key for key, _found in schema.of_table(table) if key.kind == "column")


def _differ(before: SchemaObject | None, after: SchemaObject | None) -> bool:
    if before is None or after is None:
        return before is not after
    return bool(differing_aspects(before, after))


def _untied_column(found: Column, table: SchemaObject | None, kept: tuple[str, ...]) -> Column:
    """Return a column as it is without those of the parents that go.

    A partition has its identity from its table (PostgreSQL 17), and loses it.
    """
    parents = tuple(parent for parent in found.inherited_from if parent in kept)
    partition = getattr(table, "partition_of", None) is not None
    if partition and found.inherited_from and not parents:
        return replace(found, inherited_from=parents, identity=None, identity_options=())
    return replace(found, inherited_from=parents)


def _ancestors(table: Key, schema: Schema) -> Iterator[Key]:
    for parent in map(named_table, parents_of(schema.get(table))):
        yield parent
        yield from _ancestors(parent, schema)
