"""Schemas (namespaces) of the database, with owner and comment."""

from __future__ import annotations

from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# All of them, not only those whose objects are read: one that nobody expects is a finding. But for
# what schema_tools.testing keeps in a test database.
QUERY = """
SELECT '' AS schema,
       n.nspname AS name,
       n.nspname = ANY (%(schemas)s) AS is_read,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_namespace n
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objoid = n.oid
 WHERE n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'schema_tools_testing'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                      AND e.objid = n.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(SchemaObject):
    """A schema as PostgreSQL means it; its own ``schema`` is ""."""

    # Which schemas a project reads is its own affair, not the database's.
    is_read: bool = field(default=True, compare=False)
    owner: str | None = None
    comment: str | None = None


def describe(_found: Namespace) -> str:
    """Return what it is; there is no more to say of a schema."""
    return "schema"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE SCHEMA, DROP SCHEMA, or the new owner and comment."""
    name = quoted(change.key.name)
    trimmings = owner_and_comment(f"SCHEMA {name}", change)
    if isinstance(change.before, Namespace) and change.after is None:
        caution = f"What else is in schema {name} must go first." * (not change.before.is_read)
        return Draft((f"DROP SCHEMA {name}",), caution=caution)
    made = () if change.before else (f"CREATE SCHEMA {name}",)
    return Draft((*made, *trimmings))


KIND = Kind(
    name="schema",
    type=Namespace,
    query=QUERY,
    draft=draft,
    describe=describe,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
