"""What to read of a database, and as whom, so that all sides are read alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field, fields, replace
from typing import Any

import psycopg

from schema_tools.findings import NotChecked
from schema_tools.history.other_tools import OtherHistory
from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_deferred, read_schema
from schema_tools.postgres.marked import is_scratch
from schema_tools.postgres.replay import Replayer
from schema_tools.postgres.roles import Runner, own_roles
from schema_tools.postgres.schema_lines import Seen
from schema_tools.postgres.scratch import ScratchDatabase
from schema_tools.schema.comparison.sides import home_of
from schema_tools.schema.objects import Schema, table_key

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read: the schemas, the search path that the files run under, tables to pass over.

    ``runner`` says what the live database is and who runs its migrations; ``others`` are histories
    of other tools there, which are passed over, too.
    """

    schemas: tuple[str, ...]
    search_path: str = ""
    passed_over: frozenset[Key] = field(default_factory=frozenset)
    runner: Runner = field(default_factory=Runner)
    others: tuple[OtherHistory, ...] = field(default=(), compare=False)
    # Sides that are compared share what is equal.
    seen: Seen = field(default_factory=Seen, compare=False, repr=False)

    @property
    def runners(self) -> tuple[str, ...]:
        """Return the roles that stand for whoever runs the migrations."""
        return tuple(filter(None, (self.runner.role, *self.runner.others)))

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """Return what is passed over though the database has it, once for each tool."""
        tables = {
            tool: ", ".join(str(each) for each in self.others if each.tool == tool)
            for tool in dict.fromkeys(each.tool for each in self.others)
        }
        return tuple(
            NotChecked(f"the history of {tool} ({names})", "it is that tool's own")
            for tool, names in tables.items()
        )

    def read(
        self,
        connection: Connection,
        *,
        roles: tuple[str, ...] = (),
        only: frozenset[str] = frozenset(),
    ) -> Schema:
        """Return what a database has of it; ``roles`` made what a replay has made there.

        ``only`` names the kinds to read where not all are wanted.
        """
        alone = is_scratch(connection)
        if alone and not roles:
            roles = own_roles(connection)
        found = read_schema(
            connection,
            self.schemas,
            runners=tuple(dict.fromkeys((*self.runners, *roles))),
            only=only,
            seen=self.seen,
            alone=alone,
        )
        return without(found, self.passed_over)

    def read_deferred(self, connection: Connection) -> Schema:
        """Return what a live database has of it; objects are made once they are asked for."""
        found = read_deferred(connection, self.schemas, runners=self.runners, seen=self.seen)
        return without(found, self.passed_over)

    def replayer(self, connection: Connection, database: ScratchDatabase) -> Replayer:
        """Return what runs files in a scratch database."""
        return Replayer(
            connection,
            database.owner,
            database.private,
            self.runner.role,
            self.runner.database,
        )

    def read_replayed(
        self, connection: Connection, replayer: Replayer, *, only: frozenset[str] = frozenset()
    ) -> Schema:
        """Return what a replay has made, with the owners and settings that files name."""
        with replayer.as_owned():
            return self.read(connection, roles=replayer.roles, only=only)

    @property
    def parts(self) -> tuple[object, ...]:
        """Return all that it says, as values that JSON knows."""
        values = (getattr(self, each.name) for each in fields(self) if each.compare)
        plain = (astuple(v) if isinstance(v, Runner) else v for v in values)
        return tuple(sorted(v) if isinstance(v, frozenset) else v for v in plain)

    def passing_over(self, others: Iterable[OtherHistory]) -> Wanted:
        """Return the same without the histories of other tools."""
        found = tuple(others)
        keys = {key for each in found for key in _keys_of(each)}
        return replace(self, others=found, passed_over=self.passed_over | keys)

    def including(self, schemas: Iterable[str]) -> Wanted:
        """Return the same with these schemas, too."""
        return replace(self, schemas=tuple(dict.fromkeys((*self.schemas, *schemas))))


def _keys_of(history: OtherHistory) -> Iterator[Key]:
    yield from (table_key(history.schema, name) for name in history.tables)
    if history.own_schema:
        yield Key("schema", "", "", history.schema)


def without(schema: Schema, tables: Iterable[Key]) -> Schema:
    """Return the schema without these tables and what belongs to them."""
    gone = frozenset(tables)
    if not gone:
        return schema
    if schema.digest:
        return Schema.deferred(
            lambda: _without(schema, gone),
            " ".join([schema.digest, *map(repr, sorted(gone))]),
            server_version=schema.server_version,
            not_seen=schema.not_seen,
        )
    return _without(schema, gone)


def _without(schema: Schema, gone: frozenset[Key]) -> Schema:
    kept = {key: found for key, found in schema.objects.items() if home_of(key, found) not in gone}
    return replace(schema, objects=kept)
