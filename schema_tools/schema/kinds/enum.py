"""Enum types: their labels, in order."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.drafting.dependencies import texts_of
from schema_tools.schema.drafting.exchange import Exchange, by_way_of_text
from schema_tools.schema.names import literal, qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       t.typname AS name,
       l.labels,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN (SELECT e.enumtypid,
                    pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
               FROM pg_catalog.pg_enum e
              GROUP BY e.enumtypid) l ON l.enumtypid = t.oid
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = t.typowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objoid = t.oid
 WHERE t.typtype = 'e'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                      AND e.objid = t.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum(SchemaObject):
    """A type made with CREATE TYPE … AS ENUM; ``labels`` in their sort order."""

    labels: tuple[str, ...]
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels or ()))


def describe(found: Enum) -> str:
    """Return the labels as CREATE TYPE writes them."""
    return f"ENUM ({', '.join(literal(label) for label in found.labels)})"


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE TYPE, DROP TYPE, ADD VALUE, RENAME VALUE, or the exchange for a new type."""
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, Enum):
        return Draft((f"DROP TYPE {name}",))
    trimmings = owner_and_comment(f"TYPE {name}", change)
    if not isinstance(before, Enum):
        return Draft((_create(name, after), *trimmings))
    if "labels" not in change.aspects or _only_adds(before, after):
        added = _added(name, before.labels, after.labels)
        return Draft((*added, *trimmings), caution=_too_early(before, after, after_schema))
    if renamed := _renamed(before, after):
        old, new = map(literal, renamed)
        statement = f"ALTER TYPE {name} RENAME VALUE {old} TO {new}"
        caution = f"Rows that have {old} have {new} then."
        return Draft((statement, *trimmings), caution=caution)
    made = owner_and_comment(f"TYPE {name}", Change(change.key, None, after))
    exchange = Exchange(
        change.key, "TYPE", (_create(name, after), *made), before_schema, after_schema
    )
    return exchange.draft(by_way_of_text(change.key), _loss(before, after))


def _create(name: str, found: Enum) -> str:
    return f"CREATE TYPE {name} AS {describe(found)}"


def _only_adds(before: Enum, after: Enum) -> bool:
    return [label for label in after.labels if label in before.labels] == [*before.labels]


def _renamed(before: Enum, after: Enum) -> tuple[str, str] | None:
    """Return the old and the new label where just one differs, in one place."""
    if len(before.labels) != len(after.labels):
        return None
    pairs = [
        (old, new) for old, new in zip(before.labels, after.labels, strict=True) if old != new
    ]
    return pairs[0] if len(pairs) == 1 else None


def _loss(before: Enum, after: Enum) -> str:
    gone = [literal(label) for label in before.labels if label not in after.labels]
    return f"No row may have {' or '.join(gone)}." if gone else ""


def _too_early(before: Enum, after: Enum, schema: Schema) -> str:
    """Return a warning where something is written with a label that it is made together with.

    PostgreSQL documentation, ALTER TYPE: a new value cannot be used in the transaction that adds
    it.
    """
    spelled = f"::{quoted(after.schema)}.{quoted(after.name)}"
    written = {
        f"{literal(label)}{spelled}" for label in after.labels if label not in before.labels
    }
    texts = (text for found in schema.objects.values() for text in texts_of(found))
    used = sorted({each for text in texts if spelled in text for each in written if each in text})
    if not used:
        return ""
    labels = ", ".join(each.removesuffix(spelled) for each in used)
    return f"{labels} can be used after COMMIT only: put what uses it into a file of its own."


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


def in_the_way(change: Change) -> bool:
    """Return whether another type takes the place of this one: what uses it must make way."""
    before, after = change.before, change.after
    if not isinstance(before, Enum) or not isinstance(after, Enum):
        return False
    return not _only_adds(before, after) and _renamed(before, after) is None


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the type another name."""
    return f"ALTER TYPE {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="enum",
    type=Enum,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_type m WHERE m.oid >= 16384 AND m.typtype = 'e'",
    draft=draft,
    describe=describe,
    after=("extension",),
    in_the_way=in_the_way,
    holds_data=True,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
