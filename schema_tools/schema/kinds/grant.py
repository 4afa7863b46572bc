"""Privileges of roles on objects, where they are others than the object has by itself.

There is one object for each grantee of each thing, and one more for each column with privileges
of its own. The role that runs the migrations is called ``CURRENT_USER``, which is also how a
statement names it. Who granted a privilege is not compared: that follows from who owns the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, column_key
from schema_tools.schema.parts.name_free import in_this_database, percent_doubled
from schema_tools.schema.parts.privileges import grants, revokes

# What has no privileges stated (a NULL) has the built-in ones, and so has no difference; the
# schema public comes with USAGE for everybody. What belongs to an extension is held against what
# that gave it (pg_init_privs). A sequence is no table here; large objects, and what belongs to the
# whole server, are left out.
QUERY = """
WITH granted AS (
  SELECT c.tableoid AS class, c.oid AS object, 0 AS part, c.relacl AS acl,
         pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)
           AS usual,
         n.nspname::text AS schema,
         CASE WHEN c.relkind <> 'S' THEN c.relname::text ELSE '' END AS table,
         NULL::text AS column,
         CASE WHEN c.relkind = 'S' THEN 'sequence ' || c.relname || ' to ' ELSE '' END AS head,
         CASE WHEN c.relkind = 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END
           || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
           AS target,
         CASE WHEN c.relkind = 'S' THEN 'sequence' ELSE '' END AS on_kind,
         c.relname::text AS on_name,
         CASE WHEN a.attname IS NOT NULL THEN ARRAY[tn.nspname, t.relname, a.attname]::text[] END
           AS owning_column
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_depend o
      ON c.relkind = 'S' AND o.classid = c.tableoid AND o.objid = c.oid
     AND o.refclassid = c.tableoid AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
    LEFT JOIN pg_catalog.pg_class t ON t.oid = o.refobjid
    LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
   WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
     AND c.relpersistence <> 't' AND n.nspname = ANY (%(schemas)s)
  UNION ALL
  SELECT c.tableoid, c.oid, a.attnum, a.attacl, pg_catalog.acldefault('c', c.relowner), n.nspname,
         c.relname, a.attname, '',
         'TABLE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
         '', c.relname, NULL
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
     AND c.relpersistence <> 't' AND n.nspname = ANY (%(schemas)s)
  UNION ALL
  SELECT p.tableoid, p.oid, 0, p.proacl, pg_catalog.acldefault('f', p.proowner), n.nspname, '',
         NULL, w.word || ' ' || p.proname || w.arguments || ' to ',
         CASE w.word WHEN 'procedure' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END
           || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname)
           || w.arguments,
         w.word, p.proname || w.arguments, NULL
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
   CROSS JOIN LATERAL (
         SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
                               ELSE 'function' END AS word,
                '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' AS arguments) w
   WHERE p.proacl IS NOT NULL AND n.nspname = ANY (%(schemas)s)
  UNION ALL
  SELECT t.tableoid, t.oid, 0, t.typacl, pg_catalog.acldefault('T', t.typowner), n.nspname, '',
         NULL, 'type ' || t.typname || ' to ',
         'TYPE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname),
         'type', t.typname, NULL
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typacl IS NOT NULL AND n.nspname = ANY (%(schemas)s)
  UNION ALL
  SELECT n.tableoid, n.oid, 0, COALESCE(n.nspacl, u.usual),
         CASE n.nspname
           WHEN 'public' THEN u.usual || pg_catalog.makeaclitem(0, n.nspowner, 'USAGE', false)
           ELSE u.usual END,
         '', '', NULL, 'schema ' || n.nspname || ' to ',
         'SCHEMA ' || pg_catalog.quote_ident(n.nspname), 'schema', n.nspname, NULL
    FROM pg_catalog.pg_namespace n
   CROSS JOIN LATERAL (SELECT pg_catalog.acldefault('n', n.nspowner) AS usual) u
   WHERE (n.nspacl IS NOT NULL OR n.nspname = 'public') AND n.nspname = ANY (%(schemas)s)
  UNION ALL
  SELECT d.tableoid, d.oid, 0, d.datacl, pg_catalog.acldefault('d', d.datdba), '', '', NULL,
         'database to ', 'DATABASE', '', '', NULL
    FROM pg_catalog.pg_database d
   WHERE d.datacl IS NOT NULL AND d.datname = pg_catalog.current_database()
  UNION ALL
  SELECT l.tableoid, l.oid, 0, l.lanacl, pg_catalog.acldefault('l', l.lanowner), '', '', NULL,
         'language ' || l.lanname || ' to ', 'LANGUAGE ' || pg_catalog.quote_ident(l.lanname),
         'language', l.lanname, NULL
    FROM pg_catalog.pg_language l
   WHERE l.lanacl IS NOT NULL
  UNION ALL
  SELECT w.tableoid, w.oid, 0, w.fdwacl, pg_catalog.acldefault('F', w.fdwowner), '', '', NULL,
         'foreign data wrapper ' || w.fdwname || ' to ',
         'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname),
         'foreign_data_wrapper', w.fdwname, NULL
    FROM pg_catalog.pg_foreign_data_wrapper w
   WHERE w.fdwacl IS NOT NULL
  UNION ALL
  SELECT s.tableoid, s.oid, 0, s.srvacl, pg_catalog.acldefault('S', s.srvowner), '', '', NULL,
         'foreign server ' || s.srvname || ' to ',
         'FOREIGN SERVER ' || pg_catalog.quote_ident(s.srvname), 'foreign_server', s.srvname,
         NULL
    FROM pg_catalog.pg_foreign_server s
   WHERE s.srvacl IS NOT NULL
),
entry AS (
  SELECT g.class, g.object, g.part, e.is_there,
         CASE WHEN x.grantee = 0 THEN 'PUBLIC'
              WHEN pg_catalog.pg_get_userbyid(x.grantee) = ANY (%(runners)s) THEN 'CURRENT_USER'
              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END AS grantee,
         x.privilege_type || CASE WHEN pg_catalog.bool_or(x.is_grantable)
                                  THEN ' WITH GRANT OPTION' ELSE '' END AS privilege
    FROM granted g
    LEFT JOIN pg_catalog.pg_init_privs i
      ON i.classoid = g.class AND i.objoid = g.object AND i.objsubid = g.part
     AND i.privtype = 'e'
   CROSS JOIN LATERAL (VALUES (true, g.acl), (false, COALESCE(i.initprivs, g.usual)))
              AS e (is_there, acl)
   CROSS JOIN LATERAL pg_catalog.aclexplode(e.acl) x
   GROUP BY 1, 2, 3, 4, 5, x.privilege_type
),
difference AS (
  SELECT e.class, e.object, e.part, e.grantee,
         pg_catalog.array_agg(e.privilege ORDER BY e.privilege) FILTER (WHERE e.is_there)
           AS privileges,
         pg_catalog.array_agg(e.privilege ORDER BY e.privilege) FILTER (WHERE NOT e.is_there)
           AS usual
    FROM entry e
   GROUP BY 1, 2, 3, 4
)
SELECT g.schema,
       g.table,
       g.head || d.grantee || COALESCE(' (' || g.column || ')', '') AS name,
       d.privileges,
       d.usual,
       d.grantee,
       g.target,
       CASE WHEN g.column IS NOT NULL THEN ARRAY[g.column] END AS columns,
       g.on_kind,
       g.on_name,
       g.owning_column
  FROM difference d
  JOIN granted g ON (g.class, g.object, g.part) = (d.class, d.object, d.part)
 WHERE d.privileges IS DISTINCT FROM d.usual
