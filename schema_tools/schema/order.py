"""An order for the steps of a script: what something needs comes before it and goes after it."""

from __future__ import annotations

import enum
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from schema_tools.keys import Key
from schema_tools.schema.dependencies import Dependencies
from schema_tools.schema.kinds import kinds

# Their names, and those of types, are of one namespace within a schema, whatever table they have.
_OF_A_SCHEMA = frozenset({"index", "constraint"})


class Turn(enum.IntEnum):
    """What a step does; where nothing else decides, drops come first."""

    DROP = 0
    ALTER = 1
    MAKE = 2


Place = tuple[Turn, Key, tuple[Key, ...]]
"""What a step does, to which object, and the objects that it makes besides."""


@dataclass(slots=True)
class _Graph:
    """For each step the steps that must come after it, by their positions."""

    later: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    waiting: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, first: int, second: int) -> None:
        if first != second and second not in self.later[first]:
            self.later[first].add(second)
            self.waiting[second] += 1


def ordered(places: Sequence[Place], before: Dependencies, after: Dependencies) -> Iterator[int]:
    """Yield the positions of the steps in an order that works.

    ``before`` and ``after`` are the arrows between the objects in the two schemas.
    """
    graph = _graph(places, before, after)
    ranks = [_rank(turn, key) for turn, key, _absorbed in places]
    ready = [(ranks[place], place) for place in range(len(places)) if not graph.waiting[place]]
    heapq.heapify(ready)
    left = set(range(len(places)))
    while left:
        if not ready:  # a circle: cut where the fewest arrows are in the way
            cut = min(left, key=lambda place: (graph.waiting[place], ranks[place]))
            graph.waiting[cut] = 0
            heapq.heappush(ready, (ranks[cut], cut))
        _rank_of, place = heapq.heappop(ready)
        if place not in left:
            continue
        left.remove(place)
        yield place
        for later in graph.later[place]:
            graph.waiting[later] -= 1
            if graph.waiting[later] == 0 and later in left:
                heapq.heappush(ready, (ranks[later], later))


def _rank(turn: Turn, key: Key) -> tuple[int, int, Key]:
    position = list(kinds()).index(key.kind)
    return (turn, -position if turn is Turn.DROP else position, key)


def _graph(places: Sequence[Place], before: Dependencies, after: Dependencies) -> _Graph:
    graph = _Graph()
    dropping = {key: place for place, (turn, key, _) in enumerate(places) if turn is Turn.DROP}
    altering = {key: place for place, (turn, key, _) in enumerate(places) if turn is Turn.ALTER}
    making = {
        made: place
        for place, (turn, key, absorbed) in enumerate(places)
        if turn is Turn.MAKE
        for made in (key, *absorbed)
    }
    for place, (turn, key, absorbed) in enumerate(places):
        if turn is not Turn.MAKE:
            for needed in before.needs(key):
                # What it needed goes, or changes, when it is out of the way.
                for later in _at(needed, dropping, *((altering,) if turn is Turn.DROP else ())):
                    graph.add(place, later)
        if turn is not Turn.DROP:
            for needed in (each for made in (key, *absorbed) for each in after.needs(made)):
                for earlier in _at(needed, making, altering):
                    graph.add(earlier, place)
    _keep_names_apart(graph, places)
    return graph


def _at(key: Key, *groups: dict[Key, int]) -> Iterable[int]:
    return [group[key] for group in groups if key in group]


def _keep_names_apart(graph: _Graph, places: Sequence[Place]) -> None:
    """Let a name be free before another object takes it."""
    freed = defaultdict(list)
    for place, (turn, key, _absorbed) in enumerate(places):
        if turn is Turn.DROP:
            freed[_name(key)].append(place)
    for place, (turn, key, absorbed) in enumerate(places):
        if turn is Turn.MAKE:
            for made in (key, *absorbed):
                for first in freed[_name(made)]:
                    graph.add(first, place)


def _name(key: Key) -> tuple[str, str, str]:
    table = "" if key.kind in _OF_A_SCHEMA else key.table
    return (key.schema, table, key.name)
