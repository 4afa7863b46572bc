"""Indexes, but for those that a constraint owns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.expressions import normal_form
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import (
    Change,
    Draft,
    Kind,
    Schema,
    SchemaObject,
    expression,
    flag,
    table_key,
)
from schema_tools.schema.parts import index_settings
from schema_tools.schema.parts.owner_and_comment import owner_and_comment
from schema_tools.schema.parts.reloptions import PRINTED, with_clause

# What stands before the columns in pg_get_indexdef, and what after them, has fields of its own and
# is cut off by its length, since a pattern could be met by a name. An index that a partition has
# from its table's belongs to that one. OFFSET 0 keeps what is called once, and used several times,
# from being called as often.
_QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       i.relname AS name,
       x.indisunique AS unique,
       m.amname AS method,
       CASE WHEN d.plain THEN '(' || pg_catalog.quote_ident(ca.attname) || ')' ELSE
       pg_catalog.substr(d.text, 1 + pg_catalog.length(d.head),
                         pg_catalog.length(d.text) - pg_catalog.length(d.head)
                         - pg_catalog.length(d.options)
                         - pg_catalog.length(COALESCE(' WHERE ' || d.predicate, ''))) END AS keys,
       d.predicate AS predicate,
       x.indisvalid AND x.indisready AS valid,
       i.reloptions AS options,
       CASE WHEN x.indexprs IS NOT NULL THEN (
         SELECT pg_catalog.array_agg('column ' || a.attnum || ': ' || a.attstattarget
                                     ORDER BY a.attnum)
           FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = i.oid AND a.attstattarget >= 0) END AS statistics,
       x.indisclustered AS clustered,
       CASE WHEN x.indnatts = 1 AND x.indexprs IS NULL AND x.indpred IS NULL
            THEN ARRAY[ca.attname::text] ELSE (
        SELECT pg_catalog.array_agg(DISTINCT a.attname::text)
          FROM pg_catalog.pg_depend p
          JOIN pg_catalog.pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
         WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objid = i.oid
           AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND p.refobjid = c.oid) END AS columns,
       k.description AS comment,
       i.relispartition AS inherited,
       i.relkind = 'I' AS partitioned
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_am m ON m.oid = i.relam
  LEFT JOIN pg_catalog.pg_attribute ca ON ca.attrelid = x.indrelid AND ca.attnum = x.indkey[0]
  LEFT JOIN pg_catalog.pg_opclass oc ON oc.oid = x.indclass[0]
  LEFT JOIN pg_catalog.pg_description k
    ON k.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND k.objoid = i.oid AND k.objsubid = 0
  LEFT JOIN pg_catalog.pg_constraint o
    ON o.conindid = i.oid AND o.contype IN ('p', 'u', 'x')
 CROSS JOIN LATERAL (
       SELECT p.plain,
              CASE WHEN o.oid IS NULL AND NOT p.plain THEN pg_catalog.pg_get_indexdef(i.oid) END
                AS text,
              CASE WHEN x.indpred IS NOT NULL
                   THEN pg_catalog.pg_get_expr(x.indpred, x.indrelid) END AS predicate,
              CASE WHEN i.reloptions IS NULL THEN '' ELSE {printed} END AS options,
              CASE WHEN x.indisunique THEN 'CREATE UNIQUE INDEX ' ELSE 'CREATE INDEX ' END
                || pg_catalog.quote_ident(i.relname)
                || CASE WHEN i.relkind = 'I' THEN ' ON ONLY ' ELSE ' ON ' END
                || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
                || ' USING ' || pg_catalog.quote_ident(m.amname) || ' ' AS head
         FROM (SELECT {plain} AS plain OFFSET 0) p
       OFFSET 0) d
 WHERE n.nspname = ANY (%(schemas)s)
   AND c.relkind IN ('r', 'p', 'm')
   AND c.relpersistence <> 't'
   AND o.oid IS NULL
   AND c.oid NOT IN (SELECT e.objid FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                        AND e.deptype = 'e')
   AND i.oid NOT IN (SELECT e.objid FROM pg_catalog.pg_depend e
                      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                        AND e.deptype = 'e')
"""
# One column of a B-tree, all else as it is by default: what is printed is its name, and to know
# that pg_get_indexdef looks through all operator classes. Half of all indexes are like that.
_PLAIN = """
  x.indnatts = 1 AND x.indexprs IS NULL AND x.indpred IS NULL AND x.indoption[0] = 0
  AND m.amname = 'btree' AND i.reloptions IS NULL AND NOT x.indnullsnotdistinct
  AND x.indcollation[0] = ca.attcollation AND oc.oid < 16384 AND oc.opcdefault
  AND (oc.opcintype = ca.atttypid OR oc.opcintype = 'text'::pg_catalog.regtype
                                     AND ca.atttypid = 'varchar'::pg_catalog.regtype)
"""
QUERY = _QUERY.format(printed=PRINTED, plain=_PLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(SchemaObject):
    """An index of a table or a materialized view.

    ``keys`` is what follows the method: columns, collations, operator classes, INCLUDE, NULLS NOT
    DISTINCT. ``statistics`` holds the targets of its expressions: ``column 2: 500``.
    """

    unique: bool = flag("unique", "not unique", default=False)
    method: str
    keys: str | None = expression()
    predicate: str | None = expression()
    valid: bool = flag("valid", "invalid", default=True)
    options: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    clustered: bool = flag("used by CLUSTER", "not used by CLUSTER", default=False)
    comment: str | None = None
    # All that keys and predicate are made of: without one of these columns it cannot be.
    columns: tuple[str, ...] = field(default=(), compare=False)
    # Whether it comes from a partitioned table's: such a one is not compared (Schema.inherited).
    inherited: bool = field(default=False, compare=False)
    # Told by the table.
    partitioned: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("columns", "statistics"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))
        object.__setattr__(self, "options", tuple(sorted(self.options or ())))


