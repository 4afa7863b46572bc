"""Materialized views: the query, its columns, whether it is filled, and how it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, qualified, quoted
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
from schema_tools.schema.parts.extension_ties import extension_keys, ties
from schema_tools.schema.parts.mentions import columns_read
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# What is set for a column differs from what its type says: a statistics target, where and how
# long values are stored, options such as n_distinct.
QUERY = """
SELECT n.nspname AS schema,
       c.relname AS name,
       pg_catalog.btrim(pg_catalog.pg_get_viewdef(c.oid), ' ;') AS definition,
       a.columns,
       c.relispopulated AS populated,
       m.amname AS access_method,
       (SELECT pg_catalog.array_agg(o.option ORDER BY o.option)
          FROM (SELECT pg_catalog.unnest(c.reloptions) AS option
                 UNION ALL
                SELECT 'toast.' || pg_catalog.unnest(toast.reloptions)) o) AS options,
       s.column_settings,
       a.column_comments,
       x.extensions AS depends_on_extensions,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_am m ON m.oid = c.relam
  LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
  LEFT JOIN (SELECT d.objid,
                    pg_catalog.bool_or(d.deptype = 'e') AS member,
                    pg_catalog.array_agg(e.extname::text ORDER BY e.extname)
                      FILTER (WHERE d.deptype = 'x') AS extensions
               FROM pg_catalog.pg_depend d
               JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
              WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
              GROUP BY d.objid) x ON x.objid = c.oid
 CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(
                pg_catalog.quote_ident(a.attname) || ' '
                || pg_catalog.format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attcollation <> t.typcollation
                        THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text
                        ELSE '' END ORDER BY a.attnum) AS columns,
              pg_catalog.array_agg(
                pg_catalog.quote_ident(a.attname) || ' '
                || pg_catalog.quote_literal(d.description) ORDER BY a.attnum)
                FILTER (WHERE d.description IS NOT NULL) AS column_comments
         FROM pg_catalog.pg_attribute a
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_catalog.pg_description d
           ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.objoid = a.attrelid AND d.objsubid = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a
 CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(
                pg_catalog.quote_ident(a.attname) || ' SET ' || v.clause
                ORDER BY a.attnum, v.clause) AS column_settings
         FROM pg_catalog.pg_attribute a
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        CROSS JOIN LATERAL (
              SELECT 'STATISTICS ' || NULLIF(a.attstattarget, -1)
               UNION ALL
              SELECT 'STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                                     WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
               WHERE a.attstorage <> t.typstorage
               UNION ALL
              SELECT 'COMPRESSION ' || CASE a.attcompression WHEN 'p' THEN 'pglz'
                                                             WHEN 'l' THEN 'lz4' END
               UNION ALL
              SELECT '(' || pg_catalog.unnest(a.attoptions) || ')') v (clause)
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND v.clause IS NOT NULL) s
 WHERE c.relkind = 'm'
   AND n.nspname = ANY (%(schemas)s)
   AND x.member IS NOT TRUE
