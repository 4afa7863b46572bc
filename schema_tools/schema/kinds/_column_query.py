"""The query for columns."""

from __future__ import annotations

from schema_tools.schema.parts.fdw_options import options_sql

# PostgreSQL 18 keeps NOT NULL as rows of pg_constraint, whose names do not count: the server and
# Django derive them. Most say no more than the column does.
_NOT_NULL = """
       COALESCE(k.convalidated, true) AS not_null_validated,
       COALESCE(k.connoinherit, false) AS not_null_no_inherit,"""
_NOT_NULL_ROWS = """
  LEFT JOIN (SELECT o.conrelid, o.conkey[1] AS attnum, o.convalidated, o.connoinherit
               FROM pg_catalog.pg_constraint o
              WHERE o.contype = 'n' AND (o.connoinherit OR NOT o.convalidated) OFFSET 0) k
    ON k.conrelid = a.attrelid AND k.attnum = a.attnum"""

# OFFSET 0 has a set read once that would otherwise be looked into for every column.
#
# The sequence of an identity column is part of it; how far it has come is not. What a type's
# sequence has of itself goes without saying.
_QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS nullable,{not_null}
       CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
         AS default,
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       CASE WHEN s.seqrelid IS NOT NULL THEN pg_catalog.array_remove(ARRAY[
         CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
         CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE b.lowest END
              THEN 'MINVALUE ' || s.seqmin END,
         CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN -(b.lowest + 1) ELSE -1 END
              THEN 'MAXVALUE ' || s.seqmax END,
         CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END
              THEN 'START WITH ' || s.seqstart END,
         CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
         CASE WHEN s.seqcycle THEN 'CYCLE' END], NULL) END AS identity_options,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
         AS generated,
       CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generation,
       CASE WHEN a.attcollation <> t.typcollation
            THEN pg_catalog.quote_ident(ln.nspname) || '.' || pg_catalog.quote_ident(l.collname)
            END AS collation,
       CASE WHEN a.attstorage <> t.typstorage THEN {storage} END AS storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       NULLIF(a.attstattarget, -1) AS statistics,
       a.attoptions || CASE WHEN a.attfdwoptions IS NOT NULL THEN {foreign_options} END AS options,
       f.description AS comment,
       a.attnum AS position,
       a.attislocal AS local,
       h.parents AS inherited_from,
       c.relkind = 'f' AS of_foreign_table,
       CASE WHEN a.attgenerated <> '' THEN
         (SELECT pg_catalog.array_agg(o.attname::text ORDER BY o.attnum)
            FROM pg_catalog.pg_depend p
            JOIN pg_catalog.pg_attribute o ON o.attrelid = p.refobjid AND o.attnum = p.refobjsubid
           WHERE p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND p.objid = d.oid
             AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
             AND p.refobjid = a.attrelid AND p.refobjsubid <> a.attnum) END AS sources,
       {usual_storage} AS usual_storage
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace{not_null_rows}
  LEFT JOIN pg_catalog.pg_description f
    ON f.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND f.objoid = a.attrelid AND f.objsubid = a.attnum
  LEFT JOIN (SELECT i.refobjid, i.refobjsubid, q.*
               FROM pg_catalog.pg_sequence q
               JOIN pg_catalog.pg_depend i
                 ON i.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                AND i.objid = q.seqrelid AND i.deptype = 'i'
                AND i.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass OFFSET 0) s
    ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum
  LEFT JOIN (VALUES ('int2'::pg_catalog.regtype, (-32768)::bigint),
                    ('int4'::pg_catalog.regtype, (-2147483648)::bigint),
                    ('int8'::pg_catalog.regtype, (-9223372036854775808)::bigint))
            b (type, lowest) ON b.type = s.seqtypid
  LEFT JOIN (SELECT g.inhrelid, pa.attname,
                    pg_catalog.array_agg(g.inhparent::pg_catalog.regclass::text
                                         ORDER BY g.inhseqno) AS parents
               FROM pg_catalog.pg_inherits g
               JOIN pg_catalog.pg_class p ON p.oid = g.inhparent AND p.relkind IN ('r', 'p', 'f')
               JOIN pg_catalog.pg_attribute pa
                 ON pa.attrelid = p.oid AND pa.attnum > 0 AND NOT pa.attisdropped
              GROUP BY g.inhrelid, pa.attname) h
    ON a.attinhcount > 0 AND h.inhrelid = a.attrelid AND h.attname = a.attname
 WHERE a.attnum > 0
   AND NOT a.attisdropped
   AND c.relkind IN ('r', 'p', 'f')
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND c.oid NOT IN (SELECT e.objid FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                        AND e.deptype = 'e')
"""
_STORAGE = (
    "CASE {0} WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' "
    "WHEN 'x' THEN 'extended' END"
)


def query(version: int) -> str:
    """Return the query for a server's version."""
    named = version >= 180000
    return _QUERY.format(
        not_null=_NOT_NULL if named else "",
        not_null_rows=_NOT_NULL_ROWS if named else "",
        storage=_STORAGE.format("a.attstorage"),
        usual_storage=_STORAGE.format("t.typstorage"),
        foreign_options=options_sql("a.attfdwoptions"),
    )
