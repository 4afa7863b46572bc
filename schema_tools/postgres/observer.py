"""What a statement does to tables that others use: which it locks, and which it rewrites."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from schema_tools.history.migration import Statement
from schema_tools.schema.names import qualified

Connection = psycopg.Connection[Any]

# What the files may have put into the search path must not say what an operator means.
_TABLES = """
SELECT c.oid::pg_catalog.int8, n.nspname, c.relname,
       pg_catalog.pg_relation_filenode(c.oid)::pg_catalog.int8
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m,p}'::pg_catalog."char"[])
   AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog."char"
   AND n.nspname OPERATOR(pg_catalog.!~) '^(pg_|information_schema$)'
"""
_LOCKS = """
SELECT l.relation::pg_catalog.int8, l.mode
  FROM pg_catalog.pg_locks l
 WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
   AND l.locktype OPERATOR(pg_catalog.=) 'relation'::pg_catalog.text
   AND l.granted
"""
_SIZES = """
SELECT n.nspname, c.relname, pg_catalog.pg_total_relation_size(c.oid)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m}'::pg_catalog."char"[])
"""
# From the weakest to the strongest (PostgreSQL documentation, "Explicit Locking").
_MODES = {
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
_STRENGTH = {mode: strength for strength, mode in enumerate(_MODES)}


@dataclass(frozen=True, slots=True)
class TableLock:
    """A lock on a table, in the words of the documentation."""

    table: str
    mode: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What a statement did; only tables count that were there before the first one.

    ``locks`` are the strongest new ones on each table; a lock is held until the transaction ends,
    and not named again for a later statement. It is None where the locks were gone before anybody
    could look: the statement runs outside a transaction. ``rewritten`` are tables whose rows were
    written anew.
    """

    path: str
    statement: Statement
    milliseconds: float
    locks: tuple[TableLock, ...] | None
    rewritten: tuple[str, ...]


@dataclass(slots=True)
class Observer:
    """Looks at a connection before and after each statement that runs on it."""

    connection: Connection
    seen: list[Observation] = field(default_factory=list)
    _names: dict[int, str] = field(init=False)
    _files: dict[int, int | None] = field(init=False)
    _locks: Mapping[int, str] = field(default_factory=dict)
    _started: float = 0.0

    def __post_init__(self) -> None:
        rows = self.connection.execute(_TABLES).fetchall()
        self._names = {oid: qualified(schema, name) for oid, schema, name, _file in rows}
        self._files = {oid: file for oid, _schema, _name, file in rows}

    def before(self) -> None:
        """Begin with a statement."""
        self._locks = self._held()
        self._started = time.monotonic()

    def after(self, path: str, statement: Statement, *, in_transaction: bool) -> None:
        """Note what the statement did; ``in_transaction`` says that its locks are still held."""
        milliseconds = (time.monotonic() - self._started) * 1000
        files = {oid: file for oid, _, _, file in self.connection.execute(_TABLES).fetchall()}
        rewritten = sorted(
            self._names[oid] for oid, file in self._files.items() if files.get(oid, file) != file
        )
        self._files = {oid: files.get(oid, file) for oid, file in self._files.items()}
        locks = self._taken() if in_transaction else None
        self.seen.append(Observation(path, statement, milliseconds, locks, tuple(rewritten)))

    def _taken(self) -> tuple[TableLock, ...]:
        return tuple(
            sorted(
                (
                    TableLock(self._names[oid], _MODES[mode])
                    for oid, mode in self._held().items()
                    if self._locks.get(oid) != mode
                ),
                key=lambda lock: lock.table,
            )
        )

    def _held(self) -> Mapping[int, str]:
        """Return the strongest mode that is held on each table that was there before."""
        found: dict[int, str] = {}
        for oid, mode in self.connection.execute(_LOCKS).fetchall():
            known = oid in self._names and mode in _STRENGTH
            if known and _STRENGTH[mode] > _STRENGTH.get(found.get(oid, ""), -1):
                found[oid] = mode
        return found


def table_sizes(
    connection: Connection, tables: Iterable[str], *, seconds: float
) -> dict[str, int]:
    """Return how many bytes tables take, indexes and all; raises psycopg.Error.

    Looking at a size waits for whoever has locked the table: ``seconds`` at most.
    """
    wanted = set(tables)
    if not wanted:
        return {}
    limit = sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(round(seconds * 1000)))
    with connection.transaction():
        connection.execute(limit)
        rows = connection.execute(_SIZES).fetchall()
    sizes = {qualified(schema, name): size for schema, name, size in rows}
    return {name: size for name, size in sizes.items() if name in wanted}