"""

_TUPLES = ("columns", "options", "column_settings", "column_comments", "depends_on_extensions")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterializedView(SchemaObject):
    """A materialized view; ``columns`` are names and types in their order: ``id integer``.

    ``column_settings`` are texts such as ``id SET STATISTICS 100``, ``options`` such as
    ``fillfactor=70``; ``column_comments`` hold name and comment of the columns that have one.
    """

    definition: str | None = expression()
    columns: tuple[str, ...] = ()
    populated: bool = flag("populated", "not populated", default=True)
    access_method: str = "heap"
    options: tuple[str, ...] = ()
    column_settings: tuple[str, ...] = ()
    depends_on_extensions: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None
    column_comments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in _TUPLES:
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def definition(found: MaterializedView) -> str:
    """Return the CREATE MATERIALIZED VIEW statement."""
    words = [f"CREATE MATERIALIZED VIEW {qualified(found.schema, found.name)}"]
    if found.access_method != "heap":
        words.append(f"USING {quoted(found.access_method)}")
    if found.options:
        words.append(f"WITH ({', '.join(map(_option, found.options))})")
    words.append(f"AS\n{found.definition}")
    if not found.populated:
        words.append("\nWITH NO DATA")
    return " ".join(words).replace(" \n", "\n")


def _option(text: str) -> str:
    name, _equals, value = text.partition("=")
    return f"{name}={literal(value)}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE, DROP or the ALTER MATERIALIZED VIEW for each aspect."""
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    what = f"MATERIALIZED VIEW {name}"
    if not isinstance(after, MaterializedView):
        return Draft((f"DROP {what}",))
    old = before if isinstance(before, MaterializedView) else None
    statements = list(_altered(what, old, after) if old else [definition(after)])
    statements += _column_settings(what, old, after)
    statements += ties(what, old, after)
    statements += owner_and_comment(what, change)
    if old is None or "column_comments" in change.aspects:
        known = old.column_comments if old else ()
        statements += view_columns.comments(name, known, after.column_comments)
    return Draft(tuple(statements), caution=_caution(name, old, after))


def _altered(what: str, before: MaterializedView, after: MaterializedView) -> Iterator[str]:
    if before.access_method != after.access_method:
        yield f"ALTER {what} SET ACCESS METHOD {quoted(after.access_method)}"
    gone = {each.partition("=")[0] for each in before.options}
    gone -= {each.partition("=")[0] for each in after.options}
    if gone:
        yield f"ALTER {what} RESET ({', '.join(sorted(gone))})"
    come = [_option(each) for each in after.options if each not in before.options]
    if come:
        yield f"ALTER {what} SET ({', '.join(come)})"
    if before.populated != after.populated:
        yield f"REFRESH {what}{'' if after.populated else ' WITH NO DATA'}"


def _column_settings(
    what: str, before: MaterializedView | None, after: MaterializedView
) -> Iterator[str]:
    known = before.column_settings if before else ()
    for setting in after.column_settings:
        if setting not in known:
            column, clause = view_columns.split(setting)
            yield f"ALTER {what} ALTER COLUMN {column} {clause}"


def _caution(name: str, before: MaterializedView | None, after: MaterializedView) -> str:
    if before is not None and before.access_method != after.access_method:
        return f"{name} is written anew under a lock."
    if before is None or before.populated == after.populated:
        return ""
    if after.populated:
        return f"The query of {name} runs; nobody can read it meanwhile."
    return f"What {name} holds is thrown away; it cannot be read until it is refreshed."


def _rebuilt(change: Change) -> bool:
    """Nothing but making it anew changes the query, or takes back a setting of a column."""
    before, after = change.before, change.after
    if not isinstance(before, MaterializedView) or not isinstance(after, MaterializedView):
        return False
    kept = {_what_is_set(each) for each in after.column_settings}
    return bool({"definition", "columns"} & {*change.aspects}) or any(
        _what_is_set(each) not in kept for each in before.column_settings
    )


def _what_is_set(setting: str) -> str:
    return re.split(r"[ =](?=[^ =]*\Z)", setting)[0]


def _needs(found: MaterializedView, schema: Schema) -> Iterable[Key]:
    yield from columns_read((found.definition or "",), schema)
    yield Key("access_method", "", "", found.access_method)
    yield from extension_keys(found)


def _rename(key: Key, name: str) -> str:
    return f"ALTER MATERIALIZED VIEW {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="materialized_view",
    type=MaterializedView,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_class m WHERE m.oid >= 16384 AND m.relkind = 'm'",
    draft=draft,
    describe=definition,
    after=("table", "column"),
    needs=_needs,
    rebuilt=_rebuilt,
    rename=_rename,
    severities={
        "extra": Severity.WARNING,
        "populated": Severity.WARNING,
        "access_method": Severity.WARNING,
        "options": Severity.WARNING,
        "column_settings": Severity.WARNING,
        "depends_on_extensions": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
        "column_comments": Severity.INFO,
    },
)
