"""Read a database's catalog into a Schema: one query for each kind of object, one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Schema, SchemaObject

# What the server prints depends on these; with an empty search path every name has its schema.
_SETTINGS = """
SET LOCAL search_path = '';
SET LOCAL quote_all_identifiers = off;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, MDY';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL standard_conforming_strings = on
"""

_VIEWS = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname = ANY (%(schemas)s)
"""


def read_schema(
    connection: psycopg.Connection[Any], schemas: tuple[str, ...], *, runners: tuple[str, ...] = ()
) -> Schema:
    """Return all objects of these schemas as one moment shows them.

    ``runners`` are the roles that stand for whoever runs the migrations (``Kind.query``). Works
    with the privilege to CONNECT alone: the catalogs are readable by everybody. The connection
    must be in autocommit mode; inside a transaction, what it has done is seen.
    """
    version = connection.info.server_version
    parameters = {"schemas": list(schemas), "runners": list(runners)}
    objects: dict[Key, SchemaObject] = {}
    with _snapshot(connection), connection.cursor(row_factory=dict_row) as cursor:
        for kind in kinds().values():
            if version < kind.min_version:
                continue
            cursor.execute(kind.query_for(version).encode(), parameters)
            for row in cursor:
                found = kind.type(**row)
                objects[kind.key(found)] = found
    return Schema(objects, version)


def read_views(
    connection: psycopg.Connection[Any], schemas: tuple[str, ...]
) -> frozenset[tuple[str, str]]:
    """Return schema and name of each view, materialized view and foreign table."""
    rows = connection.execute(_VIEWS.encode(), {"schemas": list(schemas)}).fetchall()
    return frozenset((schema, name) for schema, name in rows)


@contextmanager
def _snapshot(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Read as of one moment; settings are as before afterwards, also in a caller's transaction."""
    outermost = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction(force_rollback=True):
        if outermost:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(_SETTINGS.encode())
        yield
