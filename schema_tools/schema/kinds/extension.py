"""Extensions and their versions."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject

QUERY = """
SELECT n.nspname AS schema,
       e.extname AS name,
       e.extversion AS version
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE n.nspname = ANY (%(schemas)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(SchemaObject):
    """An extension, in the schema that holds its objects."""

    version: str


def describe(found: Extension) -> str:
    """Return the extension with its version."""
    return f"{found.name} {found.version}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE EXTENSION, DROP EXTENSION, or the update to a version."""
    after = change.after
    name = quoted(change.key.name)
    if not isinstance(after, Extension):
        return Draft(
            (f"DROP EXTENSION {name}",),
            safe=False,
            caution=f"Columns of the types of {name} would have to go with it.",
        )
    if change.before is None:
        schema = quoted(after.schema)
        return Draft((f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema}",))
    return Draft((f"ALTER EXTENSION {name} UPDATE TO {literal(after.version)}",))


KIND = Kind(
    name="extension",
    type=Extension,
    query=QUERY,
    draft=draft,
    describe=describe,
    severities={"extra": Severity.WARNING, "version": Severity.WARNING},
)
