"""Which objects must be there for another to be.

The server prints every name with its schema where the search path is empty, so that what an object
mentions can be found in its own texts; the same works for a schema that was read from a file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields

from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Schema, SchemaObject, column_key, is_source
from schema_tools.schema.parts.mentions import qualified_names, words

_NOT_REFERENCES = frozenset({"schema", "name", "table", "comment", "owner", "owned_by"})
_TEXT_FIELDS: dict[type[SchemaObject], tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The arrows between the objects of one schema, found when they are asked for."""

    schema: Schema
    _named: dict[tuple[str, str], list[Key]] = field(default_factory=dict, init=False)
    _by_name: dict[str, list[Key]] = field(default_factory=dict, init=False)

    def needs(self, key: Key) -> frozenset[Key]:
        """Return the keys of the objects that must be there for this one."""
        found = self.schema.get(key)
        if found is None:
            return frozenset()
        candidates = {*self._place(found), *self._mentioned(found)}
        kind = kinds()[key.kind]
        if kind.needs is not None:
            candidates.update(kind.needs(found, self.schema))
        if kind.belongs is not None and (owner := kind.belongs(found)):
            candidates.add(owner)
        return frozenset(each for each in candidates if each in self.schema and each != key)

    def prefers(self, key: Key) -> frozenset[Key]:
        """Return what the source of an object's program may name: better there before it."""
        found = self.schema.get(key)
        sources = sources_of(found) if found else ()
        named = {word for text in sources for word in words(text)}
        return frozenset(each for word in named for each in self._bare.get(word, ())) - {key}

    def dependents(
        self, keys: Iterable[Key], *, but_for: Callable[[Key], bool] | None = None
    ) -> frozenset[Key]:
        """Return the keys of all objects that cannot be without one of these, near and far.

        Those that ``but_for`` picks are among them, but not what depends on nothing else.
        """
        found: set[Key] = set()
        front = frozenset(keys)
        while front:
            near = self.near(front) - found
            found |= near
            front = frozenset(key for key in near if but_for is None or not but_for(key))
        return frozenset(found)

    def near(self, keys: frozenset[Key]) -> frozenset[Key]:
        """Return the keys of the objects that need one of these themselves."""
        if not keys:
            return keys
        return frozenset(
            key
            for key in self._may_name(keys)
            if key not in keys and not keys.isdisjoint(self.needs(key))
        )

    def _may_name(self, keys: frozenset[Key]) -> Iterator[Key]:
        """Yield the objects worth a closer look: their texts or their place hold such a name."""
        tables = {(key.schema, key.table or key.name) for key in keys}
        names = sorted({re.escape(quotable) for key in keys for quotable in _spellings(key)})
        pattern = re.compile("|".join(names))
        for key, found in self.schema.objects.items():
            if (key.schema, key.table) in tables or any(map(pattern.search, texts_of(found))):
                yield key

    def _place(self, found: SchemaObject) -> Iterator[Key]:
        yield Key("schema", "", "", found.schema)
        if not found.table:
            return
        relation = self.schema.relation(found.schema, found.table)
        if relation is not None:
            yield relation
        for name in getattr(found, "columns", ()):
            yield column_key(found.schema, found.table, str(name))

    def _mentioned(self, found: SchemaObject) -> Iterator[Key]:
        for schema, name in mentions(found):
            yield from self._index.get((schema, name), ())

    @property
    def _index(self) -> dict[tuple[str, str], list[Key]]:
        """Return the keys of what stands by itself, by schema and name.

        An extension stands for what it ``provides``: pairs of schema and name.
        """
        if not self._named:
            named = defaultdict(list)
            for key, found in self.schema.objects.items():
                if not key.table:
                    named[key.schema, getattr(found, "bare_name", key.name)].append(key)
                for provided in getattr(found, "provides", ()):
                    named[provided].append(key)
            self._named.update(named)
        return self._named

    @property
    def _bare(self) -> dict[str, list[Key]]:
        """Return the same by name, whatever the schema: a program may leave it out."""
        if not self._by_name:
            for (_schema, name), keys in self._index.items():
                self._by_name.setdefault(name, []).extend(keys)
        return self._by_name


def mentions(found: SchemaObject) -> frozenset[tuple[str, str]]:
    """Return what an object's texts name with a schema: pairs of schema and name."""
    return frozenset(pair for text in texts_of(found) for pair in qualified_names(text))


def texts_of(found: SchemaObject) -> Iterator[str]:
    """Yield the texts of an object that the server keeps in force.

    Its own name is none, nor what people wrote about it, nor the source of a program.
    """
    for name in _text_fields(type(found)):
        value = getattr(found, name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, str))


def sources_of(found: SchemaObject) -> Iterator[str]:
    """Yield the sources of programs that an object holds."""
    for each in fields(found):
        if is_source(each) and (text := getattr(found, each.name)):
            yield text


def _text_fields(of: type[SchemaObject]) -> tuple[str, ...]:
    if of not in _TEXT_FIELDS:
        names = (each.name for each in fields(of) if not is_source(each))
        _TEXT_FIELDS[of] = tuple(name for name in names if name not in _NOT_REFERENCES)
    return _TEXT_FIELDS[of]


def _spellings(key: Key) -> Iterator[str]:
    """Yield the names under which another object's text can mean this one."""
    bare = key.name.partition("(")[0] or key.name
    yield bare
    yield bare.replace('"', '""')
    if key.table:
        yield key.table
