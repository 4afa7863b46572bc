"""The SQL of many changes as one script, in an order that works.

What is dropped goes before what it needs, what is made comes after. An object that stands in the
way of a change, such as a view of a column whose type changes, is dropped first and made again
afterwards. An order that would have to be a circle is cut at the place that matters least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from schema_tools.keys import Key
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.drafting.dependencies import Dependencies
from schema_tools.schema.drafting.inheritance import untied
from schema_tools.schema.drafting.order import Place, Turn, ordered
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import RELATIONS, Change, Draft, Schema, SchemaObject


@dataclass(frozen=True, slots=True)
class Step:
    """A change that is drafted by itself, and when its turn is.

    ``cargo`` names what goes by itself with what it drops.
    """

    turn: Turn
    change: Change
    cargo: tuple[Key, ...] = ()


@dataclass(slots=True)
class _Gathered:
    """The changes that were asked for, and those that they call for."""

    changes: dict[Key, Change]
    remade: set[Key] = field(default_factory=set)
    set_aside: dict[Key, SchemaObject] = field(default_factory=dict)


def script(changes: Iterable[Change], before: Schema, after: Schema) -> Draft:
    """Draft several changes as one, in an order that works."""
    parts = drafts(changes, before, after)
    statements = [text for draft in parts for text in draft.statements]
    statements += dict.fromkeys(text for draft in parts for text in draft.afterwards)
    cautions = dict.fromkeys(
        text for draft in parts for text in (draft.caution, draft.caution_afterwards) if text
    )
    return Draft(
        tuple(statements),
        tuple(sorted({key for draft in parts for key in draft.absorbs})),
        all(draft.safe for draft in parts),
        " ".join(cautions),
    )


def drafts(changes: Iterable[Change], before: Schema, after: Schema) -> tuple[Draft, ...]:
    """Draft several changes one by one, in an order that works.

    What a draft absorbs is left out, and what goes by itself with a dropped table or column. All
    that is to be done ``afterwards`` comes when the last of them is done, and what is to be done
    ``beforehand`` as a draft of its own.
    """
    world = untied(changes, before, after)
    old, new = Dependencies(world.before), Dependencies(world.after)
    steps = list(_steps(_gather(world.changes, old, world.after), old))
    drafted = [
        kinds()[step.change.key.kind].draft(step.change, world.before, world.after)
        for step in steps
    ]
    absorbed = {
        key
        for step, draft in zip(steps, drafted, strict=True)
        if step.turn is Turn.MAKE
        for key in draft.absorbs
    }
    kept = [
        (step, draft)
        for step, draft in zip(steps, drafted, strict=True)
        if step.turn is not Turn.MAKE or step.change.key not in absorbed
    ]
    places = [(step.turn, step.change.key, (*draft.absorbs, *step.cargo)) for step, draft in kept]
    order = list(ordered(places, old, new))
    found = tuple(replace(kept[place][1], beforehand=()) for place in order)
    if _too_early([places[place] for place in order], new):
        found = _unchecked(found)
    beforehand = tuple(text for _step, draft in kept for text in draft.beforehand)
    return (Draft(beforehand), *found) if beforehand else found


def _too_early(places: list[Place], new: Dependencies) -> bool:
    """Return whether a program is made before something that its source may name."""
    made_at = {
        key: position
        for position, (turn, own, others) in enumerate(places)
        if turn is Turn.MAKE
        for key in (own, *others)
    }
    return any(
        made_at.get(preferred, 0) > position
        for position, (turn, own, _others) in enumerate(places)
        if turn is not Turn.DROP
        for preferred in new.prefers(own)
    )


def _unchecked(found: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """Put around drafts what lets PostgreSQL take programs without looking at what they name."""
    return (
        Draft(("SET check_function_bodies = off",)),
        *found,
        Draft(("RESET check_function_bodies",)),
    )


def _gather(changes: Iterable[Change], old: Dependencies, after: Schema) -> _Gathered:
    """Add to the changes what stands in their way: it goes first, and returns if it has a place.

    What holds data is not dropped; it is brought into a state in which it can do without.
    """
    result = _Gathered({change.key: change for change in changes})
    gone = frozenset(change.key for change in result.changes.values() if _goes(change))
    altered = frozenset(change.key for change in result.changes.values() if _needs_room(change))
    near = {
        key
        for key in old.near(altered)
        if key in result.changes
        or old.schema.objects[key] != after.get(key)
        or not _is_carried(key, altered, result, old)
    }

    def copes(key: Key) -> bool:
        needed = old.needs(key) & (gone | altered)
        return _without(key, old.schema.objects[key], needed) is not None

    def stays(key: Key) -> bool:
        return key in after and kinds()[key.kind].has_data(old.schema.objects[key])

    far = old.dependents(gone | {key for key in near if not copes(key)}, but_for=stays)
    for key in sorted(near | far):
        change = result.changes.setdefault(
            key, Change(key, old.schema.objects[key], after.get(key))
        )
        if change.before is None or change.after is None:
            continue
        if not all(map(kinds()[key.kind].has_data, (change.before, change.after))):
            result.remade.add(key)
        elif rest := _without(key, change.before, old.needs(key) & (gone | altered)):
            result.set_aside[key] = rest
    result.remade |= {change.key for change in result.changes.values() if _is_rebuilt(change)}
    return result


def _goes(change: Change) -> bool:
    """Return whether an object goes, be it to come again: nothing can depend on it then."""
    return change.before is not None and (change.after is None or _is_rebuilt(change))


def _needs_room(change: Change) -> bool:
    """Return whether what depends on an object must be out of the way while it is altered."""
    in_the_way = kinds()[change.key.kind].in_the_way
    altered = change.before is not None and change.after is not None
    return altered and in_the_way is not None and in_the_way(change) and not _is_rebuilt(change)


def _is_carried(key: Key, altered: frozenset[Key], gathered: _Gathered, old: Dependencies) -> bool:
    """Return whether the server brings an object along while what it needs is altered."""
    carried, found = kinds()[key.kind].carried, old.schema.objects[key]
    return carried is not None and all(
        carried(found, gathered.changes[each]) for each in altered & old.needs(key)
    )


def _is_rebuilt(change: Change) -> bool:
    rebuilt = kinds()[change.key.kind].rebuilt
    altered = change.before is not None and change.after is not None
    return altered and rebuilt is not None and rebuilt(change)


def _without(key: Key, found: SchemaObject, needed: Iterable[Key]) -> SchemaObject | None:
    """Return an object as it can be without what it needs; None where it cannot, or is so."""
    without = kinds()[key.kind].without
    rest: SchemaObject | None = found
    for each in sorted(needed):
        rest = without(rest, each) if without and rest is not None else None
    return rest if rest != found else None


def _steps(gathered: _Gathered, old: Dependencies) -> Iterator[Step]:
    """Yield the steps of all changes; what goes by itself has none."""
    dropped = {key for key, change in gathered.changes.items() if change.after is None}
    dropped |= gathered.remade
    carriers = {key: _carriers(gathered.changes[key], dropped, old) for key in sorted(dropped)}
    cargo = _cargo(carriers)
    for key, change in gathered.changes.items():
        rest = gathered.set_aside.get(key)
        if change.after is None or key in gathered.remade:
            if not carriers[key]:
                yield Step(Turn.DROP, Change(key, change.before, None), tuple(cargo[key]))
            if change.after is not None:
                yield Step(Turn.MAKE, Change(key, None, change.after))
        elif rest is not None:
            yield from _altered(Turn.DROP, change.before, rest, key)
            yield from _altered(Turn.MAKE, rest, change.after, key)
        elif change.before is None:
            yield Step(Turn.MAKE, change)
        elif change.aspects:
            yield Step(Turn.ALTER, change)


def _altered(
    turn: Turn, before: SchemaObject | None, after: SchemaObject, key: Key
) -> Iterator[Step]:
    aspects = differing_aspects(before, after) if before else ()
    if aspects:
        yield Step(turn, Change(key, before, after, aspects))


def _cargo(carriers: Mapping[Key, frozenset[Key]]) -> dict[Key, list[Key]]:
    """Return for each object that is dropped by a statement what goes with it in the end."""
    cargo = defaultdict(list)
    for key in carriers:
        seen, front = {key}, {*carriers[key]}
        while front:
            seen |= front
            for last in sorted(each for each in front if not carriers[each]):
                cargo[last].append(key)
            front = {above for each in front for above in carriers[each]} - seen
    return cargo


def _carriers(change: Change, dropped: set[Key], old: Dependencies) -> frozenset[Key]:
    """Return with what an object goes: its table, one of its columns, or its owner; or nothing.

    What holds on to another table that is dropped, a foreign key, must go before either of them;
    so must what calls a function that cannot be without the table.
    """
    key, found = change.key, change.before
    own = old.schema.relation(key.schema, key.table) if key.table else None
    if key.kind == "column" and own in dropped and own is not None:
        return frozenset({own})  # rather than with its parent's
    belongs = kinds()[key.kind].belongs
    owner = belongs(found) if belongs is not None and found is not None else None
    if owner in dropped and owner is not None:
        return frozenset({owner})
    needed = (old.needs(key) & dropped) - {own}
    if any(each.kind in RELATIONS for each in needed):
        return frozenset()
    if key.kind != "column" and any(not each.table and own in old.needs(each) for each in needed):
        return frozenset()
    columns = {
        Key("column", key.schema, key.table, name) for name in getattr(found, "columns", ())
    }
    return frozenset(each for each in ({own} | columns) & dropped if each is not None)
