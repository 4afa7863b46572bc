"""How far a series of steps has come in a database, told by the schema after each of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schema_tools.keys import Key
from schema_tools.schema.comparison.sides import home_of
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.objects import Change, Schema, SchemaObject


@dataclass(frozen=True, slots=True)
class Extent:
    """Which of the states the database is in, as far as it goes for what the steps touch.

    State 0 is the one before the first step, state n the one after step n. ``fits`` are those
    that the database may be in: several where steps leave no trace in a schema, none where it is
    in neither. ``traceless`` are the numbers of the steps (from 1) that change nothing.
    ``nearest`` is the state with the fewest differences; ``difference`` turns it into the
    database. ``elsewhere`` are objects that no step touches, and that differ all the same.
    """

    fits: tuple[int, ...]
    traceless: frozenset[int]
    touched: frozenset[Key]
    nearest: int
    difference: tuple[Change, ...] = ()
    elsewhere: tuple[Key, ...] = ()


def extent(states: Sequence[Schema], live: Schema, *, later: Schema | None = None) -> Extent:
    """Return how far the steps have come; the first of the states is the one before them.

    ``later`` is the schema after others that followed them: what these have changed once more
    tells nothing of the steps.
    """
    steps = [
        frozenset(_differing({*before.objects, *after.objects}, before, after))
        for before, after in itertools.pairwise(states)
    ]
    touched = frozenset[Key]().union(*steps)
    if later is not None:
        touched -= frozenset(_differing(touched, states[-1], later))
    apart = [_differing(touched, state, live) for state in states]
    nearest = min(range(len(states)), key=lambda number: len(apart[number]))
    return Extent(
        fits=tuple(number for number, keys in enumerate(apart) if not keys),
        traceless=frozenset(number for number, keys in enumerate(steps, start=1) if not keys),
        touched=touched,
        nearest=nearest,
        difference=tuple(_change(key, states[nearest], live) for key in sorted(apart[nearest])),
        elsewhere=_elsewhere(later or states[nearest], live, frozenset().union(touched, *steps)),
    )


def _differing(keys: Iterable[Key], before: Schema, after: Schema) -> list[Key]:
    return [key for key in keys if _differ(_at(before, key), _at(after, key))]


def _differ(old: SchemaObject | None, new: SchemaObject | None) -> bool:
    if old is None or new is None:
        return old is not new
    return bool(differing_aspects(old, new))


def _at(schema: Schema, key: Key) -> SchemaObject | None:
    """Return an object, be it there because its table has it from a parent."""
    return schema.get(key) or schema.inherited.get(key)


def _change(key: Key, before: Schema, after: Schema) -> Change:
    old, new = _at(before, key), _at(after, key)
    aspects = differing_aspects(old, new) if old is not None and new is not None else ()
    return Change(key, old, new, aspects)


def _elsewhere(state: Schema, live: Schema, touched: frozenset[Key]) -> tuple[Key, ...]:
    """Return what differs apart from the steps: objects of the state, and others on its tables."""
    mine = state.objects.keys()
    added = (
        key
        for key, found in live.objects.items()
        if key not in mine and key.table and home_of(key, found) in mine
    )
    keys = {*mine, *added} - touched
    return tuple(sorted(_differing(keys, state, live)))
