"""Columns: type, nullability, default, identity, generated expression, collation, comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

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
    table_key,
)
from schema_tools.schema.types import casts_by_itself, keeps_values

QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS nullable,
       CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
         AS default,
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
         AS generated,
       CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generation,
       CASE WHEN a.attcollation <> t.typcollation
            THEN pg_catalog.quote_ident(ln.nspname) || '.' || pg_catalog.quote_ident(l.collname)
            END AS collation,
       pg_catalog.col_description(c.oid, a.attnum) AS comment,
       a.attnum::int AS position
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
 WHERE a.attnum > 0
   AND NOT a.attisdropped
   AND c.relkind IN ('r', 'p')
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND e.objid = c.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(SchemaObject):
    """A column, with its type as ``format_type`` prints it.

    ``identity`` is ``always`` or ``by default``, ``generation`` ``stored`` or ``virtual``;
    ``collation`` is None where it is the type's own.
    """

    type: str
    nullable: bool = flag("nullable", "NOT NULL", default=True)
    default: str | None = expression(assigned_to="type")
    identity: str | None = None
    generated: str | None = expression()
    generation: str | None = None
    collation: str | None = None
    comment: str | None = None
    # Order does not change what a table means, and a dropped column leaves a gap.
    position: int = field(default=0, compare=False)


def definition(found: Column) -> str:
    """Return the column as CREATE TABLE and ADD COLUMN write it."""
    words = [quoted(found.name), found.type]
    if found.collation:
        words.append(f"COLLATE {found.collation}")
    if not found.nullable:
        words.append("NOT NULL")
    if found.default is not None:
        words.append(f"DEFAULT {found.default}")
    if found.identity:
        words.append(f"GENERATED {found.identity.upper()} AS IDENTITY")
    if found.generated is not None:
        words.append(f"GENERATED ALWAYS AS ({found.generated})")
        words.append("VIRTUAL" if found.generation == "virtual" else "STORED")
    return " ".join(words)


def comment(found: Column) -> tuple[str, ...]:
    """Return the COMMENT ON COLUMN statement."""
    name = f"{qualified(found.schema, found.table)}.{quoted(found.name)}"
    text = "NULL" if found.comment is None else literal(found.comment)
    return (f"COMMENT ON COLUMN {name} IS {text}",)


def draft(change: Change, before_schema: Schema, _after: Schema) -> Draft:
    """Draft ADD COLUMN, DROP COLUMN, or the ALTER COLUMN for each aspect."""
    key = change.key
    alter = f"ALTER TABLE {qualified(key.schema, key.table)}"
    before, after = change.before, change.after
    if not isinstance(after, Column):
        drop = f"{alter} DROP COLUMN {quoted(key.name)}"
        return Draft((drop,), safe=False, caution=f"The values of {key.name} are lost.")
    if not isinstance(before, Column):
        return _add(alter, after, before_schema)
    return _alter(alter, before, after, change.aspects)


def _add(alter: str, found: Column, before_schema: Schema) -> Draft:
    statements = [f"{alter} ADD COLUMN {definition(found)}"]
    if found.comment is not None:
        statements += comment(found)
    filled = found.nullable or found.default or found.identity or found.generated
    if filled or table_key(found.schema, found.table) not in before_schema:
        return Draft(tuple(statements))
    return Draft(
        tuple(statements),
        caution=f"{found.name} is NOT NULL without a default: on a table with rows, add it as "
        "nullable, fill it, then SET NOT NULL.",
    )


def _alter(alter: str, before: Column, after: Column, aspects: tuple[str, ...]) -> Draft:
    name = quoted(after.name)
    column = f"{alter} ALTER COLUMN {name}"
    if {"generated", "generation"} & set(aspects):
        return Draft(
            (f"{alter} DROP COLUMN {name}", f"{alter} ADD COLUMN {definition(after)}"),
            safe=before.generated is not None and after.generated is not None,
            caution=f"{after.name} is dropped and added again; its values are computed anew.",
        )
    steps = (
        *_make_way(column, before, after, aspects),
        *_set_type(column, before, after, aspects),
        *_set_nullable(column, before, after, aspects),
        *_set_default(column, after, aspects),
        *_set_identity(column, before, after, aspects),
        *(comment(after) if "comment" in aspects else ()),
    )
    if "type" not in aspects:
        return Draft(steps)
    caution = f"The type of {after.name} changes: the table may be rewritten under a lock."
    if keeps_values(before.type, after.type):
        return Draft(steps, caution=caution)
    return Draft(
        steps, safe=False, caution=f"{caution} Values may not fit: they are refused, or rounded."
    )


def _make_way(
    column: str, before: Column, after: Column, aspects: tuple[str, ...]
) -> Iterator[str]:
    """Yield what must go first; in forms that do no harm where another draft has done it already.

    An identity column takes neither NULL nor a default, and a default may not be castable to a
    new type.
    """
    if before.identity and not after.identity and {"identity", "nullable", "default"} & {*aspects}:
        yield f"{column} DROP IDENTITY IF EXISTS"
    becomes_identity = "identity" in aspects and after.identity is not None
    default_goes = "default" in aspects and after.default is None
    if before.default is not None and (becomes_identity or default_goes or _retyped(aspects)):
        yield f"{column} DROP DEFAULT"


def _retyped(aspects: tuple[str, ...]) -> bool:
    return "type" in aspects or "collation" in aspects


def _set_type(
    column: str, before: Column, after: Column, aspects: tuple[str, ...]
) -> Iterator[str]:
    if not _retyped(aspects):
        return
    collate = f" COLLATE {after.collation}" if after.collation else ""
    using = f" USING {quoted(after.name)}::{after.type}"
    if casts_by_itself(before.type, after.type):
        using = ""  # an explicit cast would cut off what is too long
    yield f"{column} TYPE {after.type}{collate}{using}"


def _set_nullable(
    column: str, before: Column, after: Column, aspects: tuple[str, ...]
) -> Iterator[str]:
    if "nullable" in aspects:
        yield f"{column} {'DROP' if after.nullable else 'SET'} NOT NULL"
    elif "identity" in aspects and after.identity and before.nullable:
        yield f"{column} SET NOT NULL"


def _set_default(column: str, after: Column, aspects: tuple[str, ...]) -> Iterator[str]:
    if after.default is not None and ("default" in aspects or _retyped(aspects)):
        yield f"{column} SET DEFAULT {after.default}"


def _set_identity(
    column: str, before: Column, after: Column, aspects: tuple[str, ...]
) -> Iterator[str]:
    if "identity" in aspects and after.identity:
        verb = "SET GENERATED" if before.identity else "ADD GENERATED"
        ending = "" if before.identity else " AS IDENTITY"
        yield f"{column} {verb} {after.identity.upper()}{ending}"


def _in_the_way(change: Change) -> bool:
    """A view, a policy or a generated column holds on to the type of what it reads."""
    return _retyped(change.aspects) or bool({"generated", "generation"} & set(change.aspects))


def _without(found: Column, needed: Key) -> Column | None:
    """Return the column without a default that may need what is to go."""
    if needed.kind in _CALLED and found.default is not None:
        return replace(found, default=None)
    return None


# What a default can call or read from.
_CALLED = frozenset({"function", "sequence", "operator", "cast"})

KIND = Kind(
    name="column",
    type=Column,
    query=QUERY,
    draft=draft,
    describe=definition,
    in_models=True,
    after=("table",),
    holds_data=True,
    in_the_way=_in_the_way,
    without=_without,
    severities={
        "extra": Severity.WARNING,
        "collation": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
