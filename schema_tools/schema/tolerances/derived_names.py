"""Names that Django or PostgreSQL derives: objects are paired by what they are.

Django hashes the names of foreign keys, unique constraints and indexes that a field asks for, and
PostgreSQL derives those of primary keys and unnamed checks; an author of SQL writes his own. A
constraint or an index that the model does not name is therefore held against the one of the same
table that says the same. A name that ``Meta`` states is compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace

from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import SchemaObject
from schema_tools.schema.tolerance import Pair, Phase, Settled, Tolerance

Likeness = Callable[[SchemaObject], Hashable]
Objects = Mapping[Key, SchemaObject]


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each unnamed object of the models under the name that the other side gives it."""
    for kind in kinds().values():
        if not (kind.in_models and kind.likeness):
            continue
        mine = {
            key: found
            for key, found in pair.models.objects.items()
            if key.kind == kind.name
            and key not in pair.other
            and key not in pair.facts.stated_names
        }
        theirs = {
            key: found
            for key, found in pair.other.objects.items()
            if key.kind == kind.name and key not in pair.models
        }
        for likeness in kind.likeness:
            pairs = dict(_pairs(mine, theirs, likeness))
            for key, partner in pairs.items():
                yield Settled(key, partner, replace(mine.pop(key), name=partner.name))
                del theirs[partner]


def _pairs(mine: Objects, theirs: Objects, likeness: Likeness) -> Iterator[tuple[Key, Key]]:
    """Yield the keys of objects alike, in the order of their names where several are."""
    partners: dict[Hashable, list[Key]] = defaultdict(list)
    for key in sorted(theirs, reverse=True):
        partners[key.schema, key.table, likeness(theirs[key])].append(key)
    for key in sorted(mine):
        found = partners.get((key.schema, key.table, likeness(mine[key])))
        if found:
            yield key, found.pop()


TOLERANCE = Tolerance(
    name="derived_names",
    reason="The model does not state this name; the object is known by what it says.",
    phase=Phase.PAIR,
    settle=settle,
)
