"""A serial column where Django makes an identity column today.

Until Django 4.1 the id of a table was ``serial``: a default that takes the next value of a
sequence which the column owns. Migrations leave it as it is (Django 4.1 release notes), so that
nearly every id of an old project is one. Both number rows in the same way while the sequence goes
with the column and counts as far as its type. A sequence that the column does not own, or of
another type, is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.expressions import normal_form
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.sequence import Sequence, of_type
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Schema
from schema_tools.schema.tolerance import Pair, Settled, Tolerance, Weighed


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each identity column with the other side's default, where that is a sequence's next.

    It stays an identity column, and so different, where the sequence is not as serial makes it.
    """
    for key, found, partner, sequence in _numbered(pair):
        taken = replace(found, default=partner.default)
        if not _odd(partner, sequence):
            taken = replace(taken, identity=None, identity_options=())
        yield Settled(key, key, taken)


def weigh(pair: Pair) -> Iterator[Weighed]:
    """Yield each identity column whose partner counts by another sequence than serial's."""
    for key, _found, partner, sequence in _numbered(pair):
        odd = _odd(partner, sequence)
        if odd:
            yield Weighed(
                key,
                "identity",
                Severity.WARNING,
                f"A serial column does as well as an identity column, but its sequence "
                f"{sequence.schema}.{sequence.name} {odd}.",
                # An identity in its place would be another sequence, and lose what this one has.
                mended=(kinds()["sequence"].key(sequence), _as_serial(partner, sequence)),
            )


def _numbered(pair: Pair) -> Iterator[tuple[Key, Column, Column, Sequence]]:
    sequences: dict[str, Sequence] | None = None
    for key, found in pair.models.objects.items():
        partner = pair.other.get(key)
        if not isinstance(found, Column) or not isinstance(partner, Column):
            continue
        if not found.identity or partner.identity or not partner.default:
            continue
        sequences = _by_next_value(pair.known) if sequences is None else sequences
        sequence = sequences.get(normal_form(partner.default))
        if sequence is not None:
            yield key, found, partner, sequence


def _by_next_value(known: Schema) -> dict[str, Sequence]:
    """Return the sequences by the default that takes their next value."""
    return {
        normal_form(f"nextval({literal(_printed(each))}::regclass)"): each
        for each in known.objects.values()
        if isinstance(each, Sequence)
    }


def _printed(sequence: Sequence) -> str:
    return f"{quoted(sequence.schema)}.{quoted(sequence.name)}"


def _as_serial(column: Column, sequence: Sequence) -> Sequence:
    """Return a sequence as serial makes it for a column."""
    place = (column.schema, column.table, column.name)
    owned = replace(sequence, owned_by=".".join(map(quoted, place)), owning_column=place)
    return of_type(replace(owned, increment=1, cycle=False), column.type, sequence)


def _odd(column: Column, sequence: Sequence) -> str:
    """Return what a sequence has that serial would not give it, "" for nothing."""
    if sequence.owning_column != (column.schema, column.table, column.name):
        return "is not owned by it: it stays when the table goes, and pg_dump may leave it out"
    if sequence.type != column.type:
        return f"is of type {sequence.type}, the column is {column.type}"
    if sequence.increment != 1 or sequence.cycle:
        return "does not count one by one"
    return ""


TOLERANCE = Tolerance(
    name="serial",
    reason="The column is serial, as Django made it before 4.1; its sequence numbers the rows as "
    "that of an identity column does.",
    settle=settle,
    weigh=weigh,
)
