"""Default privileges: what roles get on objects that are yet to be made.

One object for each role that will make them (``CURRENT_USER`` is the one that runs the
migrations), each type of object and each grantee. Those of a schema come on top of the general
ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.privileges import grants, revokes

# An entry without a schema stands in place of the built-in privileges, one with a schema adds to
# them. Large objects (L) have defaults since PostgreSQL 18.
QUERY = """
WITH stated AS (
  SELECT n.nspname AS schema, d.defaclacl AS acl,
         CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
              WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
              ELSE 'large objects' END AS objects,
         CASE WHEN pg_catalog.pg_get_userbyid(d.defaclrole) = ANY (%(runners)s)
              THEN 'CURRENT_USER'
              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)) END AS role,
         CASE WHEN n.oid IS NULL
              THEN pg_catalog.acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's'
                                              ELSE d.defaclobjtype END::"char", d.defaclrole)
              ELSE pg_catalog.acldefault('c', d.defaclrole) END AS usual
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
   WHERE n.oid IS NULL OR n.nspname = ANY (%(schemas)s)
),
entry AS (
  SELECT s.schema, s.objects, s.role, e.is_there,
         CASE WHEN x.grantee = 0 THEN 'PUBLIC'
              WHEN pg_catalog.pg_get_userbyid(x.grantee) = ANY (%(runners)s) THEN 'CURRENT_USER'
              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END AS grantee,
         x.privilege_type || CASE WHEN pg_catalog.bool_or(x.is_grantable)
                                  THEN ' WITH GRANT OPTION' ELSE '' END AS privilege
    FROM stated s
   CROSS JOIN LATERAL (VALUES (true, s.acl), (false, s.usual)) AS e (is_there, acl)
   CROSS JOIN LATERAL pg_catalog.aclexplode(e.acl) x
   GROUP BY 1, 2, 3, 4, 5, x.privilege_type
),
difference AS (
  SELECT e.schema, e.objects, e.role, e.grantee,
         pg_catalog.array_agg(e.privilege ORDER BY e.privilege) FILTER (WHERE e.is_there)
           AS privileges,
         pg_catalog.array_agg(e.privilege ORDER BY e.privilege) FILTER (WHERE NOT e.is_there)
           AS usual
    FROM entry e
   GROUP BY 1, 2, 3, 4
)
SELECT COALESCE(d.schema, '') AS schema,
       d.objects || ' of ' || d.role || ' to ' || d.grantee AS name,
       d.privileges,
       d.usual,
       d.objects,
       d.role,
       d.grantee
  FROM difference d
 WHERE d.privileges IS DISTINCT FROM d.usual
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPrivilege(SchemaObject):
    """What a grantee gets on objects that a role makes; ``privileges`` are words as in a grant.

    ``usual`` are the built-in ones, such as EXECUTE for PUBLIC on functions.
    """

    privileges: tuple[str, ...] = ()
    # These are told by the key.
    usual: tuple[str, ...] = field(default=(), compare=False)
    objects: str = field(default="", compare=False)
    role: str = field(default="", compare=False)
    grantee: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in ("privileges", "usual"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def describe(found: DefaultPrivilege) -> str:
    """Return what is granted: ``SELECT on tables of CURRENT_USER to reader``."""
    return f"{', '.join(found.privileges) or 'nothing'} on {found.name}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft ALTER DEFAULT PRIVILEGES.

    What is no longer stated goes first and what is newly stated comes last, so that neither
    meddles with what the same script makes.
    """
    old, new = change.before, change.after
    found = new or old
    if not isinstance(found, DefaultPrivilege):
        return Draft(())
    before = old.privileges if isinstance(old, DefaultPrivilege) else found.usual
    after = new.privileges if isinstance(new, DefaultPrivilege) else found.usual
    within = f" IN SCHEMA {quoted(found.schema)}" if found.schema else ""
    head = f"ALTER DEFAULT PRIVILEGES FOR ROLE {found.role}{within} "
    on = found.objects.upper()
    taken = tuple(head + each for each in revokes(before, after, on, found.grantee))
    given = tuple(head + each for each in grants(before, after, on, found.grantee))
    if new is None:
        return Draft((*taken, *given))
    if old is None:
        return Draft((), afterwards=(*taken, *given))
    return Draft(taken, afterwards=given)


def _belongs(found: DefaultPrivilege) -> Key | None:
    return Key("schema", "", "", found.schema) if found.schema else None


KIND = Kind(
    name="default_privilege",
    type=DefaultPrivilege,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_default_acl m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    belongs=_belongs,
    severities={"extra": Severity.WARNING},
)
