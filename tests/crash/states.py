"""What the database holds: compared with what it must hold after each statement of the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from schema_tools.history.directory import read_directory
from schema_tools.history.migration import Migration, Statement
from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.objects import Schema, table_key
from schema_tools.services.wanted import without

_HISTORY = ("schema_migrations", "schema_migration_progress", "schema_migration_events")
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind IN ('r', 'm') AND c.relnamespace = 'public'::regnamespace
  AND c.relname <> ALL (%s) AND (c.relkind <> 'm' OR c.relispopulated)
ORDER BY 1
"""
INVALID = """
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relkind = 'i' AND NOT (i.indisvalid AND i.indisready AND i.indislive) ORDER BY 1
"""
# What a statement that was cut short leaves on the way from one state to the next.
_LEAVES_INDEXES = ("CREATE INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY", "REINDEX")
_LEAVES_TABLE = "ALTER TABLE DETACH PARTITION CONCURRENTLY"


@dataclass(frozen=True)
class State:
    """Schema and rows at one moment."""

    schema: Schema
    rows: dict[str, str]
    invalid: frozenset[str]

    @classmethod
    def of(cls, connection: psycopg.Connection[Any]) -> State:
        """Read it; the history's tables are left out."""
        schema = read_schema(connection, ("public",))
        kept = without(schema, {table_key("public", name) for name in _HISTORY})
        tables = [name for (name,) in connection.execute(_TABLES, (list(_HISTORY),)).fetchall()]
        invalid = [name for (name,) in connection.execute(INVALID).fetchall()]
        return cls(
            kept, {table: _checksum(connection, table) for table in tables}, frozenset(invalid)
        )

    def differs(self, other: State) -> list[Key]:
        """Return the objects that differ."""
        mine, theirs = self.schema.objects, other.schema.objects
        return [key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key)]

    def is_same(self, other: State) -> bool:
        """Tell whether schema, rows and leftovers are the same."""
        return (
            not self.differs(other) and self.rows == other.rows and self.invalid == other.invalid
        )

    def is_on_the_way(self, before: State, statement: Statement) -> bool:
        """Tell whether it differs only in what this statement, cut short, may leave."""
        differing = self.differs(before)
        if self.rows != before.rows:
            return False
        if statement.verb.startswith(_LEAVES_INDEXES):
            names = {name.rpartition(".")[2] for name in self.invalid}
            return bool(names) and {key.kind for key in differing} <= {"index"}
        if statement.verb == _LEAVES_TABLE:
            return any(getattr(self.schema.get(key), "detach_pending", False) for key in differing)
        return False

    def difference(self, other: State) -> str:
        """Say what differs, for a person."""
        tables = sorted({*self.rows.items()} ^ {*other.rows.items()})
        objects = sorted(map(str, self.differs(other)))
        invalid = sorted(self.invalid ^ other.invalid)
        return f"objects {objects}, rows of {tables}, invalid indexes {invalid}"


def _checksum(connection: psycopg.Connection[Any], table: str) -> str:
    row = connection.execute(
        f"SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY t::text), '')) FROM {table} t"
    ).fetchone()
    return str(row[0]) if row else ""


@dataclass(frozen=True)
class Reference:
    """The states that an undisturbed run goes through, by the number of files applied.

    ``states[n][k]`` is that after ``n`` whole files and ``k`` statements of the next; a file in
    one transaction has no states between.
    """

    migrations: tuple[Migration, ...]
    states: tuple[tuple[State, ...], ...]

    @classmethod
    def made_by(cls, connection: psycopg.Connection[Any], folder: Path) -> Reference:
        """Run the files on an empty database, without the tool's runner."""
        migrations = tuple(read_directory(folder).migrations)
        states = []
        before = State.of(connection)
        for migration in migrations:
            after = (before, *_states_of(connection, migration))
            states.append(after[:-1] if migration.up.transactional else after)
            before = after[-1]
        return cls(migrations, (*states, (before,)))

    @property
    def last(self) -> State:
        """Return the state in the end."""
        return self.states[-1][0]


def _states_of(connection: psycopg.Connection[Any], migration: Migration) -> Iterator[State]:
    part = migration.up
    connection.execute("DISCARD ALL")
    if part.transactional:
        for statement in part.preamble:
            connection.execute(statement.text.encode())
        connection.execute(f"BEGIN {part.modes}".encode())
    for statement in part.statements:
        connection.execute(statement.text.encode())
        if not part.transactional:
            yield State.of(connection)
    if part.transactional:
        connection.execute("COMMIT")
        yield State.of(connection)
