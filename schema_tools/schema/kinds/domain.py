"""Domains: a type with a default and constraints of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.drafting.exchange import Exchange, by_way_of_text
from schema_tools.schema.names import literal, qualified, quoted
from schema_tools.schema.objects import (
    EXPRESSION,
    Change,
    Draft,
    Kind,
    Schema,
    SchemaObject,
    expression,
    flag,
)
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# NOT NULL is a row of pg_constraint from PostgreSQL 17 on: here it is the domain's nullability.
QUERY = """
SELECT n.nspname AS schema,
       t.typname AS name,
       pg_catalog.format_type(t.typbasetype, t.typtypmod) AS type,
       CASE WHEN t.typcollation <> b.typcollation
            THEN pg_catalog.quote_ident(ln.nspname) || '.' || pg_catalog.quote_ident(l.collname)
            END AS collation,
       NOT t.typnotnull AS nullable,
       pg_catalog.pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::pg_catalog.regclass)
         AS default,
       k.names AS constraint_names,
       k.definitions AS constraints,
       k.comments AS constraint_comments,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = t.typcollation
  LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
  LEFT JOIN (
       SELECT c.contypid,
              pg_catalog.array_agg(c.conname::text ORDER BY c.conname) AS names,
              pg_catalog.array_agg(
                'CONSTRAINT ' || pg_catalog.quote_ident(c.conname) || ' '
                || pg_catalog.pg_get_constraintdef(c.oid) ORDER BY c.conname) AS definitions,
              pg_catalog.array_agg(pg_catalog.quote_ident(c.conname) || ': ' || x.description
                ORDER BY c.conname) FILTER (WHERE x.description IS NOT NULL) AS comments
         FROM pg_catalog.pg_constraint c
         LEFT JOIN pg_catalog.pg_description x
           ON x.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND x.objoid = c.oid
        WHERE c.contypid <> 0 AND c.contype = 'c'
        GROUP BY c.contypid) k ON k.contypid = t.oid
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = t.typowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objoid = t.oid
 WHERE t.typtype = 'd'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                      AND e.objid = t.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain(SchemaObject):
    """A domain over another type.

    ``constraints`` are as ALTER DOMAIN … ADD takes them, in the order of their names;
    ``constraint_comments`` have the form ``name: comment``.
    """

    type: str
    collation: str | None = None
    nullable: bool = flag("nullable", "NOT NULL", default=True)
    default: str | None = expression(assigned_to="type")
    constraints: tuple[str, ...] = field(default=(), metadata={EXPRESSION: True})
    # The constraints begin with them.
    constraint_names: tuple[str, ...] = field(default=(), compare=False)
    constraint_comments: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("constraints", "constraint_names", "constraint_comments"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))

    @property
    def by_name(self) -> dict[str, str]:
        """Return the definition of each constraint."""
        return dict(zip(self.constraint_names, self.constraints, strict=True))

    def comment_of(self, constraint: str) -> str | None:
        """Return the comment of a constraint."""
        start = f"{quoted(constraint)}: "
        found = (text for text in self.constraint_comments if text.startswith(start))
        return next((text.removeprefix(start) for text in found), None)


def describe(found: Domain) -> str:
    """Return the domain as CREATE DOMAIN writes it, but for NOT VALID constraints' word."""
    words = [found.type]
    if found.collation:
        words.append(f"COLLATE {found.collation}")
    if found.default is not None:
        words.append(f"DEFAULT {found.default}")
    if not found.nullable:
        words.append("NOT NULL")
    words += [text for text in found.constraints if not text.endswith(_NOT_VALID)]
    return " ".join(words)


_NOT_VALID = " NOT VALID"


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE DOMAIN, DROP DOMAIN, the ALTER DOMAIN for each aspect, or an exchange."""
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, Domain):
        return Draft((f"DROP DOMAIN {name}",))
    if not isinstance(before, Domain):
        return Draft(_create(name, change.key, after))
    if in_the_way(change):
        create = _create(name, change.key, after)
        exchange = Exchange(change.key, "DOMAIN", create, before_schema, after_schema)
        return exchange.draft(by_way_of_text(change.key), "")
    return _alter(name, change, before, after)


def _create(name: str, key: Key, found: Domain) -> tuple[str, ...]:
    late = (text for text in found.constraints if text.endswith(_NOT_VALID))
    return (
        f"CREATE DOMAIN {name} AS {describe(found)}",
        *(f"ALTER DOMAIN {name} ADD {text}" for text in late),
        *_comments(name, None, found),
        *owner_and_comment(f"DOMAIN {name}", Change(key, None, found)),
    )


def _alter(name: str, change: Change, before: Domain, after: Domain) -> Draft:
    alter = f"ALTER DOMAIN {name}"
    statements = []
    if "default" in change.aspects:
        default = "DROP DEFAULT" if after.default is None else f"SET DEFAULT {after.default}"
        statements.append(f"{alter} {default}")
    if "nullable" in change.aspects:
        statements.append(f"{alter} {'DROP' if after.nullable else 'SET'} NOT NULL")
    if "constraints" in change.aspects:
        statements += _constraints(alter, before.by_name, after.by_name)
    if {"constraints", "constraint_comments"} & {*change.aspects}:
        statements += _comments(name, before, after)
    statements += owner_and_comment(f"DOMAIN {name}", change)
    checked = {"nullable", "constraints"} & {*change.aspects}
    caution = "Columns of the domain are checked under a lock." if checked else ""
    return Draft(tuple(statements), caution=caution)


def _constraints(alter: str, before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    validated = {name for name, text in after.items() if before.get(name) == f"{text}{_NOT_VALID}"}
    for name, text in before.items():
        if after.get(name) != text and name not in validated:
            yield f"{alter} DROP CONSTRAINT {quoted(name)}"
    for name, text in after.items():
        if name in validated:
            yield f"{alter} VALIDATE CONSTRAINT {quoted(name)}"
        elif before.get(name) != text:
            yield f"{alter} ADD {text}"


def _comments(name: str, before: Domain | None, after: Domain) -> Iterator[str]:
    """Yield a statement for each constraint whose comment is not there, or another one."""
    old = before.by_name if before else {}
    for constraint, text in after.by_name.items():
        kept = before is not None and old.get(constraint) == text
        there = before.comment_of(constraint) if before is not None and kept else None
        comment = after.comment_of(constraint)
        if comment != there:
            written = "NULL" if comment is None else literal(comment)
            yield f"COMMENT ON CONSTRAINT {quoted(constraint)} ON DOMAIN {name} IS {written}"


def in_the_way(change: Change) -> bool:
    """Return whether another domain takes the place of this one: what uses it must make way."""
    return not {"type", "collation"}.isdisjoint(change.aspects)


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the domain another name."""
    return f"ALTER DOMAIN {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="domain",
    type=Domain,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_type m WHERE m.oid >= 16384 AND m.typtype = 'd'",
    draft=draft,
    describe=describe,
    after=("enum", "collation", "range", "composite"),
    in_the_way=in_the_way,
    holds_data=True,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "collation": Severity.WARNING,
        "constraint_comments": Severity.INFO,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