"""
# What a GRANT ON TYPE may be about.
_TYPES = ("enum", "domain", "composite", "range")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(SchemaObject):
    """What a role may do with an object; ``privileges`` are words such as ``SELECT``.

    ``usual`` are those that the grantee has where nobody granted or revoked anything: EXECUTE for
    PUBLIC on a function, all for the owner. ``target`` is the object as GRANT names it.
    """

    privileges: tuple[str, ...] = ()
    # These are told by the key, or the same for every object of its kind.
    usual: tuple[str, ...] = field(default=(), compare=False)
    grantee: str = field(default="", compare=False)
    target: str = field(default="", compare=False)
    columns: tuple[str, ...] = field(default=(), compare=False)
    on_kind: str = field(default="", compare=False)
    on_name: str = field(default="", compare=False)
    # That of a sequence, as the parts of its key.
    owning_column: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name in ("privileges", "usual", "columns", "owning_column"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def describe(found: Grant) -> str:
    """Return the privileges with the grantee: ``SELECT, UPDATE to reader``."""
    if not found.privileges:
        return f"no privileges for {found.grantee}"
    return f"{', '.join(found.privileges)} to {found.grantee}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft the GRANT and REVOKE of what differs."""
    old, new = change.before, change.after
    found = new or old
    if not isinstance(found, Grant):
        return Draft(())
    before = old.privileges if isinstance(old, Grant) else found.usual
    after = new.privileges if isinstance(new, Grant) else found.usual
    columns = f"({', '.join(map(quoted, found.columns))})" if found.columns else ""
    here = found.target == "DATABASE"
    on = "DATABASE %I" if here else found.target
    grantee = percent_doubled(found.grantee) if here else found.grantee
    statements = (
        *revokes(before, after, on, grantee, columns=columns),
        *grants(before, after, on, grantee, columns=columns),
    )
    return Draft(tuple(map(in_this_database, statements)) if here else statements)


def _needs(found: Grant, _schema: Schema) -> Iterator[Key]:
    """A REVOKE on a table takes the same privileges on its columns, which must come after it."""
    if found.columns:
        yield Key("grant", found.schema, found.table, found.grantee)
    elif found.on_kind == "type":
        for kind in _TYPES:
            yield Key(kind, found.schema, "", found.on_name)


def _belongs(found: Grant) -> Key | None:
    if not found.on_kind:
        return None
    if found.owning_column:
        return column_key(*found.owning_column)
    if found.on_kind == "schema":
        return Key("schema", "", "", found.on_name)
    return Key(found.on_kind, found.schema, "", found.on_name)


def _takes_away(change: Change) -> bool:
    old, new = change.before, change.after
    if not isinstance(old, Grant) or not isinstance(new, Grant) or old.columns:
        return False
    return any(revokes(old.privileges, new.privileges, "", ""))


def _severity(found: Grant, aspect: str) -> Severity:
    """The server itself grants on the schema public, in ways that changed with its versions."""
    if aspect == "extra":
        is_public = found.on_kind == "schema" and found.on_name == "public"
        return Severity.INFO if is_public else Severity.WARNING
    return Severity.CRITICAL


KIND = Kind(
    name="grant",
    type=Grant,
    query=QUERY,
    draft=draft,
    describe=describe,
    after=("table", "column"),
    needs=_needs,
    belongs=_belongs,
    in_the_way=_takes_away,
    severity_of=_severity,
)
