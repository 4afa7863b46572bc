"""Range types, each with its multirange type."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.drafting.exchange import Exchange
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# The default operator class and the type's own collation go without saying.
QUERY = """
SELECT n.nspname AS schema,
       t.typname AS name,
       pg_catalog.format_type(g.rngsubtype, NULL) AS subtype,
       CASE WHEN NOT o.opcdefault OR o.opcintype <> g.rngsubtype
            THEN pg_catalog.quote_ident(os.nspname) || '.' || pg_catalog.quote_ident(o.opcname)
            END AS operator_class,
       CASE WHEN g.rngcollation <> s.typcollation
            THEN pg_catalog.quote_ident(ls.nspname) || '.' || pg_catalog.quote_ident(l.collname)
            END AS collation,
       CASE WHEN g.rngcanonical::oid <> 0 THEN g.rngcanonical::text END AS canonical,
       CASE WHEN g.rngsubdiff::oid <> 0 THEN g.rngsubdiff::text END AS subtype_diff,
       m.typname AS multirange,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_range g
  JOIN pg_catalog.pg_type t ON t.oid = g.rngtypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_catalog.pg_type s ON s.oid = g.rngsubtype
  JOIN pg_catalog.pg_type m ON m.oid = g.rngmultitypid
  JOIN pg_catalog.pg_opclass o ON o.oid = g.rngsubopc
  JOIN pg_catalog.pg_namespace os ON os.oid = o.opcnamespace
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = g.rngcollation
  LEFT JOIN pg_catalog.pg_namespace ls ON ls.oid = l.collnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = t.typowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objoid = t.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                      AND e.objid = t.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range(SchemaObject):
    """A range type; ``multirange`` is the name of the type that holds several of its ranges."""

    subtype: str
    multirange: str
    operator_class: str | None = None
    collation: str | None = None
    canonical: str | None = None
    subtype_diff: str | None = None
    owner: str | None = None
    comment: str | None = None

    @property
    def provides(self) -> tuple[tuple[str, str], ...]:
        """Return what is made and dropped with the type: pairs of schema and name."""
        return ((self.schema, self.multirange),)


_CLAUSES = {
    "subtype": "SUBTYPE",
    "operator_class": "SUBTYPE_OPCLASS",
    "collation": "COLLATION",
    "canonical": "CANONICAL",
    "subtype_diff": "SUBTYPE_DIFF",
}


def describe(found: Range) -> str:
    """Return the range as CREATE TYPE writes it."""
    values = {clause: getattr(found, aspect) for aspect, clause in _CLAUSES.items()}
    parts = [f"{clause} = {value}" for clause, value in values.items() if value is not None]
    multirange = qualified(found.schema, found.multirange)
    return f"RANGE ({', '.join([*parts, f'MULTIRANGE_TYPE_NAME = {multirange}'])})"


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE TYPE, DROP TYPE, or the new names, owner and comment.

    Nothing else of a range can be altered: it is made anew where no column has it. A new name
    would leave its constructor functions behind, so that there is no place for another one.
    """
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, Range):
        return Draft((f"DROP TYPE {name}",))
    if not isinstance(before, Range):
        return Draft(_create(name, change.key, after))
    if in_the_way(change):
        create = _create(name, change.key, after)
        return Exchange(change.key, "TYPE", create, before_schema, after_schema).draft(None, "")
    statements: tuple[str, ...] = ()
    if "multirange" in change.aspects:
        old = qualified(before.schema, before.multirange)
        statements = (f"ALTER TYPE {old} RENAME TO {quoted(after.multirange)}",)
    return Draft((*statements, *owner_and_comment(f"TYPE {name}", change)))


def _create(name: str, key: Key, found: Range) -> tuple[str, ...]:
    trimmings = owner_and_comment(f"TYPE {name}", Change(key, None, found))
    return (f"CREATE TYPE {name} AS {describe(found)}", *trimmings)


def in_the_way(change: Change) -> bool:
    """Return whether another type takes the place of this one: what uses it must make way."""
    return not _CLAUSES.keys().isdisjoint(change.aspects)


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the type another name."""
    return f"ALTER TYPE {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="range",
    type=Range,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_type m WHERE m.oid >= 16384 AND m.typtype = 'r'",
    draft=draft,
    describe=describe,
    after=("enum", "collation"),
    in_the_way=in_the_way,
    holds_data=True,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "subtype_diff": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
