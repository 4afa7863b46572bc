"""Objects that two schemas know under different names.

Two objects are taken for one that was renamed when they are equal but for the name, and nothing
else is equal to either. So are two tables with the same columns. What mentions an object is read
with its other name, so that a rename is one difference and not as many as there are mentions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from schema_tools.keys import Key
from schema_tools.schema.drafting.dependencies import mentions
from schema_tools.schema.kinds import kinds
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import RELATIONS, Schema, SchemaObject

_NAME = r"""(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)"""
_NOT_TEXT = frozenset({"schema", "name", "table", "comment", "owner", "bare_name"})


def find_renames(
    of: Schema, to: Schema, *, by_place: bool = True, apart: frozenset[Key] = frozenset()
) -> dict[Key, Key]:
    """Return for objects of the first schema the keys under which the second knows them.

    Only what the second lacks under its own key is looked for, among what the first lacks, and
    only what a statement can rename: to a name that is free.
    ``by_place`` asks that a column also has the same place in its table, as it keeps when it is
    renamed: a model has its own order. ``apart`` holds keys of the second schema whose objects
    are known to be others.
    """
    found: dict[Key, Key] = {}
    gone, come = of.objects.keys() - to.objects.keys(), to.objects.keys() - of.objects.keys()
    if not gone or not come:
        return found
    for kind in kinds().values():
        if kind.rename is None:
            continue
        seen = relabelled(of, found) if found else of
        mine = [key for key in seen.objects if key.kind == kind.name and key not in to]
        theirs = [key for key in come if key.kind == kind.name and key not in seen]
        if mine and theirs:
            for key, partner in _pairs((mine, seen), (theirs, to), by_place=by_place):
                if partner in apart:
                    continue
                found[_as_before(key, found)] = partner
    return _possible(found, of, to)


def _possible(names: Mapping[Key, Key], before: Schema, after: Schema) -> dict[Key, Key]:
    """Return the renames that a statement can make: to a free name, with the same arguments."""
    taken = {_claim(key) for key in before.objects}
    gone = {
        old
        for old, new in names.items()
        if _claim(new) in taken
        or _signature(old, before) != _signature(new, after)
        or _is_renamed_by_parent(old, new, names, before)
    }
    relations = {(old.schema, old.name) for old in gone if old.kind in RELATIONS}
    return {
        old: new
        for old, new in names.items()
        if old not in gone and (old.schema, old.table) not in relations
    }


def _is_renamed_by_parent(old: Key, new: Key, names: Mapping[Key, Key], before: Schema) -> bool:
    """Return whether a column has another name only where its parent's has, and that has not."""
    belongs, found = kinds()[old.kind].belongs, before.get(old)
    owner = belongs(found) if belongs is not None and found is not None else None
    if owner is None or owner.kind != old.kind:
        return False
    return owner not in names or names[owner].name != new.name


def _claim(key: Key) -> tuple[str, str, str]:
    """Return the name that an object takes, and where: an index takes one of its schema's."""
    table = "" if key.kind in {"index", "constraint"} else key.table
    return key.schema, table, key.name


def _signature(key: Key, schema: Schema) -> str:
    """Return what a name carries besides itself, such as the arguments of a function."""
    return key.name.removeprefix(getattr(schema.get(key), "bare_name", key.name))


def _as_before(key: Key, names: Mapping[Key, Key]) -> Key:
    """Return the key that an object has where its table still has its old name."""
    for old, new in names.items():
        if new.kind in RELATIONS and (key.schema, key.table) == (new.schema, new.name):
            return Key(key.kind, key.schema, old.name, key.name)
    return key


def renamed_key(key: Key, names: Mapping[Key, Key]) -> Key:
    """Return the key of an object after it, or its table, was renamed."""
    if key in names:
        return names[key]
    for kind in RELATIONS if key.table else ():
        table = names.get(Key(kind, key.schema, "", key.table))
        if table is not None:
            return Key(key.kind, key.schema, table.name, key.name)
    return key


def _pairs(
    mine: tuple[list[Key], Schema], theirs: tuple[list[Key], Schema], *, by_place: bool
) -> Iterator[tuple[Key, Key]]:
    """Yield keys of objects that are each other's only likeness."""
    groups: dict[Hashable, tuple[list[Key], list[Key]]] = defaultdict(lambda: ([], []))
    for side, (keys, schema) in enumerate((mine, theirs)):
        for key in keys:
            groups[_likeness(key, schema, by_place=by_place)][side].append(key)
    for left, right in groups.values():
        if len(left) == len(right) == 1:
            yield left[0], right[0]


