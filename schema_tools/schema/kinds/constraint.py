"""Constraints: primary keys, unique, foreign keys, checks, exclusions."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.expressions import normal_form
from schema_tools.schema.names import literal, qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, expression, flag

# PostgreSQL 18 keeps NOT NULL as rows of contype 'n': they are the column's nullability. Foreign
# keys that a partition inherits (conparentid) belong to the parent's.
QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       k.conname AS name,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique'
                      WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' ELSE 'exclusion' END
         AS type,
       CASE WHEN k.contype = 'c'
            THEN 'CHECK (' || pg_catalog.pg_get_expr(k.conbin, k.conrelid) || ')'
            ELSE pg_catalog.regexp_replace(
                   pg_catalog.pg_get_constraintdef(k.oid),
                   '(?n)( ON (UPDATE|DELETE) (CASCADE|RESTRICT|SET NULL|SET DEFAULT)'
                   '( \\([^)]*\\))?| DEFERRABLE| INITIALLY DEFERRED| NOT VALID)+$', '')
            END AS definition,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.position)
          FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (attnum, position)
          JOIN pg_catalog.pg_attribute a
            ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS columns,
       CASE k.contype WHEN 'f' THEN k.confrelid::pg_catalog.regclass::text END AS references,
       CASE WHEN k.contype = 'f' THEN
         CASE k.confdeltype WHEN 'c' THEN 'cascade' WHEN 'r' THEN 'restrict'
              WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' ELSE 'no action' END
         || COALESCE(' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', '
                                                             ORDER BY u.position)
                               FROM pg_catalog.unnest(k.confdelsetcols) WITH ORDINALITY
                                    AS u (attnum, position)
                               JOIN pg_catalog.pg_attribute a
                                 ON a.attrelid = k.conrelid AND a.attnum = u.attnum) || ')', '')
         END AS on_delete,
       CASE WHEN k.contype = 'f' THEN
         CASE k.confupdtype WHEN 'c' THEN 'cascade' WHEN 'r' THEN 'restrict'
              WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' ELSE 'no action' END
         END AS on_update,
       k.condeferrable AS deferrable,
       k.condeferred AS initially_deferred,
       k.convalidated AS validated,
       k.contype = 'c' AND k.connoinherit AS no_inherit,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
   AND k.conparentid = 0
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint(SchemaObject):
    """A constraint of a table.

    ``definition`` is what ``pg_get_constraintdef`` prints, without what has a field of its own:
    the actions of a foreign key, deferrability, validity, NO INHERIT. ``references`` is the table
    that a foreign key points to.
    """

    type: str
    definition: str | None = expression()
    # Told by the definition; kept apart to find what belongs to a column.
    columns: tuple[str, ...] = field(default=(), compare=False)
    references: str | None = field(default=None, compare=False)
    on_delete: str | None = None
    on_update: str | None = None
    deferrable: bool = flag("deferrable", "not deferrable", default=False)
    initially_deferred: bool = flag("initially deferred", "initially immediate", default=False)
    validated: bool = flag("validated", "NOT VALID", default=True)
    no_inherit: bool = flag("NO INHERIT", "inherited", default=False)
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns or ()))


def definition(found: Constraint) -> str:
    """Return the constraint as CREATE TABLE and ADD CONSTRAINT write it."""
    words = [f"CONSTRAINT {quoted(found.name)} {found.definition}"]
    if found.no_inherit:
        words.append("NO INHERIT")
    if found.on_update not in (None, "no action"):
        words.append(f"ON UPDATE {_action(str(found.on_update))}")
    if found.on_delete not in (None, "no action"):
        words.append(f"ON DELETE {_action(str(found.on_delete))}")
    if found.deferrable:
        words.append("DEFERRABLE")
    if found.initially_deferred:
        words.append("INITIALLY DEFERRED")
    if not found.validated:
        words.append("NOT VALID")
    return " ".join(words)


def _action(action: str) -> str:
    word, separator, columns = action.partition(" (")
    return word.upper() + separator + columns


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft ADD CONSTRAINT, DROP CONSTRAINT, ALTER or VALIDATE where that is enough."""
    key = change.key
    table = qualified(key.schema, key.table)
    alter = f"ALTER TABLE {table}"
    drop = f"{alter} DROP CONSTRAINT {quoted(key.name)}"
    before, after = change.before, change.after
    if not isinstance(after, Constraint):
        return Draft((drop,))
    add = f"{alter} ADD {definition(after)}"
    comment = _comment(table, after)
    if not isinstance(before, Constraint):
        return Draft((add, *(comment if after.comment is not None else ())))
    aspects = set(change.aspects)
    comments = comment if "comment" in aspects else ()
    aspects.discard("comment")
    if not aspects:
        return Draft(comments)
    if aspects == {"validated"} and after.validated:
        return Draft((f"{alter} VALIDATE CONSTRAINT {quoted(key.name)}", *comments))
    if aspects <= {"deferrable", "initially_deferred"} and after.type == "foreign key":
        return Draft(
            (f"{alter} ALTER CONSTRAINT {quoted(key.name)} {_deferral(after)}", *comments)
        )
    kept = comment if after.comment is not None else ()
    return Draft((drop, add, *kept), caution="Existing rows are checked under a lock.")


def _deferral(found: Constraint) -> str:
    if not found.deferrable:
        return "NOT DEFERRABLE"
    return f"DEFERRABLE INITIALLY {'DEFERRED' if found.initially_deferred else 'IMMEDIATE'}"


def _comment(table: str, found: Constraint) -> tuple[str, ...]:
    text = "NULL" if found.comment is None else literal(found.comment)
    return (f"COMMENT ON CONSTRAINT {quoted(found.name)} ON {table} IS {text}",)


def _exact(found: Constraint) -> Hashable:
    return (found.type, normal_form(found.definition or ""))


def _by_columns(found: Constraint) -> Hashable:
    return (found.type, frozenset(found.columns))


KIND = Kind(
    name="constraint",
    type=Constraint,
    query=QUERY,
    draft=draft,
    describe=definition,
    in_models=True,
    after=("table", "column"),
    likeness=(_exact, _by_columns),
    beyond_models=frozenset({"validated", "no_inherit", "comment"}),
    severities={
        "extra": Severity.WARNING,
        "deferrable": Severity.WARNING,
        "initially_deferred": Severity.WARNING,
        "validated": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
