"""Read a database's catalog into a Schema: all kinds of object, in few queries, of one moment."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any

import psycopg
from psycopg import ClientCursor, IsolationLevel, errors
from psycopg.pq import TransactionStatus

from schema_tools.errors import SchemaChanging
from schema_tools.keys import Key
from schema_tools.postgres.catalog_mark import read_mark
from schema_tools.postgres.read_ahead import Lines, read_ahead
from schema_tools.postgres.schema_lines import Seen, objects_of, without_collection
from schema_tools.postgres.stillness import is_still, position
from schema_tools.postgres.trust import catalog_rows
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Kind, Schema, SchemaObject

Connection = psycopg.Connection[Any]

# What the server prints depends on these; with an empty search path every name has its schema.
# The last two are for speed: what was made a moment ago has no statistics, and plans by guess cost
# so much that the server would compile them and start workers, to no avail.
_SETTINGS = """
SELECT pg_catalog.set_config('client_encoding', 'UTF8', true),
       pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('quote_all_identifiers', 'off', true),
       pg_catalog.set_config('timezone', 'UTC', true),
       pg_catalog.set_config('datestyle', 'ISO, MDY', true),
       pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('extra_float_digits', '1', true),
       pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('standard_conforming_strings', 'on', true),
       pg_catalog.set_config('jit', 'off', true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)
"""
# One text for an object: the driver may be the one without C, where every value is dear. COPY
# sends each as soon as it is there, so that objects are made of some while the server works on.
_OF_A_KIND = """
SELECT '{0}' AS kind, pg_catalog.to_json(found)::pg_catalog.text AS text FROM ({1}) AS found
"""
# Always so many, be there objects of few kinds or of many.
_QUERIES = 4
_HIDDEN = """
SELECT h.what::pg_catalog.text, h.reason::pg_catalog.text FROM ({0}) AS h (what, reason)
"""
_VIEWS = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname = ANY (%(schemas)s)
"""

_SCHEMAS = """
SELECT n.nspname
  FROM pg_catalog.pg_namespace n
 WHERE n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                      AND d.objid = n.oid AND d.deptype = 'e')
 ORDER BY n.nspname
"""
_ROWS_AT_ONCE = 1000
# How long to wait before reading again what was changed meanwhile.
_PAUSES = (0.1, 0.3)
# A standby cancels a query that needs what its primary has cleaned up: the next one may do.
_CONFLICTS = (errors.SerializationFailure, errors.DeadlockDetected)
# How a definition is refused whose object is gone: "cache lookup failed", "could not open
# relation with OID …", or that it is not there.
_GONE = (
    errors.InternalError_,
    errors.UndefinedTable,
    errors.UndefinedObject,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
)


def read_schema(
    connection: Connection,
    schemas: tuple[str, ...],
    *,
    runners: tuple[str, ...] = (),
    only: frozenset[str] = frozenset(),
    seen: Seen | None = None,
    alone: bool = False,
) -> Schema:
    """Return all objects of these schemas as one moment shows them.

    ``runners`` are the roles that stand for whoever runs the migrations (``Kind.query``); ``only``
    names the kinds to read where not all are wanted, which takes a fraction of the time. Works
    with the privilege to CONNECT alone: the catalogs are readable by everybody. The connection
    must be in autocommit mode; inside a transaction, what it has done is seen. ``alone`` says
    that nobody else works in the database. Raises SchemaChanging where others change the schema
    again and again while it is read.
    """
    reading = _Reading(
        connection.info.server_version,
        {"schemas": list(schemas), "runners": list(runners)},
        Seen() if seen is None else seen,
        tuple(kind for name, kind in kinds().items() if not only or name in only),
    )
    if alone:
        with _snapshot(connection):
            return reading.read(connection)
    return _settled(connection, reading)


def read_deferred(
    connection: Connection,
    schemas: tuple[str, ...],
    *,
    runners: tuple[str, ...] = (),
    seen: Seen | None = None,
) -> Schema:
    """Return the same as ``read_schema``, but make objects once they are asked for.

    What the server says is kept as it is; ``digest`` stands for it.
    """
    reading = _Reading(
        connection.info.server_version,
        {"schemas": list(schemas), "runners": list(runners)},
        Seen() if seen is None else seen,
        tuple(kinds().values()),
        deferred=True,
    )
    return _settled(connection, reading)


def _settled(connection: Connection, reading: _Reading) -> Schema:
    found = _unless_written(connection, reading)
    for pause in _PAUSES:
        if found is None:
            time.sleep(pause)
            found = _unless_changed(connection, reading)
    if found is not None:
        return found
    raise SchemaChanging(
        "the schema is being changed at this moment: it was read "
        f"{len(_PAUSES) + 1} times, and each time somebody changed it meanwhile",
        hint="Run the command again when the migration, or whatever else changes it, is done.",
    )