def _likeness(key: Key, schema: Schema, *, by_place: bool) -> Hashable:
    place = (key.kind, key.schema, key.table)
    if key.kind in RELATIONS and (columns := _columns(key, schema)):
        return (*place, columns)
    rank = _rank(key, schema) if by_place and key.kind == "column" else None
    return (*place, rank, _nameless(schema.objects[key]))


def _rank(column: Key, schema: Schema) -> int:
    """Return how many columns of the table come before one."""
    table = Key("table", column.schema, "", column.table)
    own = getattr(schema.objects[column], "position", 0)
    return sum(
        key.kind == "column" and getattr(found, "position", 0) < own
        for key, found in schema.of_table(table)
    )


def _columns(table: Key, schema: Schema) -> frozenset[tuple[str, str]]:
    """Return the columns of a table, each with its name and type."""
    return frozenset(
        (key.name, getattr(found, "type", ""))
        for key, found in schema.of_table(table)
        if key.kind == "column"
    )


def _nameless(found: SchemaObject) -> Hashable:
    """Return all that an object is but its name."""
    compared = (each.name for each in fields(found) if each.compare and each.name != "name")
    own = re.compile(rf"(?<![\w$\"]){re.escape(quoted(found.name))}(?![\w$\"])")
    return tuple(_own_name_out(getattr(found, name), own) for name in compared)


def _own_name_out(value: object, own: re.Pattern[str]) -> Hashable:
    return own.sub("", value) if isinstance(value, str) else repr(value)


def relabelled(schema: Schema, names: Mapping[Key, Key]) -> Schema:
    """Return the schema with objects, and all mentions of them, under other keys."""
    if not names:
        return schema
    spellings = [
        _Spelling(old, new, has_types=hasattr(schema.get(old), "bare_name"))
        for old, new in names.items()
    ]
    objects: dict[Key, SchemaObject] = {}
    for key, found in schema.objects.items():
        concerned = [each for each in spellings if each.concerns(key, found)]
        taken = found
        for spelling in concerned:
            taken = spelling.used_in(taken)
        new_key = renamed_key(key, names)
        if (new_key.table, new_key.name) != (taken.table, taken.name):
            taken = replace(taken, table=new_key.table, name=new_key.name)
        objects[new_key] = taken
    return replace(schema, objects=objects)


class _Spelling:
    """Writes one object's name in the texts of others in another way."""

    def __init__(self, old: Key, new: Key, *, has_types: bool = False) -> None:
        if has_types:  # f(integer): others call it f
            old, new = (each._replace(name=each.name.partition("(")[0]) for each in (old, new))
        self._old, self._new = old, new
        before, after = map(re.escape, (quoted(old.name), quoted(new.name)))
        if old.table:
            self._pattern = re.compile(rf"'(?:[^']|'')*'|(?<![\w$\"]){before}(?![\w$\"])")
        else:
            schema = re.escape(quoted(old.schema))
            qualified = rf"(?<![\w$\".]){schema}\.{before}(?![\w$\"])"
            # A column with the table that it is read from: t.a
            alias = rf"|(?<![\w$\".']){before}(?=\.)" if old.kind in RELATIONS else ""
            self._pattern = re.compile(qualified + alias)
        self._text = quoted(new.name)
        # A view keeps the name that its column had: ``new AS old``.
        self._kept_name = re.compile(rf"(?<![\w$\"]){after} AS {after}(?![\w$\"])")

    def concerns(self, key: Key, found: SchemaObject) -> bool:
        """Return whether an object's place or texts may hold the name."""
        if key == self._old:
            return True
        relation = self._old.table or self._old.name
        if (key.schema, key.table) == (self._old.schema, relation):
            return True
        return (self._old.schema, relation) in mentions(found)

    def used_in(self, found: SchemaObject) -> SchemaObject:
        """Return the object with the other name."""
        changes: dict[str, Any] = {
            each.name: self._in_value(value)
            for each in fields(found)
            if each.name not in _NOT_TEXT and (value := getattr(found, each.name))
        }
        return replace(found, **changes)

    def _in_value(self, value: object) -> object:
        if isinstance(value, tuple):
            return tuple(self._in_element(each) for each in value)
        return self._in_text(value) if isinstance(value, str) else value

    def _in_element(self, value: object) -> object:
        """A field such as ``columns`` holds plain names."""
        if self._old.table and value == self._old.name:
            return self._new.name
        return self._in_text(value) if isinstance(value, str) else value

    def _in_text(self, text: str) -> str:
        text = self._pattern.sub(self._replaced, text)
        return self._kept_name.sub(self._text, text) if self._old.table else text

    def _replaced(self, match: re.Match[str]) -> str:
        if match[0].startswith("'"):
            return match[0]
        if self._old.table or match[0] == quoted(self._old.name):
            return self._text
        return f"{quoted(self._new.schema)}.{self._text}"
