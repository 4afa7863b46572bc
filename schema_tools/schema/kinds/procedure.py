"""Procedures, told apart by the types of their arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.objects import Change, Draft, Kind, Schema
from schema_tools.schema.parts import routines
from schema_tools.schema.parts.extension_ties import ties
from schema_tools.schema.parts.owner_and_comment import owner_and_comment
from schema_tools.schema.parts.routines import Routine

QUERY = """
SELECT n.nspname AS schema,
       p.proname || '(' || COALESCE(pg_catalog.array_to_string(a.types, ', '), '') || ')' AS name,
       a.types AS argument_types,
       pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
       pg_catalog.pg_get_function_identity_arguments(p.oid) AS identity_arguments,
       p.pronargdefaults AS default_count,
       l.lanname AS language,
       CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END AS body,
       pg_catalog.pg_get_function_sqlbody(p.oid) AS sql_body,
       p.probin AS library,
       p.prosecdef AS security_definer,
       p.proconfig AS settings,
       (SELECT pg_catalog.array_agg(pg_catalog.format_type(t.type, NULL) ORDER BY t.position)
          FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY AS t (type, position))
         AS transforms,
       x.extensions AS depends_on_extensions,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       pg_catalog.obj_description(p.oid, 'pg_proc') AS comment
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
  LEFT JOIN (SELECT d.objid,
                    pg_catalog.bool_or(d.deptype = 'e') AS member,
                    pg_catalog.array_agg(e.extname::text ORDER BY e.extname)
                      FILTER (WHERE d.deptype = 'x') AS extensions
               FROM pg_catalog.pg_depend d
               JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
              WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
              GROUP BY d.objid) x ON x.objid = p.oid
 CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(pg_catalog.format_type(t.type, NULL) ORDER BY t.position)
                AS types
         FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS t (type, position)) a
 WHERE p.prokind = 'p'
   AND n.nspname = ANY (%(schemas)s)
   AND x.member IS NOT TRUE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Routine):
    """A procedure; ``name`` carries the types of its input arguments."""


def definition(found: Procedure, verb: str = "CREATE PROCEDURE") -> str:
    """Return the CREATE PROCEDURE statement."""
    return routines.definition(found, routines.head(verb, found), words=())


def _signature(found: Procedure) -> str:
    # With its mode said, p(integer) is never taken for one with an OUT argument more.
    return routines.signature(found, mode="IN ")


_ALTERED = frozenset({"security_definer", "settings"})
_BESIDE = frozenset({"owner", "comment", "depends_on_extensions"})


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE PROCEDURE, DROP PROCEDURE, ALTER PROCEDURE where it does, else OR REPLACE."""
    before, after = change.before, change.after
    if not isinstance(after, Procedure):
        gone = f"DROP PROCEDURE {_signature(before)}" if isinstance(before, Procedure) else ""
        return Draft((gone,))
    old = before if isinstance(before, Procedure) else None
    what = f"PROCEDURE {_signature(after)}"
    if old is None:
        statements = [definition(after)]
    elif {*change.aspects} - _ALTERED - _BESIDE:
        statements = [definition(after, "CREATE OR REPLACE PROCEDURE")]
    else:
        statements = list(_altered(what, old, after, change.aspects))
    statements += owner_and_comment(what, change)
    if old is None or "depends_on_extensions" in change.aspects:
        statements += ties(what, old, after)
    return Draft(tuple(statements))


def _altered(
    what: str, before: Procedure, after: Procedure, aspects: tuple[str, ...]
) -> Iterator[str]:
    actions = []
    if "security_definer" in aspects:
        actions.append(f"SECURITY {'DEFINER' if after.security_definer else 'INVOKER'}")
    if "settings" in aspects:
        actions += routines.changed_settings(before.settings, after.settings)
    if actions:
        yield f"ALTER {what} {' '.join(actions)}"


def _rename(key: Key, name: str) -> str:
    return routines.renamed("PROCEDURE", key, name)


KIND = Kind(
    name="procedure",
    type=Procedure,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_proc m WHERE m.oid >= 16384 AND m.prokind = 'p'",
    follows={"body": "language"},
    draft=draft,
    describe=definition,
    after=("table", "column"),
    needs=routines.needs,
    rebuilt=routines.cannot_be_replaced,
    rename=_rename,
    severities={
        "extra": Severity.WARNING,
        "depends_on_extensions": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
