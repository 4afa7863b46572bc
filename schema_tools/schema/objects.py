"""The values that a schema consists of, and what a kind of object declares about itself."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from schema_tools.findings import Severity
from schema_tools.keys import Key

EXPRESSION = "expression"
ASSIGNED_TO = "assigned to"
FLAG = "flag"
SOURCE = "source"
# The kinds whose objects have columns; no two of them can have the same name.
RELATIONS = ("table", "view", "materialized_view", "foreign_table")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaObject:
    """A database object; each kind subclasses it and adds its fields.

    ``==`` is the comparison; a field with ``compare=False`` says beside it why it does not count.
    """

    schema: str
    name: str
    table: str = ""


def expression(*, assigned_to: str = "") -> Any:
    """Declare a field that holds an SQL expression as the server prints it, or None.

    Two texts of it are also equal when their normal forms are (``schema.expressions``).
    ``assigned_to`` names the field with the type of which the value is to become.
    """
    return field(default=None, metadata={EXPRESSION: True, ASSIGNED_TO: assigned_to})


def flag(when_set: str, when_not: str, *, default: bool) -> Any:
    """Declare a field that is true or false, with what people call the one and the other."""
    return field(default=default, metadata={FLAG: (when_set, when_not)})


def source() -> Any:
    """Declare a field that holds the source of a program, or None.

    The server keeps it as it is, and does not hold on to what it names.
    """
    return field(default=None, metadata={SOURCE: True})


def flag_words(of: type[SchemaObject], aspect: str) -> tuple[str, str] | None:
    """Return what a field declared with ``flag()`` is called when set and when not, or None."""
    declared = {each.name: each.metadata for each in fields(of)}[aspect]
    return declared.get(FLAG)


def is_expression(of_field: dataclasses.Field[Any]) -> bool:
    """Return whether a field of an object was declared with ``expression()``."""
    return EXPRESSION in of_field.metadata


def is_source(of_field: dataclasses.Field[Any]) -> bool:
    """Return whether a field of an object was declared with ``source()``."""
    return SOURCE in of_field.metadata


@dataclass(frozen=True, slots=True)
class Draft:
    """The SQL that turns one state of an object into another.

    ``absorbs`` names the objects whose own drafts it makes superfluous; ``safe`` is false where
    running it can lose data; ``caution`` says what to know before running it. What must wait until
    all other objects are there, such as the owner of a sequence, is in ``afterwards``, and what to
    know before that in ``caution_afterwards``; what must come before all else, such as taking a
    partition out of its table, is in ``beforehand``.
    """

    statements: tuple[str, ...]
    absorbs: tuple[Key, ...] = ()
    safe: bool = True
    caution: str = ""
    afterwards: tuple[str, ...] = ()
    caution_afterwards: str = ""
    beforehand: tuple[str, ...] = ()


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

    What is read and how it counts:

    - ``query`` returns one row an object, with columns named as the fields of ``type``; it may be
      a function of the server's version (170004). Its parameters are ``%(schemas)s``, the array of
      schema names to read, and ``%(runners)s``, the array of role names that stand for whoever
      runs the migrations: an object that one of them owns has no ``owner`` of its own.
    - ``among`` is a query that finds rows of a catalog, of which the objects are some: where there
      are none ``query`` is not asked, since to plan it takes longer than to know that.
    - ``hidden`` is a query of the same parameters whose rows (what, reason) name what the role
      that reads is not let see.
    - ``describe`` says in a line what an object is.
    - ``likeness`` are functions from strict to loose that say what an object is apart from its
      name, so that two of different names can be recognised as the same.
    - ``follows`` names for an aspect another one that brings it along where both differ: they are
      one difference, of the other's name.
    - ``beyond_models`` are the aspects that no model can state; ``severities`` holds the aspects
      whose difference is not critical.

    How one state is turned into another:

    - ``draft`` writes the SQL of a change. It is not asked for a change that ``rebuilt`` says to
      be a drop and a new creation: those it drafts as two changes.
    - ``after`` names the kinds whose objects are made first, where nothing else decides.
    - ``needs`` yields the keys, or what may be keys, of objects that must be there before this
      one. Its table, its columns and whatever its texts mention by a qualified name are known
      without it (``schema.drafting.dependencies``).
    - ``belongs`` names what an object goes with when that is dropped, where it is not its table.
    - ``in_the_way`` says of a change whether what depends on the object must go first and be made
      again afterwards, as views do when a column's type changes.
    - ``carried`` says of an object and such a change that the server itself brings the object
      along, so that it may stay.
    - ``holds_data`` is true where dropping it loses what no statement brings back, or a function
      that says of which objects it is; such an object is never dropped to make way for another.
    - ``without`` returns an object as it can be while another one it needs is away, or None.
    - ``rename`` writes the statement that gives an object another name.
    """

    name: str
    type: type[SchemaObject]
    query: str | Callable[[int], str]
    draft: Drafter
    describe: Callable[[Any], str]
    in_models: bool = False
    min_version: int = 150000
    after: tuple[str, ...] = ()
    likeness: tuple[Callable[[Any], Hashable], ...] = ()
    beyond_models: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    severity_of: Callable[[Any, str], Severity] | None = None
    follows: Mapping[str, str] = field(default_factory=dict)
    among: str = ""
    hidden: str = ""
    needs: Callable[[Any, Schema], Iterable[Key]] | None = None
    belongs: Callable[[Any], Key | None] | None = None
    rebuilt: Callable[[Change], bool] | None = None
    in_the_way: Callable[[Change], bool] | None = None
    carried: Callable[[Any, Change], bool] | None = None
    holds_data: bool | Callable[[Any], bool] = False
    without: Callable[[Any, Key], SchemaObject | None] | None = None
    rename: Callable[[Key, str], str] | None = None

    def key(self, of: SchemaObject) -> Key:
        """Return the key of an object of this kind."""
        return Key(self.name, of.schema, of.table, of.name)

    def has_data(self, of: SchemaObject) -> bool:
        """Return whether dropping an object loses what no statement brings back."""
        return self.holds_data(of) if callable(self.holds_data) else self.holds_data

    def severity(self, of: SchemaObject | None, aspect: str) -> Severity:
        """Return how bad a difference in an aspect is (``missing`` and ``extra`` are aspects)."""
        if self.severity_of is not None and of is not None:
            return self.severity_of(of, aspect)
        return self.severities.get(aspect, Severity.CRITICAL)

    def query_for(self, version: int) -> str:
        """Return the query for a server's version, as libpq gives it (170004)."""
        return self.query if isinstance(self.query, str) else self.query(version)


