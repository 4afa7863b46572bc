"""Access methods of tables and indexes, made with CREATE ACCESS METHOD."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# OIDs from 16384 on are those of objects that users make (source: FirstNormalObjectId in
# src/include/access/transam.h).
QUERY = """
SELECT '' AS schema,
       m.amname AS name,
       CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END AS type,
       m.amhandler::text AS handler,
       d.description AS comment
  FROM pg_catalog.pg_am m
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_am'::pg_catalog.regclass AND d.objoid = m.oid
 WHERE m.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_am'::pg_catalog.regclass
                      AND e.objid = m.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMethod(SchemaObject):
    """An access method; ``type`` is ``table`` or ``index``."""

    type: str
    handler: str
    comment: str | None = None


def describe(found: AccessMethod) -> str:
    """Return the method as CREATE ACCESS METHOD writes it."""
    return f"TYPE {found.type.upper()} HANDLER {found.handler}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE ACCESS METHOD, DROP ACCESS METHOD, or the new comment."""
    after = change.after
    method = f"ACCESS METHOD {quoted(change.key.name)}"
    if not isinstance(after, AccessMethod):
        return Draft((f"DROP {method}",))
    made = () if change.before else (f"CREATE {method} {describe(after)}",)
    return Draft((*made, *owner_and_comment(method, change)))


def rebuilt(change: Change) -> bool:
    """Return whether something else than the comment differs: no other thing can be altered."""
    return not {*change.aspects} <= {"comment"}


KIND = Kind(
    name="access_method",
    type=AccessMethod,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_am m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("schema",),
    rebuilt=rebuilt,
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
