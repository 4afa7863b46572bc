"""Sequences: what they count and for which column, never how far they have come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, qualified, quoted
from schema_tools.schema.objects import (
    Change,
    Draft,
    Kind,
    Schema,
    SchemaObject,
    column_key,
    flag,
    table_key,
)
from schema_tools.schema.parts.counting import counted_on, is_next_number
from schema_tools.schema.parts.owner_and_comment import owner_and_comment, owner_to

# The sequence of an identity column (deptype 'i') is part of the column. One that a column owns
# (deptype 'a') has the owner of its table, and can have no other.
QUERY = """
SELECT n.nspname AS schema,
       c.relname AS name,
       pg_catalog.format_type(s.seqtypid, NULL) AS type,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS minimum,
       s.seqmax AS maximum,
       s.seqcache AS cache,
       s.seqcycle AS cycle,
       pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.relname)
         || '.' || pg_catalog.quote_ident(a.attname) AS owned_by,
       CASE WHEN a.attname IS NOT NULL
            THEN ARRAY[tn.nspname, t.relname, a.attname]::text[] END AS owning_column,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
       CASE WHEN o.objid IS NULL AND NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
  LEFT JOIN pg_catalog.pg_depend o
    ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid
   AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0
   AND o.deptype IN ('a', 'i')
  LEFT JOIN pg_catalog.pg_class t ON t.oid = o.refobjid
  LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND d.objoid = c.oid AND d.objsubid = 0
 WHERE n.nspname = ANY (%(schemas)s)
   AND c.relpersistence <> 't'
   AND o.deptype IS DISTINCT FROM 'i'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND e.objid = c.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(SchemaObject):
    """A sequence; ``owned_by`` is the column that it goes with: ``public.t.id``.

    ``persistence`` is ``permanent`` or ``unlogged``.
    """

    type: str = "bigint"
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = 2**63 - 1
    cache: int = 1
    cycle: bool = flag("CYCLE", "NO CYCLE", default=False)
    owned_by: str | None = None
    # The same, as the parts of a key.
    owning_column: tuple[str, ...] = field(default=(), compare=False)
    persistence: str = "permanent"
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "owning_column", tuple(self.owning_column or ()))


# PostgreSQL documentation, CREATE SEQUENCE: the bounds are those of the type.
_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


def _usual(found: Sequence) -> dict[str, int]:
    """Return the bounds and the start that a sequence has if nothing is said of them."""
    top = 2 ** _BITS[found.type]
    minimum, maximum = (1, top - 1) if found.increment > 0 else (-top, -1)
    start = found.minimum if found.increment > 0 else found.maximum
    return {"minimum": minimum, "maximum": maximum, "start": start}


_CLAUSES = {
    "increment": "INCREMENT BY",
    "minimum": "MINVALUE",
    "maximum": "MAXVALUE",
    "start": "START WITH",
    "cache": "CACHE",
}


def of_type(found: Sequence, type_: str, bounded_as: Sequence) -> Sequence:
    """Return a sequence with another type: a bound that the type gave is the new type's.

    ``bounded_as`` has the bounds where its type is the new one. What is no type of a sequence
    leaves it as it is.
    """
    if type_ not in _BITS or type_ == found.type:
        return found
    retyped = replace(found, type=type_)
    if bounded_as.type == type_:
        return replace(retyped, minimum=bounded_as.minimum, maximum=bounded_as.maximum)
    before, after = _usual(found), _usual(retyped)
    if found.minimum == before["minimum"]:
        retyped = replace(retyped, minimum=after["minimum"])
    if found.maximum == before["maximum"]:
        retyped = replace(retyped, maximum=after["maximum"])
    return retyped


def options(found: Sequence) -> str:
    """Return what CREATE SEQUENCE says of a sequence, without what goes without saying."""
    usual = {"increment": 1, "cache": 1, **_usual(found)}
    words = [] if found.type == "bigint" else [f"AS {found.type}"]
    words += [
        f"{clause} {getattr(found, aspect)}"
        for aspect, clause in _CLAUSES.items()
        if getattr(found, aspect) != usual[aspect]
    ]
    return " ".join([*words, *(["CYCLE"] if found.cycle else [])])


