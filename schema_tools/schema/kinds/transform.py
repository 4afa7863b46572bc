"""Transforms: how a procedural language takes and gives the values of a type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT '' AS schema,
       'for ' || pg_catalog.format_type(t.trftype, NULL) || ' language ' || l.lanname AS name,
       pg_catalog.format_type(t.trftype, NULL) AS type,
       l.lanname AS language,
       CASE WHEN t.trffromsql::oid <> 0
            THEN t.trffromsql::oid::pg_catalog.regprocedure::text END AS from_sql,
       CASE WHEN t.trftosql::oid <> 0
            THEN t.trftosql::oid::pg_catalog.regprocedure::text END AS to_sql,
       d.description AS comment
  FROM pg_catalog.pg_transform t
  JOIN pg_catalog.pg_language l ON l.oid = t.trflang
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_transform'::pg_catalog.regclass AND d.objoid = t.oid
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_transform'::pg_catalog.regclass
                      AND e.objid = t.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform(SchemaObject):
    """A transform, named ``for app.mood language plperl``."""

    # Told by the name.
    type: str = field(compare=False)
    language: str = field(compare=False)
    from_sql: str | None = None
    to_sql: str | None = None
    comment: str | None = None


def describe(found: Transform) -> str:
    """Return the functions of the transform as CREATE TRANSFORM writes them."""
    functions = {"FROM": found.from_sql, "TO": found.to_sql}
    parts = (f"{word} SQL WITH FUNCTION {name}" for word, name in functions.items() if name)
    return f"({', '.join(parts)})"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE TRANSFORM, DROP TRANSFORM, the replacement in place, or the comment."""
    there = change.after or change.before
    if not isinstance(there, Transform):
        return Draft(())
    name = f"TRANSFORM FOR {there.type} LANGUAGE {quoted(there.language)}"
    if change.after is None:
        return Draft((f"DROP {name}",))
    trimmings = owner_and_comment(name, change)
    if change.before and {*change.aspects} <= {"comment"}:
        return Draft(trimmings)
    create = "CREATE OR REPLACE" if change.before else "CREATE"
    return Draft((f"{create} {name} {describe(there)}", *trimmings))


def needs(found: Transform, _schema: Schema) -> Iterator[Key]:
    """Yield the language."""
    yield Key("language", "", "", found.language)


KIND = Kind(
    name="transform",
    type=Transform,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_transform m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("language",),
    needs=needs,
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
