"""Functions, told apart by the types of their arguments; trigger functions are among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.objects import Change, Draft, Kind, Schema, flag
from schema_tools.schema.parts import routines
from schema_tools.schema.parts.extension_ties import ties
from schema_tools.schema.parts.owner_and_comment import owner_and_comment
from schema_tools.schema.parts.routines import Routine

# What another object has made for itself (deptype 'i'), such as the constructor of a range type,
# is part of that.
QUERY = """
SELECT n.nspname AS schema,
       p.proname || '(' || COALESCE(pg_catalog.array_to_string(a.types, ', '), '') || ')' AS name,
       a.types AS argument_types,
       pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
       pg_catalog.pg_get_function_identity_arguments(p.oid) AS identity_arguments,
       p.pronargdefaults AS default_count,
       pg_catalog.pg_get_function_result(p.oid) AS result,
       l.lanname AS language,
       CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END AS body,
       pg_catalog.pg_get_function_sqlbody(p.oid) AS sql_body,
       p.probin AS library,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END
         AS volatility,
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END
         AS parallel,
       p.proisstrict AS strict,
       p.proleakproof AS leakproof,
       p.prosecdef AS security_definer,
       p.prokind = 'w' AS window,
       p.procost::text AS cost,
       p.prorows::text AS rows,
       CASE WHEN p.prosupport <> 0 THEN p.prosupport::pg_catalog.regproc::text END AS support,
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
                    pg_catalog.bool_or(d.deptype IN ('e', 'i')) AS member,
                    pg_catalog.array_agg(e.extname::text ORDER BY e.extname)
                      FILTER (WHERE d.deptype = 'x') AS extensions
               FROM pg_catalog.pg_depend d
               LEFT JOIN pg_catalog.pg_extension e
                 ON e.oid = d.refobjid
                AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
              WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.deptype IN ('e', 'i', 'x')
              GROUP BY d.objid) x ON x.objid = p.oid
 CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(pg_catalog.format_type(t.type, NULL) ORDER BY t.position)
                AS types
         FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS t (type, position)) a
 WHERE p.prokind IN ('f', 'w')
   AND n.nspname = ANY (%(schemas)s)
   AND x.member IS NOT TRUE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Routine):
    """A function; ``cost`` and ``rows`` are what the planner estimates with."""

    result: str
    volatility: str = "volatile"
    parallel: str = "unsafe"
    strict: bool = flag("STRICT", "CALLED ON NULL INPUT", default=False)
    leakproof: bool = flag("LEAKPROOF", "NOT LEAKPROOF", default=False)
    window: bool = flag("WINDOW", "no window function", default=False)
    cost: str = "100"
    rows: str = "0"
    support: str | None = None


def definition(found: Function, verb: str = "CREATE FUNCTION") -> str:
    """Return the CREATE FUNCTION statement."""
    head = f"{routines.head(verb, found)}\nRETURNS {found.result}"
    return routines.definition(found, head, words=_attributes(found))


def _attributes(found: Function) -> Iterator[str]:
    """Yield the attributes that are not what goes without saying."""
    usual = {
        "volatility": "volatile",
        "strict": False,
        "leakproof": False,
        "parallel": "unsafe",
        "cost": "1" if found.language in {"c", "internal"} else "100",
        "rows": "1000" if found.result.startswith(("SETOF ", "TABLE(")) else "0",
    }
    if found.window:
        yield "WINDOW"
    for aspect, value in usual.items():
        if getattr(found, aspect) != value:
            yield _ALTERED[aspect](found)
    if found.support is not None:
        yield f"SUPPORT {found.support}"


# What ALTER FUNCTION says for each aspect that it can change.
_ALTERED: Mapping[str, Callable[[Function], str]] = {
    "volatility": lambda found: found.volatility.upper(),
    "strict": lambda found: "STRICT" if found.strict else "CALLED ON NULL INPUT",
    "leakproof": lambda found: "LEAKPROOF" if found.leakproof else "NOT LEAKPROOF",
    "security_definer": lambda found: f"SECURITY {_security(found)}",
    "parallel": lambda found: f"PARALLEL {found.parallel.upper()}",
    "cost": lambda found: f"COST {found.cost}",
    "rows": lambda found: f"ROWS {found.rows}",
}
_BESIDE = frozenset({"settings", "owner", "comment", "depends_on_extensions"})


def _security(found: Function) -> str:
    return "DEFINER" if found.security_definer else "INVOKER"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE FUNCTION, DROP FUNCTION, ALTER FUNCTION where it is enough, else OR REPLACE."""
    before, after = change.before, change.after
    if not isinstance(after, Function):
        gone = (
            f"DROP FUNCTION {routines.signature(before)}" if isinstance(before, Function) else ""
        )
        return Draft((gone,))
    old = before if isinstance(before, Function) else None
    what = f"FUNCTION {routines.signature(after)}"
    if old is None:
        statements = [definition(after)]
    elif {*change.aspects} - {*_ALTERED} - _BESIDE:
        statements = [definition(after, "CREATE OR REPLACE FUNCTION")]
    else:
        statements = list(_altered(what, old, after, change.aspects))
    statements += owner_and_comment(what, change)
    if old is None or "depends_on_extensions" in change.aspects:
        statements += ties(what, old, after)
    return Draft(tuple(statements))


def _altered(
    what: str, before: Function, after: Function, aspects: tuple[str, ...]
) -> Iterator[str]:
    actions = [words(after) for aspect, words in _ALTERED.items() if aspect in aspects]
    if "settings" in aspects:
        actions += routines.changed_settings(before.settings, after.settings)
    if actions:
        yield f"ALTER {what} {' '.join(actions)}"


def _rebuilt(change: Change) -> bool:
    return bool({"result", "window"} & {*change.aspects}) or routines.cannot_be_replaced(change)


def _rename(key: Key, name: str) -> str:
    return routines.renamed("FUNCTION", key, name)


KIND = Kind(
    name="function",
    type=Function,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_proc m WHERE m.oid >= 16384 AND m.prokind IN ('f', 'w')",
    follows={"body": "language"},
    draft=draft,
    describe=definition,
    after=("table", "column"),
    needs=routines.needs,
    rebuilt=_rebuilt,
    rename=_rename,
    severities={
        "extra": Severity.WARNING,
        "parallel": Severity.WARNING,
        "cost": Severity.WARNING,
        "rows": Severity.WARNING,
        "support": Severity.WARNING,
        "depends_on_extensions": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
