"""Indexes, but for those that a constraint owns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.expressions import normal_form
from schema_tools.schema.names import literal, qualified, quoted
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

# The text of pg_get_indexdef after the table's name, and its WHERE clause, have fields of their
# own. Indexes that a partition inherits belong to the parent's. OFFSET 0 keeps what is called
# once, and used several times, from being called as often.
QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       i.relname AS name,
       x.indisunique AS unique,
       m.amname AS method,
       pg_catalog.left(d.tail, pg_catalog.length(d.tail) - pg_catalog.length(
         COALESCE(' WHERE ' || d.predicate, ''))) AS keys,
       d.predicate AS predicate,
       x.indisvalid AND x.indisready AS valid,
       (SELECT pg_catalog.array_agg(DISTINCT a.attname::text)
          FROM pg_catalog.pg_depend p
          JOIN pg_catalog.pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
         WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objid = i.oid
           AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND p.refobjid = c.oid) AS columns,
       pg_catalog.obj_description(i.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_am m ON m.oid = i.relam
 CROSS JOIN LATERAL (
       SELECT pg_catalog.substr(f.text, pg_catalog.strpos(f.text, u.using)
                                        + pg_catalog.length(u.using)) AS tail,
              pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate
         FROM (SELECT pg_catalog.pg_get_indexdef(i.oid) AS text OFFSET 0) f,
              (SELECT ' USING ' || pg_catalog.quote_ident(m.amname) || ' ' AS using) u
       OFFSET 0) d
 WHERE n.nspname = ANY (%(schemas)s)
   AND c.relkind IN ('r', 'p')
   AND c.relpersistence <> 't'
   AND NOT i.relispartition
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND e.objid IN (c.oid, i.oid) AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(SchemaObject):
    """An index; ``keys`` is what follows the method: columns, operator classes, options."""

    unique: bool = flag("unique", "not unique", default=False)
    method: str
    keys: str | None = expression()
    predicate: str | None = expression()
    valid: bool = flag("valid", "invalid", default=True)
    comment: str | None = None
    # All that keys and predicate are made of: without one of these columns it cannot be.
    columns: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns or ()))


def definition(found: Index) -> str:
    """Return the CREATE INDEX statement."""
    unique = "UNIQUE " if found.unique else ""
    table = qualified(found.schema, found.table)
    where = f" WHERE {found.predicate}" if found.predicate is not None else ""
    return (
        f"CREATE {unique}INDEX {quoted(found.name)} ON {table} "
        f"USING {quoted(found.method)} {found.keys}{where}"
    )


def draft(change: Change, before_schema: Schema, _after: Schema) -> Draft:
    """Draft CREATE INDEX or DROP INDEX; an altered index is made anew."""
    after = change.after
    name = qualified(change.key.schema, change.key.name)
    drop = f"DROP INDEX {name}"
    if not isinstance(after, Index):
        return Draft((drop,))
    comment = (f"COMMENT ON INDEX {name} IS {_text(after.comment)}",)
    if change.aspects == ("comment",):
        return Draft(comment)
    made = (definition(after), *(comment if after.comment is not None else ()))
    if change.before is None:
        table_is_new = table_key(after.schema, after.table) not in before_schema
        return Draft(made, caution="" if table_is_new else _BLOCKS)
    if change.aspects == ("valid",):
        return Draft((f"REINDEX INDEX {name}",), caution=_BLOCKS)
    return Draft((drop, *made), caution=_BLOCKS)


_BLOCKS = "On a large table add the word CONCURRENTLY, in a file without BEGIN and COMMIT."


def _text(comment: str | None) -> str:
    return "NULL" if comment is None else literal(comment)


def _severity(found: Index, aspect: str) -> Severity:
    """A unique index guards data; any other is about speed."""
    if aspect == "comment":
        return Severity.INFO
    if aspect == "extra":
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
    beyond_models=frozenset({"valid", "comment"}),
    severity_of=_severity,
)
