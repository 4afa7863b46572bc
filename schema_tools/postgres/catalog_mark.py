"""A mark of the catalogs: two equal marks say that no schema was changed between them.

The functions that print definitions (``pg_get_constraintdef`` and its like) read the catalogs as
they are now, whatever the snapshot of the transaction. What they print belongs to the rows beside
it only where nothing has changed meanwhile.

A change writes a new row version, whose ``xmin`` is that of its transaction. Temporary objects,
statistics, VACUUM, ANALYZE, TRUNCATE and REFRESH MATERIALIZED VIEW leave the mark as it is: of
tables and indexes the columns are marked that describe them, not the row version.
"""

from __future__ import annotations

from typing import Any

import psycopg

from schema_tools.postgres.trust import catalog_rows

Mark = tuple[tuple[Any, ...], ...]

# Catalogs of which every row counts: nothing in them is temporary.
_WHOLE = (
    "pg_aggregate pg_cast pg_collation pg_conversion pg_db_role_setting pg_default_acl pg_enum "
    "pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table "
    "pg_language pg_opclass pg_operator pg_opfamily pg_partitioned_table pg_publication "
    "pg_publication_namespace pg_publication_rel pg_range pg_transform pg_ts_config "
    "pg_ts_config_map pg_ts_dict"
).split()
# Those whose rows belong to a relation, or to a schema, with the column that says to which.
_OF_RELATIONS = {
    "pg_attrdef": "adrelid",
    "pg_attribute": "attrelid",
    "pg_description": "objoid",
    "pg_index": "indrelid",
    "pg_inherits": "inhrelid",
    "pg_policy": "polrelid",
    "pg_rewrite": "ev_class",
    "pg_sequence": "seqrelid",
    "pg_trigger": "tgrelid",
}
_OF_SCHEMAS = {
    "pg_constraint": "connamespace",
    "pg_namespace": "oid",
    "pg_proc": "pronamespace",
    "pg_statistic_ext": "stxnamespace",
    "pg_type": "typnamespace",
}
_VERSIONS = """
SELECT pg_catalog.count(*),
       pg_catalog.sum(m.xmin::pg_catalog.text::pg_catalog.int8)
  FROM pg_catalog.{0} m WHERE {1}
"""
# A table's values that do not fit into its rows are in a table of their own, which REFRESH makes
# anew: it is no part of the schema.
_HEAD = """
WITH passing_schemas AS MATERIALIZED (
  SELECT n.oid FROM pg_catalog.pg_namespace n
   WHERE n.nspname = 'pg_toast' OR n.nspname ~ '^pg_(toast_)?temp_'
), passing_relations AS MATERIALIZED (
  SELECT c.oid FROM pg_catalog.pg_class c
   WHERE c.relnamespace IN (SELECT p.oid FROM passing_schemas p)
)
"""
_LASTING = "m.{0} NOT IN (SELECT p.oid FROM {1} p)"
_WITHOUT_FILES = (
    f"m.relkind IN ('S', 'v', 'c', 'f') AND {_LASTING.format('relnamespace', 'passing_schemas')}"
)
# Rows that TRUNCATE, REFRESH, CLUSTER and the like write anew, marked by what they say. A table
# that is renamed to and fro leaves its trace in pg_type.
_WITH_FILES = """
SELECT pg_catalog.count(*),
       pg_catalog.sum(pg_catalog.hash_record_extended(ROW(
         c.oid, c.relname, c.relnamespace, c.relowner, c.relam, c.reltablespace, c.relkind,
         c.relpersistence, c.relnatts, c.relchecks, c.relrowsecurity, c.relforcerowsecurity,
         c.relispopulated, c.relreplident, c.relispartition, c.reloptions, c.relacl,
         c.relpartbound::pg_catalog.text), 0))
  FROM pg_catalog.pg_class c
 WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I')
   AND c.relnamespace NOT IN (SELECT p.oid FROM passing_schemas p)
"""
_OF_EXTENSIONS = """
SELECT pg_catalog.count(*), pg_catalog.sum(d.xmin::pg_catalog.text::pg_catalog.int8)
  FROM pg_catalog.pg_depend d
 WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
"""
_OWNED_SEQUENCES = """
SELECT pg_catalog.count(*), pg_catalog.sum(d.xmin::pg_catalog.text::pg_catalog.int8)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND d.deptype IN ('a', 'i')
"""
# Of pg_authid only this view may be read by everybody.
_ROLES = """
SELECT pg_catalog.count(*),
       pg_catalog.sum(pg_catalog.hash_record_extended(ROW(r.oid, r.rolname), 0))
  FROM pg_catalog.pg_roles r
"""


def _query() -> str:
    parts = [_VERSIONS.format(name, "true") for name in _WHOLE]
    for catalogs, passing in ((_OF_RELATIONS, "relations"), (_OF_SCHEMAS, "schemas")):
        parts += [
            _VERSIONS.format(name, _LASTING.format(column, f"passing_{passing}"))
            for name, column in catalogs.items()
        ]
    parts.append(_VERSIONS.format("pg_class", _WITHOUT_FILES))
    parts += [_WITH_FILES, _OF_EXTENSIONS, _OWNED_SEQUENCES, _ROLES]
    return _HEAD + "UNION ALL".join(parts)


_QUERY = _query()


def read_mark(connection: psycopg.Connection[Any]) -> Mark:
    """Return the mark of what the connection sees now, or in its snapshot.

    Sorted, since a server is free to run the parts side by side; numbers only, since a session's
    encoding would tell in names.
    """
    return tuple(sorted(catalog_rows(connection, _QUERY), key=repr))
