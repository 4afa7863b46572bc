"""An order for the steps of a script: what something needs comes before it and goes after it."""

from __future__ import annotations

import enum
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from schema_tools.keys import Key
from schema_tools.schema.drafting.dependencies import Dependencies
from schema_tools.schema.kinds import kinds

# Their names, and those of types, are of one namespace within a schema, whatever table they have.
_OF_A_SCHEMA = frozenset({"index", "constraint"})


class Turn(enum.IntEnum):
    """What a step does; where nothing else decides, drops come first."""

    DROP = 0
    ALTER = 1
    MAKE = 2


Place = tuple[Turn, Key, tuple[Key, ...]]
"""What a step does, to which object, and the objects that come or go with it."""


@dataclass(slots=True)
class _Graph:
    """For each step the steps that must, or had better, come after it, by their positions."""

    later: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    waiting: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    better: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    wishing: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, first: int, second: int) -> None:
        if first != second and second not in self.later[first]:
            self.later[first].add(second)
            self.waiting[second] += 1

    def wish(self, first: int, second: int) -> None:
        if first != second and second not in self.better[first]:
            self.better[first].add(second)
            self.wishing[second] += 1

    def is_free(self, place: int) -> bool:
        return not self.waiting[place] and not self.wishing[place]

    def done(self, place: int) -> Iterator[int]:
        """Take a step away; yield those that were waiting for it."""
        for later in self.later[place]:
            self.waiting[later] -= 1
        for later in self.better[place]:
            self.wishing[later] -= 1
        yield from sorted(self.later[place] | self.better[place])


def ordered(places: Sequence[Place], before: Dependencies, after: Dependencies) -> Iterator[int]:
    """Yield the positions of the steps in an order that works.

    ``before`` and ``after`` are the arrows between the objects in the two schemas.
    """
    graph = _graph(places, before, after)
    ranks = [_rank(turn, key) for turn, key, _absorbed in places]
    ready = [(ranks[place], place) for place in range(len(places)) if graph.is_free(place)]
    heapq.heapify(ready)
    left = set(range(len(places)))
    while left:
        if not ready:  # a circle: cut where the fewest arrows are in the way, wishes first
            cut = min(
                left, key=lambda place: (graph.waiting[place], graph.wishing[place], ranks[place])
            )
            heapq.heappush(ready, (ranks[cut], cut))
        _rank_of, place = heapq.heappop(ready)
        if place not in left:
            continue
        left.remove(place)
        yield place
        for later in graph.done(place):
            if later in left and graph.is_free(later):
                heapq.heappush(ready, (ranks[later], later))


def _rank(turn: Turn, key: Key) -> tuple[int, int, Key]:
    position = list(kinds()).index(key.kind)
    return (turn, -position if turn is Turn.DROP else position, key)


def _graph(places: Sequence[Place], before: Dependencies, after: Dependencies) -> _Graph:
    graph = _Graph()
    dropping, altering, making = (_positions(places, turn) for turn in Turn)
    for place, (turn, key, others) in enumerate(places):
        own = (key, *others)
        if turn is not Turn.MAKE:
            # What it needed goes, or changes, when it is out of the way.
            out_of_the_way = (dropping, altering) if turn is Turn.DROP else (dropping,)
            for later in _at(before.needs, own, out_of_the_way):
                graph.add(place, later)
        if turn is not Turn.DROP:
            for earlier in _at(partial(_first, after), own, (making, altering)):
                graph.add(earlier, place)
            for earlier in _at(after.prefers, own, (making, altering)):
                graph.wish(earlier, place)
    _keep_names_apart(graph, places)
    return graph


def _first(arrows: Dependencies, key: Key) -> Iterator[Key]:
    """Yield what must be there before an object is made.

    A serial column needs its sequence, and that needs the column only to be given to it later.
    """
    found, belongs = arrows.schema.get(key), kinds()[key.kind].belongs
    owner = belongs(found) if belongs is not None and found is not None else None
    for needed in arrows.needs(key):
        if needed != owner or key not in arrows.needs(owner):
            yield needed


def _positions(places: Sequence[Place], turn: Turn) -> dict[Key, int]:
    return {
        key: place
        for place, (its_turn, own, others) in enumerate(places)
        if its_turn is turn
        for key in (own, *others)
    }


def _at(
    arrows: Callable[[Key], Iterable[Key]],
    own: Iterable[Key],
    groups: tuple[dict[Key, int], ...],
) -> Iterator[int]:
    """Yield the positions of the steps that an arrow leads to."""
    for key in own:
        for needed in arrows(key):
            yield from (group[needed] for group in groups if needed in group)


def _keep_names_apart(graph: _Graph, places: Sequence[Place]) -> None:
    """Let a name be free before another object takes it."""
    freed = defaultdict(list)
    for place, (turn, key, others) in enumerate(places):
        if turn is Turn.DROP:
            for gone in (key, *others):
                freed[_name(gone)].append(place)
    for place, (turn, key, others) in enumerate(places):
        if turn is Turn.MAKE:
            for made in (key, *others):
                for first in freed[_name(made)]:
                    graph.add(first, place)


def _name(key: Key) -> tuple[str, str, str]:
    table = "" if key.kind in _OF_A_SCHEMA else key.table
    return (key.schema, table, key.name)
