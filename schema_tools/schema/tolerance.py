"""What a tolerance is, and how the models are read in its light."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from schema_tools.keys import Key
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, SchemaObject


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


# Asked with what the models and the other source do not say in the same way.
Settle = Callable[[Schema, Schema, ModelFacts], Iterator[Settled]]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A difference between models and another source that is not a fault, and why."""

    name: str
    reason: str
    phase: Phase
    settle: Settle


@dataclass(frozen=True, slots=True)
class Tolerated:
    """That a tolerance was used, and for which object of the other source."""

    tolerance: str
    key: Key


@dataclass(frozen=True, slots=True)
class Reading:
    """The models as they count beside one other source."""

    schema: Schema
    tolerated: tuple[Tolerated, ...] = ()

    def in_light_of(
        self,
        other: Schema,
        facts: ModelFacts,
        tolerances: Iterable[Tolerance],
        *,
        but: Callable[[Key], bool] = lambda key: False,
    ) -> Reading:
        """Return the reading with these tolerances used; ``but`` names keys to leave alone.

        A tolerance is shown what is not equal on both sides, and nothing else.
        """
        mine, theirs = _apart(self.schema, other)
        taken: dict[Key, SchemaObject | None] = {}
        used = list(self.tolerated)
        for tolerance in tolerances:
            changes: dict[Key, SchemaObject | None] = {}
            for settled in tolerance.settle(mine, theirs, facts):
                if but(settled.key):
                    continue
                changes.setdefault(settled.key, None)
                partner = theirs.get(settled.taken_key)
                changes[settled.taken_key] = partner if partner == settled.taken else settled.taken
                used.append(Tolerated(tolerance.name, settled.taken_key))
            mine = mine.replaced(changes)
            taken |= changes
        return Reading(self.schema.replaced(taken), tuple(used))


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
