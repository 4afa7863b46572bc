"""Casts made with CREATE CAST; those of a range type with itself are the type's."""

from __future__ import annotations

from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# A cast is in no schema. OIDs from 16384 on are those of objects that users make (source:
# FirstNormalObjectId in src/include/access/transam.h).
QUERY = """
SELECT '' AS schema,
       '(' || pg_catalog.format_type(c.castsource, NULL) || ' as '
         || pg_catalog.format_type(c.casttarget, NULL) || ')' AS name,
       pg_catalog.format_type(c.castsource, NULL) AS source,
       pg_catalog.format_type(c.casttarget, NULL) AS target,
       CASE c.castmethod WHEN 'i' THEN 'in-out' WHEN 'b' THEN 'binary' ELSE 'function' END
         AS method,
       CASE WHEN c.castfunc <> 0 THEN c.castfunc::pg_catalog.regprocedure::text END AS function,
       CASE c.castcontext WHEN 'a' THEN 'assignment' WHEN 'i' THEN 'implicit' ELSE 'explicit' END
         AS context,
       d.description AS comment
  FROM pg_catalog.pg_cast c
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objoid = c.oid
 WHERE c.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
                      AND e.objid = c.oid AND e.deptype IN ('e', 'i'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(SchemaObject):
    """A cast, named ``(text as app.mood)``.

    ``method`` is ``function``, ``in-out`` or ``binary``; ``context`` is ``explicit``,
    ``assignment`` or ``implicit``.
    """

    # Told by the name.
    source: str = field(compare=False)
    target: str = field(compare=False)
    method: str
    function: str | None = None
    context: str = "explicit"
    comment: str | None = None


_METHODS = {"in-out": "WITH INOUT", "binary": "WITHOUT FUNCTION"}
_CONTEXTS = {"assignment": " AS ASSIGNMENT", "implicit": " AS IMPLICIT", "explicit": ""}


def describe(found: Cast) -> str:
    """Return how the cast works, as CREATE CAST writes it."""
    method = _METHODS.get(found.method, f"WITH FUNCTION {found.function}")
    return f"{method}{_CONTEXTS[found.context]}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE CAST, DROP CAST, or the new comment."""
    there = change.after or change.before
    if not isinstance(there, Cast):
        return Draft(())
    cast = f"CAST ({there.source} AS {there.target})"
    if change.after is None:
        return Draft((f"DROP {cast}",))
    made = () if change.before else (f"CREATE {cast} {describe(there)}",)
    return Draft((*made, *owner_and_comment(cast, change)))


def rebuilt(change: Change) -> bool:
    """Return whether something else than the comment differs: no other thing can be altered."""
    return not {*change.aspects} <= {"comment"}


KIND = Kind(
    name="cast",
    type=Cast,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_cast m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    rebuilt=rebuilt,
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
