"""What a tolerance is, and how the models are read in its light."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, SchemaObject, table_key


class Phase(enum.IntEnum):
    """Names are paired first, so that what comes after finds both sides under one key."""

    PAIR = 1
    SETTLE = 2


@dataclass(frozen=True, slots=True)
class Settled:
    """One difference that is no fault.

    The models count as saying ``taken`` under ``taken_key`` instead of what they say under
    ``key``; a ``taken`` of None means that they count as saying nothing.
    """

    key: Key
    taken_key: Key
    taken: SchemaObject | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """One difference whose cause is known: it stays a finding, of another weight.

    ``hint`` says what the cause is and what to do. ``aspect`` is the name of a field, or
    ``missing`` or ``extra``. ``mended`` is another object of the other source as it should be,
    where that is what is wrong.
    """

    key: Key
    aspect: str
    severity: Severity
    hint: str
    tolerance: str = ""
    mended: tuple[Key, SchemaObject] | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """The models beside one other source.

    ``models`` and ``other`` hold what the two do not say in the same way, ``known`` all of the
    other source.
    """

    models: Schema
    other: Schema
    facts: ModelFacts
    known: Schema

    def is_djangos(self, key: Key) -> bool:
        """Return whether Django's migrations make an object's table, and no SQL file does."""
        return table_key(key.schema, key.table) in self.facts.django_tables


Settle = Callable[[Pair], Iterator[Settled]]
Weigh = Callable[[Pair], Iterator[Weighed]]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A difference between models and another source that is not a fault, and why.

    ``settle`` finds those to pass over, ``weigh`` those to be told for what they are.
    """

    name: str
    reason: str
    phase: Phase = Phase.SETTLE
    settle: Settle | None = None
    weigh: Weigh | None = None


@dataclass(frozen=True, slots=True)
class Tolerated:
    """That a tolerance was used, and for which object of the other source."""

    tolerance: str
    key: Key


Weights = Mapping[tuple[Key, str], Weighed]
"""Differences of known cause by the key and the aspect of what differs."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The models as they count beside one other source."""

    schema: Schema
    tolerated: tuple[Tolerated, ...] = ()
    weights: Weights = field(default_factory=dict)

    def in_light_of(
        self,
        other: Schema,
        facts: ModelFacts,
        tolerances: Iterable[Tolerance],
        *,
        but: Callable[[Key], bool] = lambda key: False,
    ) -> Reading:
        """Return the reading with these tolerances used; ``but`` names keys to leave alone.

        A tolerance is shown what is not equal on both sides, and nothing else. What is weighed is
        what none of them settles.
        """
        mine, theirs = _apart(self.schema, other)
        pair = Pair(mine, theirs, facts, other)
        taken: dict[Key, SchemaObject | None] = {}
        used = list(self.tolerated)
        tolerances = tuple(tolerances)
        for tolerance in tolerances:
            changes: dict[Key, SchemaObject | None] = {}
            for settled in tolerance.settle(pair) if tolerance.settle else ():
                if but(settled.key):
                    continue
                changes.setdefault(settled.key, None)
                partner = theirs.get(settled.taken_key)
                changes[settled.taken_key] = partner if partner == settled.taken else settled.taken
                used.append(Tolerated(tolerance.name, settled.taken_key))
            pair = replace(pair, models=pair.models.replaced(changes))
            taken |= changes
        weights = {
            (weighed.key, weighed.aspect): replace(weighed, tolerance=tolerance.name)
            for tolerance in tolerances
            for weighed in (tolerance.weigh(pair) if tolerance.weigh else ())
        }
        return Reading(self.schema.replaced(taken), tuple(used), {**self.weights, **weights})


def _apart(first: Schema, second: Schema) -> tuple[Schema, Schema]:
    """Return what of two schemas is not equal in the other."""
    if first is second:
        return Schema(), Schema()
    ours, theirs = first.objects, second.objects
    equal = {
        key
        for key, found in ours.items()
        if (partner := theirs.get(key)) is found or partner == found
    }
    return (
        replace(first, objects={key: ours[key] for key in ours.keys() - equal}),
        replace(second, objects={key: theirs[key] for key in theirs.keys() - equal}),
    )


@functools.cache
def tolerances() -> Mapping[str, Tolerance]:
    """Return every tolerance by its name."""
    from schema_tools.plugins import load_plugins
    from schema_tools.schema import tolerances as package

    return load_plugins(package, "TOLERANCE", Tolerance, key=lambda each: each.name)


def of_phase(phase: Phase) -> tuple[Tolerance, ...]:
    """Return the tolerances of one phase."""
    return tuple(each for each in tolerances().values() if each.phase == phase)