@dataclass(frozen=True, slots=True)
class Schema:
    """All objects of a source, by key."""

    objects: Mapping[Key, SchemaObject] = field(default_factory=lambda: MappingProxyType({}))
    server_version: int = 0
    # What partitions and child tables have from their parents, and would have by themselves if
    # they parted: told by the parents' objects.
    inherited: Mapping[Key, SchemaObject] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )
    # What the role that read it was not let see, and why: it says nothing of the objects.
    not_seen: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    # Filled when first asked for; told by the objects.
    _members: dict[tuple[str, str], list[Key]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    digest: str = field(default="", init=False, compare=False, repr=False)
    """What stands for all of it where it was put off to make the objects, else ""."""
    _load: Callable[[], Schema] | None = field(default=None, init=False, compare=False, repr=False)

    @classmethod
    def deferred(
        cls,
        load: Callable[[], Schema],
        digest: str,
        *,
        server_version: int,
        not_seen: tuple[tuple[str, str], ...] = (),
    ) -> Schema:
        """Return a schema whose objects are made when they are first asked for.

        ``load`` gives a schema with the same objects each time, ``digest`` is another for others.
        """
        made = cls(server_version=server_version, not_seen=not_seen)
        object.__setattr__(made, "digest", digest)
        object.__setattr__(made, "_load", load)
        for name in _PUT_OFF:
            object.__delattr__(made, name)
        return made

    def __getattr__(self, name: str) -> Any:
        """Make the objects now: nobody has asked for them before."""
        if name not in _PUT_OFF or self._load is None:
            raise AttributeError(name)
        found = self._load()
        object.__setattr__(self, "_load", None)
        for each in _PUT_OFF:
            object.__setattr__(self, each, getattr(found, each))
        return getattr(self, name)

    def get(self, key: Key) -> SchemaObject | None:
        """Return the object of that key, or None."""
        return self.objects.get(key)

    def __contains__(self, key: Key) -> bool:
        return key in self.objects

    def of_table(self, table: Key) -> Iterator[tuple[Key, SchemaObject]]:
        """Yield what belongs to a table (columns, constraints, indexes), not the table itself."""
        if not self._members:
            for key in self.objects:
                self._members.setdefault((key.schema, key.table), []).append(key)
        if table.name:
            for key in self._members.get((table.schema, table.name), ()):
                yield key, self.objects[key]

    def relation(self, schema: str, name: str) -> Key | None:
        """Return the key of the table, view or foreign table of that name."""
        keys = (Key(kind, schema, "", name) for kind in RELATIONS)
        return next((key for key in keys if key in self.objects), None)

    def replaced(self, changes: Mapping[Key, SchemaObject | None]) -> Schema:
        """Return the schema with objects put in place of others; None takes one out."""
        if not changes:
            return self
        objects = {key: found for key, found in self.objects.items() if key not in changes}
        objects.update({key: found for key, found in changes.items() if found is not None})
        return dataclasses.replace(self, objects=objects)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the sorted JSON of all objects, in hexadecimal."""
        as_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
        names: dict[str, tuple[str, ...]] = {}
        for key, found in self.objects.items():
            if key.kind not in names:
                names[key.kind] = tuple(each.name for each in fields(found) if each.compare)
        lines = sorted(
            as_json([str(key), {name: getattr(found, name) for name in names[key.kind]}])
            for key, found in self.objects.items()
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


_PUT_OFF = ("objects", "inherited")


def table_key(schema: str, table: str) -> Key:
    """Return the key of a table."""
    return Key("table", schema, "", table)


def column_key(schema: str, table: str, column: str) -> Key:
    """Return the key of a column."""
    return Key("column", schema, table, column)
