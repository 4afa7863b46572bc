"""Conversions between encodings, made with CREATE CONVERSION."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       c.conname AS name,
       pg_catalog.pg_encoding_to_char(c.conforencoding) AS source_encoding,
       pg_catalog.pg_encoding_to_char(c.contoencoding) AS destination_encoding,
       c.conproc::text AS function,
       c.condefault AS default,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_conversion c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.conowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_conversion'::pg_catalog.regclass AND d.objoid = c.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_conversion'::pg_catalog.regclass
                      AND e.objid = c.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion(SchemaObject):
    """A conversion from one encoding to another."""

    source_encoding: str
    destination_encoding: str
    function: str
    default: bool = flag("DEFAULT", "not DEFAULT", default=False)
    owner: str | None = None
    comment: str | None = None


def describe(found: Conversion) -> str:
    """Return what the conversion does, as CREATE CONVERSION writes it."""
    source, destination = literal(found.source_encoding), literal(found.destination_encoding)
    return f"FOR {source} TO {destination} FROM {found.function}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE CONVERSION, DROP CONVERSION, new owner and comment."""
    after = change.after
    name = f"CONVERSION {qualified(change.key.schema, change.key.name)}"
    if not isinstance(after, Conversion):
        return Draft((f"DROP {name}",))
    default = "DEFAULT " if after.default else ""
    made = () if change.before else (f"CREATE {default}{name} {describe(after)}",)
    return Draft((*made, *owner_and_comment(name, change)))


def rebuilt(change: Change) -> bool:
    """Return whether something differs that ALTER CONVERSION cannot change."""
    return not {*change.aspects} <= {"owner", "comment"}


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the conversion another name."""
    return f"ALTER CONVERSION {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="conversion",
    type=Conversion,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_conversion m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("schema",),
    rebuilt=rebuilt,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
