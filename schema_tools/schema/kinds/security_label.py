"""Security labels, which modules such as sepgsql read."""

from __future__ import annotations

from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject

# Those of roles, tablespaces and databases belong to the server; those of large objects to data.
QUERY = """
SELECT COALESCE(n.nspname, '') AS schema,
       COALESCE(c.relname, '') AS table,
       l.provider || ' on ' || l.objtype || ' ' || l.objname AS name,
       l.label AS label,
       l.provider AS provider,
       pg_catalog.upper(l.objtype) || ' ' || l.objname AS target
  FROM pg_catalog.pg_seclabels l
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.objnamespace
  LEFT JOIN pg_catalog.pg_class c
    ON l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = l.objoid
   AND c.relkind <> 'S'
 WHERE l.objtype NOT IN ('role', 'tablespace', 'database', 'large object')
   AND (n.oid IS NULL OR n.nspname = ANY (%(schemas)s))
   AND (l.objtype <> 'schema'
        OR l.objoid IN (SELECT m.oid FROM pg_catalog.pg_namespace m
                         WHERE m.nspname = ANY (%(schemas)s)))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = l.classoid AND d.objid = l.objoid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityLabel(SchemaObject):
    """A label that a provider gave to an object."""

    label: str
    # Both are told by the name.
    provider: str = field(default="", compare=False)
    target: str = field(default="", compare=False)


def describe(found: SecurityLabel) -> str:
    """Return the label with what bears it."""
    return f"security label {found.label!r} of {found.name}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft SECURITY LABEL; none is taken away with NULL."""
    found = change.after or change.before
    if not isinstance(found, SecurityLabel):
        return Draft(())
    label = "NULL" if change.after is None else literal(found.label)
    return Draft((f"SECURITY LABEL FOR {quoted(found.provider)} ON {found.target} IS {label}",))


KIND = Kind(
    name="security_label",
    type=SecurityLabel,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_seclabel m UNION ALL SELECT FROM pg_catalog.pg_shseclabel s",
    draft=draft,
    describe=describe,
    after=("table", "column"),
    severities={"extra": Severity.WARNING},
)