def _unless_written(connection: Connection, reading: _Reading) -> Schema | None:
    """Return the same as ``_unless_changed``, in less time where nobody writes anything.

    What stays what it is need not be marked; and a snapshot can be marked when it was read.
    """
    since = position(connection)
    if not since:
        return _unless_changed(connection, reading)
    try:
        with _snapshot(connection):
            found = reading.read(connection)
            if is_still(connection, since):
                return found
            before = read_mark(connection)
    except (*_CONFLICTS, *_GONE) as error:
        if connection.closed:
            raise
        if not isinstance(error, _CONFLICTS) and is_still(connection, since):
            raise  # nobody else is to blame
        return None
    return found if read_mark(connection) == before else None


def _unless_changed(connection: Connection, reading: _Reading) -> Schema | None:
    """Return the schema, or None where somebody has changed it while it was read."""
    before = None
    try:
        with _snapshot(connection):
            before = read_mark(connection)
            found = reading.read(connection)
    except (*_CONFLICTS, *_GONE) as error:
        if connection.closed:
            raise
        if not isinstance(error, _CONFLICTS) and read_mark(connection) == before:
            raise  # nobody else is to blame
        return None
    return found if read_mark(connection) == before else None


def made_schemas(connection: Connection) -> tuple[str, ...]:
    """Return the names of all schemas but those of the server and of extensions."""
    return tuple(name for (name,) in catalog_rows(connection, _SCHEMAS))


def read_views(connection: Connection, schemas: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Return schema and name of each view, materialized view and foreign table."""
    rows = catalog_rows(connection, _VIEWS, {"schemas": list(schemas)})
    return frozenset((schema, name) for schema, name in rows)


@contextmanager
def _snapshot(connection: Connection) -> Iterator[None]:
    """Read as of one moment; settings are as before afterwards, also in a caller's transaction."""
    kept = connection.isolation_level, connection.read_only
    outermost = connection.info.transaction_status == TransactionStatus.IDLE
    if outermost:
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(_SETTINGS.encode())
            yield
    finally:
        if outermost and not connection.closed:
            connection.isolation_level, connection.read_only = kept


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is asked of a server, once or several times."""

    version: int
    parameters: dict[str, list[str]]
    seen: Seen
    kinds: tuple[Kind, ...]
    deferred: bool = False

    def read(self, connection: Connection) -> Schema:
        """Run the queries in the transaction that is open."""
        there = self._there(connection)
        lines = self._lines(connection, there)
        if not self.deferred:
            with read_ahead(lines, connection.cancel) as received:
                found = self._schema(received)
            return replace(found, not_seen=self._not_seen(connection, there))
        kept = sorted(lines)
        not_seen = self._not_seen(connection, there)
        digest = blake2b(repr((self.version, not_seen)).encode())
        for line in kept:
            digest.update(line)
        return Schema.deferred(
            partial(self._schema, kept),
            digest.hexdigest(),
            server_version=self.version,
            not_seen=not_seen,
        )

    def _lines(self, connection: Connection, there: Sequence[Kind]) -> Lines:
        """Yield the objects as the server writes them, each as soon as it is there."""
        with ClientCursor(connection) as cursor:
            for query in self._queries(there):
                bound = cursor.mogrify(query, self.parameters)
                with cursor.copy(f"COPY ({bound}) TO STDOUT".encode()) as copy:
                    yield from map(bytes, copy)

    def _schema(self, lines: Iterable[bytes]) -> Schema:
        objects: dict[Key, SchemaObject] = {}
        coming = iter(lines)
        with without_collection():
            while some := [*islice(coming, _ROWS_AT_ONCE)]:
                objects.update(objects_of(some, self.seen))
        inherited = {
            key: each for key, each in objects.items() if getattr(each, "inherited", False)
        }
        for key in inherited:
            del objects[key]
        return Schema(objects, self.version, inherited=inherited)

    def _there(self, connection: Connection) -> list[Kind]:
        """Return the kinds of which there may be objects."""
        known = [kind for kind in self.kinds if self.version >= kind.min_version]
        tests = [f"EXISTS ({kind.among})" if kind.among else "true" for kind in known]
        found = connection.execute(f"SELECT {', '.join(tests)}".encode()).fetchone() or ()
        return [kind for kind, there in zip(known, found, strict=True) if there]

    def _queries(self, there: Sequence[Kind]) -> Iterator[str]:
        """Yield the kinds' queries, several in one: a server is asked 40 times at most."""
        parts = [_OF_A_KIND.format(kind.name, kind.query_for(self.version)) for kind in there]
        ends = [len(parts) * number // _QUERIES for number in range(_QUERIES + 1)]
        for start, end in itertools.pairwise(sorted({*ends})):
            yield "UNION ALL".join(parts[start:end])

    def _not_seen(
        self, connection: Connection, there: Iterable[Kind]
    ) -> tuple[tuple[str, str], ...]:
        """Return what the role is not let see, and why; of all kinds with one query."""
        queries = [_HIDDEN.format(kind.hidden) for kind in there if kind.hidden]
        if not queries:
            return ()
        query = "\nUNION ALL\n".join(queries)
        return tuple(connection.execute(query.encode(), self.parameters).fetchall())
