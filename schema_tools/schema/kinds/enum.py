"""Enum types: their labels, in order."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.schema.names import literal, qualified
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject

QUERY = """
SELECT n.nspname AS schema,
       t.typname AS name,
       (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) AS labels,
       pg_catalog.obj_description(t.oid, 'pg_type') AS comment
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                      AND d.objid = t.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum(SchemaObject):
    """A type made with CREATE TYPE … AS ENUM; ``labels`` in their sort order."""

    labels: tuple[str, ...]
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels or ()))


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE TYPE, DROP TYPE, or an ADD VALUE for each new label."""
    before, after = change.before, change.after
    if not isinstance(after, Enum):
        return Draft((f"DROP TYPE {qualified(change.key.schema, change.key.name)}",))
    name = qualified(after.schema, after.name)
    if not isinstance(before, Enum):
        labels = ", ".join(literal(label) for label in after.labels)
        return Draft((f"CREATE TYPE {name} AS ENUM ({labels})", *_comment(name, after.comment)))
    comment = _comment(name, after.comment) if "comment" in change.aspects else ()
    if [label for label in after.labels if label in before.labels] != list(before.labels):
        return Draft(
            comment,
            safe=False,
            caution=f"PostgreSQL can neither remove nor reorder the labels of {name}: make a new "
            "type, convert the columns with ALTER COLUMN … TYPE … USING, drop the old type.",
        )
    return Draft((*_added(name, before.labels, after.labels), *comment))


def _added(name: str, before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """Return an ADD VALUE for each new label, at its place."""
    statements = []
    for position, label in enumerate(after):
        if label in before:
            continue
        if position:
            place = f"AFTER {literal(after[position - 1])}"
        elif before:
            place = f"BEFORE {literal(before[0])}"
        else:
            place = ""
        statements.append(f"ALTER TYPE {name} ADD VALUE {literal(label)} {place}".rstrip())
    return tuple(statements)


def _comment(name: str, comment: str | None) -> tuple[str, ...]:
    if comment is None:
        return ()
    return (f"COMMENT ON TYPE {name} IS {literal(comment)}",)


def describe(found: Enum) -> str:
    """Return the labels as CREATE TYPE writes them."""
    return f"ENUM ({', '.join(literal(label) for label in found.labels)})"


KIND = Kind(
    name="enum",
    type=Enum,
    query=QUERY,
    draft=draft,
    describe=describe,
    after=("extension",),
    holds_data=True,
)