def definition(found: Index) -> str:
    """Return the CREATE INDEX statement."""
    unique = "UNIQUE " if found.unique else ""
    # Without the indexes of its partitions that of a partitioned table is not valid.
    only = "ONLY " if found.partitioned and not found.valid else ""
    table = qualified(found.schema, found.table)
    where = f" WHERE {found.predicate}" if found.predicate is not None else ""
    return (
        f"CREATE {unique}INDEX {quoted(found.name)} ON {only}{table} "
        f"USING {quoted(found.method)} {found.keys}{with_clause(found.options)}{where}"
    )


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE INDEX, DROP INDEX, or the alterations of what it is not made of."""
    key, before, after = change.key, change.before, change.after
    name = qualified(key.schema, key.name)
    if not isinstance(after, Index):
        return Draft((f"DROP INDEX {name}",))
    comment = owner_and_comment(f"INDEX {name}", change)
    if not isinstance(before, Index):
        table_is_new = table_key(key.schema, key.table) not in before_schema
        return Draft(
            (definition(after), *index_settings.settle(key, None, after, after_schema), *comment),
            caution="" if table_is_new else _BLOCKS,
            afterwards=index_settings.identify_rows(key, after_schema),
        )
    settled = (*index_settings.settle(key, before, after, after_schema), *comment)
    if "valid" not in change.aspects:
        return Draft(settled)
    if after.valid:
        return Draft((f"REINDEX INDEX {name}", *settled), caution=_BLOCKS)
    return Draft(settled, safe=False, caution=f"{name} is invalid; that is nothing to be made.")


_BLOCKS = "On a large table add the word CONCURRENTLY, and run it outside of a transaction."


def rebuilt(change: Change) -> bool:
    """Return whether the index is to be made of something else.

    Of that of a partitioned table neither options nor validity can be altered.
    """
    partitioned = isinstance(change.after, Index) and change.after.partitioned
    made_of = {"unique", "method", "keys", "predicate"}
    return bool(({*made_of, "valid", "options"} if partitioned else made_of) & {*change.aspects})


def rename(key: Key, name: str) -> str:
    """Return the statement that gives an index another name."""
    return f"ALTER INDEX {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


def _carried(_found: Index, change: Change) -> bool:
    """Return whether ALTER COLUMN … TYPE is all that happens: it makes an index anew by itself."""
    return change.key.kind == "column"


def _severity(found: Index, aspect: str) -> Severity:
    """A unique index guards data; any other is about speed."""
    if aspect == "comment":
        return Severity.INFO
    if aspect in {"extra", "options", "statistics", "clustered"}:
        return Severity.WARNING
    return Severity.CRITICAL if found.unique or aspect == "unique" else Severity.WARNING


def _exact(found: Index) -> Hashable:
    predicate = None if found.predicate is None else normal_form(found.predicate)
    return (found.unique, found.method, normal_form(found.keys or ""), predicate)


KIND = Kind(
    name="index",
    type=Index,
    query=QUERY,
    draft=draft,
    describe=definition,
    in_models=True,
    after=("table", "column", "constraint"),
    likeness=(_exact,),
    rebuilt=rebuilt,
    carried=_carried,
    rename=rename,
    beyond_models=frozenset({"valid", "statistics", "clustered", "comment"}),
    severity_of=_severity,
)
