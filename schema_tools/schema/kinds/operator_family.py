"""Operator families, with the operators and functions that no class of them holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
WITH member AS (
  SELECT e.refobjid AS family,
         'OPERATOR ' || a.amopstrategy || ' (' || pg_catalog.format_type(a.amoplefttype, NULL)
           || ', ' || pg_catalog.format_type(a.amoprighttype, NULL) || ')' AS slot,
         'OPERATOR ' || a.amopstrategy || ' ' || a.amopopr::pg_catalog.regoperator::text
           || COALESCE(' FOR ORDER BY ' || pg_catalog.quote_ident(sn.nspname) || '.'
                       || pg_catalog.quote_ident(s.opfname), '') AS definition
    FROM pg_catalog.pg_depend e
    JOIN pg_catalog.pg_amop a ON a.oid = e.objid
    LEFT JOIN pg_catalog.pg_opfamily s ON s.oid = a.amopsortfamily
    LEFT JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace
   WHERE e.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass
     AND e.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
     AND e.refobjid = a.amopfamily
  UNION ALL
  SELECT e.refobjid,
         'FUNCTION ' || p.amprocnum || t.types,
         'FUNCTION ' || p.amprocnum || t.types || ' ' || p.amproc::pg_catalog.regprocedure::text
    FROM pg_catalog.pg_depend e
    JOIN pg_catalog.pg_amproc p ON p.oid = e.objid
   CROSS JOIN LATERAL (
         SELECT ' (' || pg_catalog.format_type(p.amproclefttype, NULL) || ', '
                || pg_catalog.format_type(p.amprocrighttype, NULL) || ')' AS types) t
   WHERE e.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass
     AND e.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
)
SELECT n.nspname AS schema,
       f.opfname || ' using ' || m.amname AS name,
       f.opfname AS bare_name,
       m.amname AS method,
       l.slots,
       l.members,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_opfamily f
  JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
  JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod
  LEFT JOIN (SELECT b.family,
                    pg_catalog.array_agg(b.slot ORDER BY b.slot) AS slots,
                    pg_catalog.array_agg(b.definition ORDER BY b.slot) AS members
               FROM member b
              GROUP BY b.family) l ON l.family = f.oid
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = f.opfowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND d.objoid = f.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
                      AND e.objid = f.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFamily(SchemaObject):
    """An operator family, named ``numbers using btree``.

    ``members`` are as ALTER OPERATOR FAMILY … ADD takes them; ``slots`` as DROP does.
    """

    # Told by the name.
    bare_name: str = field(compare=False)
    method: str = field(compare=False)
    members: tuple[str, ...] = ()
    # Told by the members, one for each.
    slots: tuple[str, ...] = field(default=(), compare=False)
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("members", "slots"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def describe(found: OperatorFamily) -> str:
    """Return the family's method and what is in it by itself."""
    return ", ".join((f"USING {quoted(found.method)}", *found.members))


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE OPERATOR FAMILY, DROP OPERATOR FAMILY, or the members that come and go."""
    before, after = change.before, change.after
    there = after or before
    if not isinstance(there, OperatorFamily):
        return Draft(())
    name = f"{qualified(there.schema, there.bare_name)} USING {quoted(there.method)}"
    if after is None:
        return Draft((f"DROP OPERATOR FAMILY {name}",))
    made = () if before else (f"CREATE OPERATOR FAMILY {name}",)
    old = before if isinstance(before, OperatorFamily) else None
    trimmings = owner_and_comment(f"OPERATOR FAMILY {name}", change)
    return Draft((*made, *_members(f"ALTER OPERATOR FAMILY {name}", old, there), *trimmings))


def _members(alter: str, before: OperatorFamily | None, after: OperatorFamily) -> Iterator[str]:
    old = dict(zip(before.members, before.slots, strict=True)) if before else {}
    gone = [slot for member, slot in old.items() if member not in after.members]
    new = [member for member in after.members if member not in old]
    if gone:
        yield f"{alter} DROP {', '.join(gone)}"
    if new:
        yield f"{alter} ADD {', '.join(new)}"


def needs(found: OperatorFamily, _schema: Schema) -> Iterator[Key]:
    """Yield the access method."""
    yield Key("access_method", "", "", found.method)


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the family another name."""
    bare, _using, method = key.name.rpartition(" using ")
    family = f"{qualified(key.schema, bare)} USING {quoted(method)}"
    return f"ALTER OPERATOR FAMILY {family} RENAME TO {quoted(name.rpartition(' using ')[0])}"


KIND = Kind(
    name="operator_family",
    type=OperatorFamily,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_opfamily m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("access_method", "operator"),
    needs=needs,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
