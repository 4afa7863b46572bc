"""Which line of which SQL file made an object, or changed it last."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, field

from schema_tools.findings import Location
from schema_tools.history.migration import Migration, Statement
from schema_tools.keys import Key
from schema_tools.postgres.replay import Connection, Replayer
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.objects import SchemaObject
from schema_tools.services.built import files_key
from schema_tools.services.cache import NO_CACHE, Cache
from schema_tools.services.requirements import Requirements
from schema_tools.services.wanted import Wanted

# These define code, of a kind, that changes nothing else before it runs.
_DEFINES = {
    "CREATE FUNCTION": "function",
    "CREATE PROCEDURE": "procedure",
    "CREATE TRIGGER": "trigger",
}
# What runs code can change any object without naming it.
_MAY_HIDE = frozenset({"DO", "SELECT", "CALL"})


@dataclass(slots=True)
class _Watch:
    """The objects to follow in a database, and the line at which each was last seen to change."""

    connection: Connection
    wanted: Wanted
    replayer: Replayer
    keys: tuple[Key, ...]
    names: re.Pattern[str]
    seen: dict[Key, SchemaObject | None] = field(default_factory=dict)
    lines: dict[Key, Location] = field(default_factory=dict)
    is_behind: bool = False

    def concerns(self, statement: Statement) -> bool:
        """Return whether a statement may change one of the objects."""
        defined = _DEFINES.get(statement.verb)
        if defined and all(key.kind != defined for key in self.keys):
            return False
        hides = statement.verb in _MAY_HIDE
        return hides or self.names.search(statement.text) is not None

    def before(self, _migration: Migration, statement: Statement) -> None:
        """See what statements that name nothing have changed: it is not this one's doing."""
        if self.is_behind and self.concerns(statement):
            self._look(None)

    def after(self, migration: Migration, statement: Statement) -> None:
        """Note what a statement has changed."""
        self.is_behind = not self.concerns(statement)
        if not self.is_behind:
            self._look(Location(migration.path, statement.line))

    def _look(self, place: Location | None) -> None:
        kinds = frozenset(key.kind for key in self.keys)
        schema = self.wanted.read_replayed(self.connection, self.replayer, only=kinds)
        for key in self.keys:
            found = schema.get(key)
            if found != self.seen.get(key) and place is not None:
                self.lines[key] = place
            self.seen[key] = found


def locate(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    migrations: Sequence[Migration],
    keys: Iterable[Key],
    *,
    cache: Cache = NO_CACHE,
) -> dict[Key, Location]:
    """Return the line of the statement that created each object or last changed it.

    All files are replayed once more in a database of their own; those that name a table or an
    object in question go statement by statement, and after each that could have changed one the
    objects are read. An object that no statement touched is not in the result. The same question
    about the same files is answered from the cache.
    """
    followed = tuple(keys)
    if not followed:
        return {}
    kept = ""
    if cache.is_on:
        asked = (*wanted.parts, "lines", sorted(followed))
        kept = files_key(alias, scratch, asked, applied=None, pending=migrations)
    known = _from_cache(cache.get(kept)) if kept else None
    if known is not None:
        return known
    lines = _looked_up(alias, scratch, wanted, migrations, followed)
    if kept:
        cache.put(kept, _for_cache(lines))
    return lines


def _for_cache(lines: dict[Key, Location]) -> bytes:
    return json.dumps([[key, astuple(place)] for key, place in lines.items()]).encode()


def _from_cache(data: bytes | None) -> dict[Key, Location] | None:
    if data is None:
        return None
    return {Key(*key): Location(*place) for key, place in json.loads(data)}


def _looked_up(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    migrations: Iterable[Migration],
    followed: tuple[Key, ...],
) -> dict[Key, Location]:
    database = scratch.create()
    with closing(database.connect(search_path=wanted.search_path)) as connection:
        replayer = wanted.replayer(connection, database)
        watch = _Watch(connection, wanted, replayer, followed, _naming(followed))
        required = Requirements(alias, database, connection, wanted.schemas)
        for migration in migrations:
            if required.meet(migration) is not None:
                break
            if any(map(watch.concerns, migration.up.statements)):
                replayer.watch(migration, watch.before, watch.after)
            else:
                replayer.run([migration])
                watch.is_behind = True
    return watch.lines


def _naming(keys: Iterable[Key]) -> re.Pattern[str]:
    """Return what finds the names by which a statement can change an object.

    A column is changed by way of its table, an index or a constraint also by its own name; a
    routine is written with its arguments' names, which its own name has not.
    """
    names = {key.table for key in keys if key.table}
    names |= {key.name.partition("(")[0] for key in keys if key.kind != "column"}
    # A name of word characters only is not found within a longer one.
    words = (rf"\b{name}\b" if name.isidentifier() else re.escape(name) for name in sorted(names))
    return re.compile("|".join(words), re.IGNORECASE)
