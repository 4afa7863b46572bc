"""A unique index where the model's ``unique=True`` makes a unique constraint.

PostgreSQL keeps a unique constraint by means of a unique index (PostgreSQL documentation, "Unique
Indexes"), so that an index made with CREATE UNIQUE INDEX allows and refuses the same rows. It is
passed over where the model leaves the name to Django. Where ``Meta`` names the constraint it is
told as a note, because a migration that drops the constraint by its name would fail. An index
with a condition, on expressions, or one that is invalid keeps less than the constraint.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.index import Index
from schema_tools.schema.names import quoted
from schema_tools.schema.tolerance import Pair, Settled, Tolerance, Weighed


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each unnamed unique constraint of the models as the index that keeps the same."""
    for key, index in _kept_by_index(pair):
        if key not in pair.facts.stated_names:
            yield Settled(key, index, pair.other.get(index))


def weigh(pair: Pair) -> Iterator[Weighed]:
    """Yield each named constraint that only an index keeps, and that index."""
    for key, index in _kept_by_index(pair):
        if key in pair.facts.stated_names:
            hint = (
                f"The unique index {index.name} keeps the rows apart as the constraint would. To "
                f"make it one: ALTER TABLE … ADD CONSTRAINT {quoted(key.name)} UNIQUE USING INDEX "
                f"{quoted(index.name)};"
            )
            yield Weighed(key, "missing", Severity.INFO, hint)
            yield Weighed(index, "extra", Severity.INFO, hint)


def _kept_by_index(pair: Pair) -> Iterator[tuple[Key, Key]]:
    """Yield each unique constraint that the other side lacks, with the index that does for it."""
    indexes = {
        (key.schema, key.table, frozenset(found.columns), _distinct(found.keys)): key
        for key, found in sorted(pair.other.objects.items(), reverse=True)
        if isinstance(found, Index) and key not in pair.models and _is_plain(found)
    }
    for key, found in sorted(pair.models.objects.items()):
        if not isinstance(found, Constraint) or found.type != "unique" or key in pair.other:
            continue
        if found.deferrable:
            continue
        place = (key.schema, key.table, frozenset(found.columns), _distinct(found.definition))
        if place in indexes:
            yield key, indexes.pop(place)


def _is_plain(index: Index) -> bool:
    """Return whether an index keeps whole columns apart, in all rows."""
    if not index.unique or not index.valid or index.predicate is not None:
        return False
    columns = sorted(map(quoted, index.columns))
    keys = (index.keys or "").removesuffix(_NULLS_ALIKE).strip()
    return sorted(keys[1:-1].split(", ")) == columns


_NULLS_ALIKE = " NULLS NOT DISTINCT"


def _distinct(text: str | None) -> bool:
    return _NULLS_ALIKE.strip() not in (text or "")


TOLERANCE = Tolerance(
    name="unique_index",
    reason="A unique index allows and refuses the same rows as a unique constraint.",
    settle=settle,
    weigh=weigh,
)
