"""Which line of which SQL file made an object, or changed it last."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field

from schema_tools.findings import Location
from schema_tools.history.migration import Migration, Statement
from schema_tools.keys import Key
from schema_tools.postgres.replay import Replayer
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.objects import Schema, SchemaObject
from schema_tools.services.requirements import Requirements
from schema_tools.services.sources import Wanted

# What runs code can change any object without naming it.
_MAY_HIDE = frozenset({"DO", "SELECT", "CALL"})


@dataclass(slots=True)
class _Watch:
    """The objects to follow, and where each was last seen to change."""

    wanted: Wanted
    keys: tuple[Key, ...]
    seen: dict[Key, SchemaObject | None] = field(default_factory=dict)
    lines: dict[Key, Location] = field(default_factory=dict)

    def look(self, schema: Schema, place: Location | None) -> None:
        """Note what changed; without a place it is only remembered how things stand."""
        for key in self.keys:
            found = schema.get(key)
            if found != self.seen.get(key) and place is not None:
                self.lines[key] = place
            self.seen[key] = found


def locate(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    migrations: Iterable[Migration],
    keys: Iterable[Key],
) -> dict[Key, Location]:
    """Return the line of the statement that created each object or last changed it.

    All files are replayed once more in a database of their own; those that name a table or an
    object in question go statement by statement, and after each that could have changed one the
    objects are read. An object that no statement touched is not in the result.
    """
    watch = _Watch(wanted, tuple(keys))
    if not watch.keys:
        return {}
    names = _naming(watch.keys)
    database = scratch.create()
    with closing(database.connect(search_path=wanted.search_path)) as connection:

        def after(of: Migration, statement: Statement) -> None:
            if _may_touch(statement, names):
                watch.look(wanted.read(connection), Location(of.path, statement.line))

        required = Requirements(alias, database, connection, wanted.schemas)
        replayer = Replayer(connection, database.owner, database.private)
        for migration in migrations:
            if required.meet(migration) is not None:
                break
            if any(_may_touch(statement, names) for statement in migration.up.statements):
                replayer.watch(migration, after)
            else:
                replayer.run([migration])
    return watch.lines


def _may_touch(statement: Statement, names: re.Pattern[str]) -> bool:
    return statement.verb in _MAY_HIDE or names.search(statement.text) is not None


def _naming(keys: Iterable[Key]) -> re.Pattern[str]:
    """Return what finds the name of a table or of an object without a table."""
    names = {key.table or key.name for key in keys}
    return re.compile("|".join(map(re.escape, sorted(names))), re.IGNORECASE)
