"""Operator classes: how an access method orders or finds the values of a type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# What the method holds on to by itself for a class (deptype 'a' of the family) is the family's.
QUERY = """
WITH member AS (
  SELECT e.refobjid AS class,
         'OPERATOR ' || a.amopstrategy || ' ' || a.amopopr::pg_catalog.regoperator::text
           || COALESCE(' FOR ORDER BY ' || pg_catalog.quote_ident(sn.nspname) || '.'
                       || pg_catalog.quote_ident(s.opfname), '') AS definition
    FROM pg_catalog.pg_depend e
    JOIN pg_catalog.pg_amop a ON a.oid = e.objid
    LEFT JOIN pg_catalog.pg_opfamily s ON s.oid = a.amopsortfamily
    LEFT JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace
   WHERE e.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass
     AND e.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
  UNION ALL
  SELECT e.refobjid,
         'FUNCTION ' || p.amprocnum || ' (' || pg_catalog.format_type(p.amproclefttype, NULL)
           || ', ' || pg_catalog.format_type(p.amprocrighttype, NULL) || ') '
           || p.amproc::pg_catalog.regprocedure::text
    FROM pg_catalog.pg_depend e
    JOIN pg_catalog.pg_amproc p ON p.oid = e.objid
   WHERE e.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass
     AND e.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
)
SELECT n.nspname AS schema,
       o.opcname || ' using ' || m.amname AS name,
       o.opcname AS bare_name,
       m.amname AS method,
       pg_catalog.format_type(o.opcintype, NULL) AS type,
       o.opcdefault AS default,
       pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(f.opfname) AS family,
       CASE WHEN o.opckeytype <> 0 THEN pg_catalog.format_type(o.opckeytype, NULL) END AS storage,
       l.members,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_opclass o
  JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
  JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod
  JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily
  JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace
  LEFT JOIN (SELECT b.class,
                    pg_catalog.array_agg(b.definition ORDER BY b.definition) AS members
               FROM member b
              GROUP BY b.class) l ON l.class = o.oid
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = o.opcowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.objoid = o.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
                      AND e.objid = o.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorClass(SchemaObject):
    """An operator class, named ``by_length using btree``; ``storage`` where it is another type."""

    # Told by the name.
    bare_name: str = field(compare=False)
    method: str = field(compare=False)
    type: str
    default: bool = flag("DEFAULT", "not DEFAULT", default=False)
    family: str
    storage: str | None = None
    members: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members or ()))


def describe(found: OperatorClass) -> str:
    """Return the class as CREATE OPERATOR CLASS writes it; it must say at least one thing."""
    storage = found.storage or ("" if found.members else found.type)
    parts = [*found.members, *([f"STORAGE {storage}"] if storage else [])]
    default = "DEFAULT " if found.default else ""
    head = f"{default}FOR TYPE {found.type} USING {quoted(found.method)} FAMILY {found.family}"
    return f"{head} AS {', '.join(parts)}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE OPERATOR CLASS, DROP OPERATOR CLASS, new owner and comment."""
    there = change.after or change.before
    if not isinstance(there, OperatorClass):
        return Draft(())
    bare = qualified(there.schema, there.bare_name)
    name = f"OPERATOR CLASS {bare} USING {quoted(there.method)}"
    if change.after is None:
        return Draft((f"DROP {name}",))
    made = () if change.before else (f"CREATE OPERATOR CLASS {bare} {describe(there)}",)
    return Draft((*made, *owner_and_comment(name, change)))


def rebuilt(change: Change) -> bool:
    """Return whether something differs that ALTER OPERATOR CLASS cannot change."""
    return not {*change.aspects} <= {"owner", "comment"}


def needs(found: OperatorClass, _schema: Schema) -> Iterator[Key]:
    """Yield the access method."""
    yield Key("access_method", "", "", found.method)


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the class another name."""
    bare, _using, method = key.name.rpartition(" using ")
    found = f"{qualified(key.schema, bare)} USING {quoted(method)}"
    return f"ALTER OPERATOR CLASS {found} RENAME TO {quoted(name.rpartition(' using ')[0])}"


KIND = Kind(
    name="operator_class",
    type=OperatorClass,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_opclass m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("operator_family",),
    needs=needs,
    rebuilt=rebuilt,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
