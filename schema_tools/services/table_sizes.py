"""Which tables of the live database have rows, as far as can be seen without reading any."""

from __future__ import annotations

import psycopg

from schema_tools.errors import SchemaToolsError
from schema_tools.keys import Key
from schema_tools.postgres.session import connect
from schema_tools.postgres.trust import catalog_rows
from schema_tools.schema.objects import table_key

# A file of no bytes holds no row; a table that was emptied by DELETE keeps its size.
_WITH_ROWS = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0
"""


def tables_with_rows(alias: str) -> frozenset[Key] | None:
    """Return the tables that may have rows; None where the database cannot be asked."""
    try:
        with connect(alias) as connection:
            rows = catalog_rows(connection, _WITH_ROWS)
    except (psycopg.Error, SchemaToolsError):
        return None
    return frozenset(table_key(schema, name) for schema, name in rows)
