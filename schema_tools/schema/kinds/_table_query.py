"""The query for tables."""

from __future__ import annotations

# The tablespace is left out: it is the server's, and a scratch server has another.
QUERY = """
SELECT n.nspname AS schema,
       c.relname AS name,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
       pg_catalog.pg_get_partkeydef(c.oid) AS partition_key,
       CASE WHEN c.relispartition THEN h.parents[1] END AS partition_of,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       COALESCE(h.detach_pending, false) AS detach_pending,
       CASE WHEN NOT c.relispartition THEN h.parents END AS inherits,
       CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type,
       NULLIF(m.amname, 'heap') AS access_method,
       c.reloptions AS options,
       s.reloptions AS toast_options,
       c.relrowsecurity AS row_security,
       c.relforcerowsecurity AS force_row_security,
       CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'f' THEN 'full'
            WHEN 'i' THEN COALESCE('index ' || ri.relname, 'nothing') ELSE 'nothing' END
         AS replica_identity,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment,
       c.relhassubclass AS has_children
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
  LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
  LEFT JOIN pg_catalog.pg_class s ON s.oid = c.reltoastrelid
  LEFT JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisreplident
  LEFT JOIN pg_catalog.pg_class ri ON ri.oid = x.indexrelid
  LEFT JOIN (SELECT i.inhrelid,
                    pg_catalog.array_agg(i.inhparent::pg_catalog.regclass::text
                                         ORDER BY i.inhseqno) AS parents,
                    pg_catalog.bool_or(i.inhdetachpending) AS detach_pending
               FROM pg_catalog.pg_inherits i
               JOIN pg_catalog.pg_class p ON p.oid = i.inhparent AND p.relkind IN ('r', 'p', 'f')
              GROUP BY i.inhrelid) h ON h.inhrelid = c.oid
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.relkind IN ('r', 'p')
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND c.oid NOT IN (SELECT e.objid FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                        AND e.deptype = 'e')
"""