def describe(found: Sequence) -> str:
    """Return the sequence's type and options."""
    unlogged = "unlogged " if found.persistence == "unlogged" else ""
    return f"{unlogged}sequence {options(found)}".rstrip()


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE SEQUENCE, DROP SEQUENCE, or ALTER SEQUENCE; the owning column comes last."""
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, Sequence):
        caution = f"How far {name} has counted is lost."
        return Draft((f"DROP SEQUENCE {name}",), safe=False, caution=caution)
    if isinstance(before, Sequence):
        return _alter(name, change, after_schema)
    unlogged = "UNLOGGED " if after.persistence == "unlogged" else ""
    create = f"CREATE {unlogged}SEQUENCE {name} {options(after)}".rstrip()
    trimmings = owner_and_comment(f"SEQUENCE {name}", change)
    counted = _counted_on(after, before_schema, after_schema)
    return Draft((create, *trimmings), afterwards=(*_owned(name, change, after_schema), *counted))


def _counted_on(found: Sequence, before: Schema, after: Schema) -> Iterator[str]:
    """Yield what lets the sequence of a column that was there go on where the rows end."""
    place = found.owning_column
    if not place or column_key(*place) not in before:
        return
    column = after.get(column_key(*place))
    if is_next_number(getattr(column, "default", None)) and getattr(column, "type", "") in _BITS:
        name = literal(qualified(found.schema, found.name))
        yield counted_on(name, *place, start=found.start, descends=found.increment < 0)


def _owned(name: str, change: Change, schema: Schema) -> tuple[str, ...]:
    """Return the statements that give a sequence to its column, whose table's owner it takes."""
    after = change.after
    if not isinstance(after, Sequence) or not after.owning_column:
        return ()
    of_schema, table, column = after.owning_column
    owner = getattr(schema.get(table_key(of_schema, table)), "owner", None)
    taken = owner is not None or "owner" in change.aspects
    return (
        *((owner_to(f"SEQUENCE {name}", owner),) if taken else ()),
        f"ALTER SEQUENCE {name} OWNED BY {qualified(of_schema, table)}.{quoted(column)}",
    )


def _alter(name: str, change: Change, schema: Schema) -> Draft:
    before, after, aspects = change.before, change.after, {*change.aspects}
    if not isinstance(before, Sequence) or not isinstance(after, Sequence):
        return Draft(())
    statements: list[str] = []
    if "owned_by" in aspects and before.owned_by:
        # A column that goes would take it along, and the owner of an owned one is its table's.
        statements.append(f"ALTER SEQUENCE {name} OWNED BY NONE")
    if "persistence" in aspects:
        logged = "UNLOGGED" if after.persistence == "unlogged" else "LOGGED"
        statements.append(f"ALTER SEQUENCE {name} SET {logged}")
    restarts = before.maximum < after.minimum or after.maximum < before.minimum
    if counting := aspects & {"type", "cycle", *_CLAUSES}:
        clauses = [*_altered(after, counting), *(["RESTART"] if restarts else [])]
        statements += [] if restarts else _skip(name, before, after)
        statements.append(f"ALTER SEQUENCE {name} {' '.join(clauses)}")
    own = aspects - {"owner"} if after.owned_by else aspects
    statements += owner_and_comment(f"SEQUENCE {name}", replace(change, aspects=tuple(own)))
    owned = _owned(name, change, schema) if "owned_by" in aspects else ()
    caution = f"{name} starts anew: its old values lie outside its new bounds." * restarts
    return Draft(tuple(statements), safe=not restarts, caution=caution, afterwards=owned)


def _altered(after: Sequence, aspects: set[str]) -> Iterator[str]:
    """Yield the clauses of ALTER SEQUENCE; a new type or direction brings bounds of its own."""
    if "type" in aspects:
        yield f"AS {after.type}"
    for aspect, clause in _CLAUSES.items():
        bound = aspect in {"minimum", "maximum"} and aspects & {"type", "increment"}
        if aspect in aspects or bound:
            yield f"{clause} {getattr(after, aspect)}"
    if "cycle" in aspects:
        yield "CYCLE" if after.cycle else "NO CYCLE"


def _skip(name: str, before: Sequence, after: Sequence) -> list[str]:
    """Return the statement that skips the values which a new first bound shuts out.

    Values that the other bound shuts out may have been used: the server refuses to go back.
    """
    if after.increment > 0 and after.minimum > before.minimum:
        value = f"GREATEST(last_value, {after.minimum})"
    elif after.increment < 0 and after.maximum < before.maximum:
        value = f"LEAST(last_value, {after.maximum})"
    else:
        return []
    skipped = f"pg_catalog.setval({literal(name)}, {value}, is_called)"
    return [" ".join(("SELECT", skipped, "FROM", name))]


def belongs(found: Sequence) -> Key | None:
    """Return the key of the column that a sequence goes with when that is dropped."""
    return column_key(*found.owning_column) if found.owning_column else None


def needs(found: Sequence, schema: Schema) -> Iterator[Key]:
    """Yield the table of the owning column: what becomes of the sequence comes before its end."""
    if found.owning_column and (table := schema.relation(*found.owning_column[:2])):
        yield table


def rename(key: Key, name: str) -> str:
    """Return the statement that gives a sequence another name."""
    return f"ALTER SEQUENCE {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="sequence",
    type=Sequence,
    query=QUERY,
    follows={"minimum": "type", "maximum": "type"},
    draft=draft,
    describe=describe,
    after=("schema",),
    needs=needs,
    belongs=belongs,
    rename=rename,
    holds_data=True,
    severities={
        "extra": Severity.WARNING,
        "cache": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
