"""Views: the query, its columns, what they are checked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import (
    Change,
    Draft,
    Kind,
    Schema,
    SchemaObject,
    expression,
    flag,
)
from schema_tools.schema.parts import view_columns
from schema_tools.schema.parts.mentions import columns_read
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       c.relname AS name,
       pg_catalog.btrim(pg_catalog.pg_get_viewdef(c.oid), ' ;') AS definition,
       a.columns,
       a.column_defaults,
       a.column_comments,
       COALESCE(o.security_barrier, false) AS security_barrier,
       COALESCE(o.security_invoker, false) AS security_invoker,
       o.check_option,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
 CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(
                pg_catalog.quote_ident(a.attname) || ' '
                || pg_catalog.format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attcollation <> t.typcollation
                        THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text
                        ELSE '' END ORDER BY a.attnum) AS columns,
              pg_catalog.array_agg(
                pg_catalog.quote_ident(a.attname) || ' '
                || pg_catalog.pg_get_expr(d.adbin, d.adrelid) ORDER BY a.attnum)
                FILTER (WHERE d.adbin IS NOT NULL) AS column_defaults,
              pg_catalog.array_agg(
                pg_catalog.quote_ident(a.attname) || ' '
                || pg_catalog.quote_literal(m.description) ORDER BY a.attnum)
                FILTER (WHERE m.description IS NOT NULL) AS column_comments
         FROM pg_catalog.pg_attribute a
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         LEFT JOIN pg_catalog.pg_description m
           ON m.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND m.objoid = a.attrelid AND m.objsubid = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a
 CROSS JOIN LATERAL (
       SELECT pg_catalog.bool_or(p.option_value::boolean)
                FILTER (WHERE p.option_name = 'security_barrier') AS security_barrier,
              pg_catalog.bool_or(p.option_value::boolean)
                FILTER (WHERE p.option_name = 'security_invoker') AS security_invoker,
              pg_catalog.max(p.option_value)
                FILTER (WHERE p.option_name = 'check_option') AS check_option
         FROM pg_catalog.pg_options_to_table(c.reloptions) p) o
 WHERE c.relkind = 'v'
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class View(SchemaObject):
    """A view; ``columns`` are names and types in their order: ``id integer``.

    ``column_defaults`` and ``column_comments`` hold name and value of the columns that have one.
    ``check_option`` is ``local``, ``cascaded`` or None.
    """

    definition: str | None = expression()
    columns: tuple[str, ...] = ()
    column_defaults: tuple[str, ...] = ()
    security_barrier: bool = flag("security_barrier", "no security_barrier", default=False)
    security_invoker: bool = flag("security_invoker", "no security_invoker", default=False)
    check_option: str | None = None
    owner: str | None = None
    comment: str | None = None
    column_comments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("columns", "column_defaults", "column_comments"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def definition(found: View, *, replace: bool = False) -> str:
    """Return the CREATE VIEW statement."""
    options = ", ".join(f"{name}={value}" for name, value in _options(found).items())
    with_options = f" WITH ({options})" if options else ""
    verb = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
    return f"{verb} {qualified(found.schema, found.name)}{with_options} AS\n{found.definition}"


def _options(found: View) -> dict[str, str]:
    options = {
        name: "true" for name in ("security_barrier", "security_invoker") if getattr(found, name)
    }
    return {**options, **({"check_option": found.check_option} if found.check_option else {})}


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE VIEW, CREATE OR REPLACE VIEW, DROP VIEW, or the ALTER VIEW for an aspect."""
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, View):
        return Draft((f"DROP VIEW {name}",))
    known = before if isinstance(before, View) else None
    statements: list[str] = []
    if known is None or {"definition", "columns"} & set(change.aspects):
        statements.append(definition(after, replace=known is not None))
    else:
        statements += _set_options(name, change.aspects, after)
    if known is None or "column_defaults" in change.aspects:
        statements += _set_defaults(name, known, after)
    statements += owner_and_comment(f"VIEW {name}", change)
    if known is None or "column_comments" in change.aspects:
        old = known.column_comments if known else ()
        statements += view_columns.comments(name, old, after.column_comments)
    return Draft(tuple(statements))


def _set_options(name: str, aspects: tuple[str, ...], after: View) -> Iterator[str]:
    options = _options(after)
    for option in ("security_barrier", "security_invoker", "check_option"):
        if option not in aspects:
            continue
        value = options.get(option)
        action = f"SET ({option}={value})" if value else f"RESET ({option})"
        yield f"ALTER VIEW {name} {action}"


def _set_defaults(name: str, before: View | None, after: View) -> Iterator[str]:
    old = before.column_defaults if before else ()
    for column, default in view_columns.changed(old, after.column_defaults):
        action = "DROP DEFAULT" if default is None else f"SET DEFAULT {default}"
        yield f"ALTER VIEW {name} ALTER COLUMN {column} {action}"


def _rebuilt(change: Change) -> bool:
    """CREATE OR REPLACE VIEW can add columns at the end, and change none that is there."""
    before, after = change.before, change.after
    if not isinstance(before, View) or not isinstance(after, View):
        return False
    return after.columns[: len(before.columns)] != before.columns


def _needs(found: View, schema: Schema) -> Iterable[Key]:
    return columns_read((found.definition or "",), schema)


def _rename(key: Key, name: str) -> str:
    return f"ALTER VIEW {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="view",
    type=View,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_class m WHERE m.oid >= 16384 AND m.relkind = 'v'",
    draft=draft,
    describe=definition,
    after=("table", "column"),
    needs=_needs,
    rebuilt=_rebuilt,
    rename=_rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
        "column_comments": Severity.INFO,
    },
)
