"""The query for constraints."""

from __future__ import annotations

from schema_tools.schema.parts.reloptions import PRINTED

_ACTION = (
    "CASE {0} WHEN 'c' THEN 'cascade' WHEN 'r' THEN 'restrict' "
    "WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' ELSE 'no action' END"
)
# Columns named by an array of their numbers, in its order; most constraints have one, which a join
# has found.
_NAMES = """CASE WHEN pg_catalog.cardinality({numbers}) = 1 THEN ARRAY[{only}.attname::text]
            WHEN {numbers} IS NOT NULL THEN ARRAY(
              SELECT a.attname::text FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = {of} AND a.attnum = ANY ({numbers})
               ORDER BY pg_catalog.array_position({numbers}, a.attnum)) END"""
_SET_COLUMNS = """CASE WHEN k.confdelsetcols IS NOT NULL THEN (
              SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', '
                       ORDER BY pg_catalog.array_position(k.confdelsetcols, a.attnum))
                FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.confdelsetcols)) END"""

# What stands at the end of pg_get_constraintdef and has a field of its own is cut off by its
# length, since a pattern could be met by a name. The storage parameters of an exclusion stand
# before its predicate. OFFSET 0 keeps what is called once, and used several times, from being
# called as often.
#
# NOT NULL (contype 'n' since PostgreSQL 18) is the column's. Rows for the partitions of the table
# that a foreign key points to belong to the key (conparentid of the same table).
_QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       k.conname AS name,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique'
                      WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' ELSE 'exclusion' END
         AS type,
       CASE WHEN k.contype = 'c'
            THEN 'CHECK (' || pg_catalog.pg_get_expr(k.conbin, k.conrelid) || ')'
            ELSE pg_catalog.left(d.text, d.length - d.inside) || pg_catalog.right(
                   pg_catalog.left(d.text, d.length), d.inside - d.options) END AS definition,
       {columns} AS columns,
       CASE WHEN k.contype = 'f' THEN k.confrelid::pg_catalog.regclass::text END AS references,
       {referred} AS referred_columns,
       f.on_delete,
       f.on_update,
       k.condeferrable AS deferrable,
       k.condeferred AS initially_deferred,
       k.convalidated OR NOT {enforced} AS validated,
       {enforced} AS enforced,
       k.contype = 'c' AND k.connoinherit AS no_inherit,
       x.indisvalid IS NOT FALSE AS valid,
       i.reloptions AS options,
       CASE WHEN k.contype = 'x' THEN (
         SELECT pg_catalog.array_agg('column ' || a.attnum || ': ' || a.attstattarget
                                     ORDER BY a.attnum)
           FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = i.oid AND a.attstattarget >= 0) END AS statistics,
       COALESCE(x.indisclustered, false) AS clustered,
       ik.description AS index_comment,
       kk.description AS comment,
       k.conparentid <> 0 OR k.coninhcount > 0 AS inherited,
       k.conislocal AS local,
       c.relkind = 'p' AS partitioned
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  LEFT JOIN pg_catalog.pg_constraint o ON o.oid = k.conparentid
  LEFT JOIN pg_catalog.pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = k.conkey[1]
  LEFT JOIN pg_catalog.pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = k.confkey[1]
  LEFT JOIN pg_catalog.pg_description kk
    ON kk.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
   AND kk.objoid = k.oid AND kk.objsubid = 0
  LEFT JOIN pg_catalog.pg_description ik
    ON ik.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND ik.objoid = i.oid AND ik.objsubid = 0
 CROSS JOIN LATERAL (
       SELECT CASE WHEN k.contype = 'f' THEN {on_update} END AS on_update,
              CASE WHEN k.contype = 'f'
                   THEN {on_delete} || COALESCE(' (' || {set_columns} || ')', '') END
                AS on_delete) f
 CROSS JOIN LATERAL (
       SELECT t.text,
              pg_catalog.length(t.text) - pg_catalog.length(
                COALESCE(' ON UPDATE ' || NULLIF(f.on_update, 'no action'), '')
                || COALESCE(' ON DELETE ' || NULLIF(f.on_delete, 'no action'), '')
                || CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END
                || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
                || CASE WHEN NOT {enforced} THEN ' NOT ENFORCED'
                        WHEN NOT k.convalidated THEN ' NOT VALID' ELSE '' END) AS length,
              CASE WHEN p.options <> '' THEN pg_catalog.length(p.options || p.predicate) ELSE 0 END
                AS inside,
              pg_catalog.length(p.options) AS options
         FROM (SELECT CASE WHEN k.contype <> 'c' THEN pg_catalog.pg_get_constraintdef(k.oid) END
                        AS text OFFSET 0) t,
              (SELECT CASE WHEN k.contype = 'x' THEN COALESCE({printed}, '') ELSE '' END
                        AS options,
                      CASE WHEN k.contype = 'x' THEN COALESCE(
                        ' WHERE (' || pg_catalog.pg_get_expr(x.indpred, x.indrelid) || ')', '')
                        ELSE '' END AS predicate OFFSET 0) p) d
 WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
   AND o.conrelid IS DISTINCT FROM k.conrelid
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND c.oid NOT IN (SELECT e.objid FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                        AND e.deptype = 'e')
"""


def query(version: int) -> str:
    """Return the query for a server's version."""
    return _QUERY.format(
        columns=_NAMES.format(numbers="k.conkey", of="k.conrelid", only="ca"),
        referred=_NAMES.format(numbers="k.confkey", of="k.confrelid", only="ra"),
        set_columns=_SET_COLUMNS,
        on_update=_ACTION.format("k.confupdtype"),
        on_delete=_ACTION.format("k.confdeltype"),
        enforced="k.conenforced" if version >= 180000 else "true",
        printed=PRINTED,
    )
