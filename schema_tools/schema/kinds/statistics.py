"""Extended statistics: what CREATE STATISTICS has the planner learn of a table."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.expressions import normal_form
from schema_tools.schema.names import qualified
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, expression
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# That of one expression has no kinds to choose from. The target is NULL since PostgreSQL 17 where
# it was -1 before.
QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       CASE WHEN h.oid = n.oid THEN s.stxname::text
            ELSE pg_catalog.quote_ident(h.nspname) || '.' || pg_catalog.quote_ident(s.stxname) END
         AS name,
       pg_catalog.array_remove(ARRAY[
         CASE WHEN 'd' = ANY (s.stxkind) THEN 'ndistinct' END,
         CASE WHEN 'f' = ANY (s.stxkind) THEN 'dependencies' END,
         CASE WHEN 'm' = ANY (s.stxkind) THEN 'mcv' END], NULL) AS kinds,
       pg_catalog.pg_get_statisticsobjdef_columns(s.oid) AS definition,
       NULLIF(s.stxstattarget, -1)::int AS target,
       CASE WHEN NOT u.owner = ANY (%(runners)s) THEN u.owner END AS owner,
       pg_catalog.obj_description(s.oid, 'pg_statistic_ext') AS comment,
       h.nspname AS home,
       s.stxname AS bare_name,
       (SELECT pg_catalog.array_agg(DISTINCT a.attname::text)
          FROM pg_catalog.pg_depend p
          JOIN pg_catalog.pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
         WHERE p.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
           AND p.objid = s.oid AND p.refobjid = c.oid
           AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) AS columns
  FROM pg_catalog.pg_statistic_ext s
  JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_namespace h ON h.oid = s.stxnamespace
 CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_userbyid(s.stxowner)::text AS owner) u
 WHERE n.nspname = ANY (%(schemas)s)
   AND c.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.deptype = 'e'
                      AND (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                           AND d.objid = c.oid
                           OR d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
                           AND d.objid = s.oid))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics(SchemaObject):
    """A statistics object, found with its table; in another schema than that its name says so.

    ``kinds`` are ``ndistinct``, ``dependencies``, ``mcv``; ``definition`` lists columns and
    expressions; ``target`` is None where it is the columns' own.
    """

    kinds: tuple[str, ...] = ()
    definition: str | None = expression()
    target: int | None = None
    owner: str | None = None
    comment: str | None = None
    # Told by the name, or by the definition.
    home: str = field(default="public", compare=False)
    bare_name: str = field(default="", compare=False)
    columns: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name in ("kinds", "columns"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def definition(found: Statistics) -> str:
    """Return the CREATE STATISTICS statement."""
    kinds = f" ({', '.join(found.kinds)})" if found.kinds else ""
    return (
        f"CREATE STATISTICS {_name(found)}{kinds} ON {found.definition} "
        f"FROM {qualified(found.schema, found.table)}"
    )


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE, DROP or ALTER STATISTICS; what they are about cannot be altered."""
    before, after = change.before, change.after
    if not isinstance(after, Statistics):
        return Draft(
            (f"DROP STATISTICS {_name(before)}",) if isinstance(before, Statistics) else ()
        )
    name = _name(after)
    statements = [] if before else [definition(after)]
    if "target" in change.aspects or (before is None and after.target is not None):
        target = -1 if after.target is None else after.target
        statements.append(f"ALTER STATISTICS {name} SET STATISTICS {target}")
    return Draft((*statements, *owner_and_comment(f"STATISTICS {name}", change)))


def _name(found: Statistics) -> str:
    return qualified(found.home, found.bare_name)


def _exact(found: Statistics) -> Hashable:
    return (found.kinds, normal_form(found.definition or ""))


def _rebuilt(change: Change) -> bool:
    return bool({"kinds", "definition"} & set(change.aspects))


KIND = Kind(
    name="statistics",
    type=Statistics,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_statistic_ext m WHERE m.oid >= 16384",
    draft=draft,
    describe=definition,
    after=("table", "column"),
    likeness=(_exact,),
    rebuilt=_rebuilt,
    # All of it is about speed.
    severities={
        "missing": Severity.WARNING,
        "extra": Severity.WARNING,
        "kinds": Severity.WARNING,
        "definition": Severity.WARNING,
        "target": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
