"""The fields of each kind of object, and their defaults."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from operator import attrgetter
from typing import Any

from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import SchemaObject

PLACE = ("schema", "table", "name")
REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a kind of object, first its place, then by name, and their defaults."""

    names: tuple[str, ...]
    defaults: tuple[object, ...]
    labels: tuple[str, ...]
    values: Callable[[SchemaObject], tuple[object, ...]]

    def beyond(self, known: frozenset[str]) -> dict[str, Any]:
        """Return the defaults of the aspects that are not known."""
        pairs = zip(self.names, self.defaults, strict=True)
        return {name: value for name, value in pairs if name not in known | {*PLACE}}

    def lacking(self, given: Mapping[str, object]) -> list[str]:
        """Return the fields without a default that are not given."""
        pairs = zip(self.names, self.defaults, strict=True)
        return [name for name, value in pairs if value is REQUIRED and name not in given]


@functools.cache
def shapes() -> Mapping[str, Shape]:
    """Return the shape of every kind, by their names in alphabetical order."""
    return {name: _shape(kind.type) for name, kind in sorted(kinds().items())}


def _shape(of: type[SchemaObject]) -> Shape:
    defaults: dict[str, object] = {}
    for each in fields(of):
        if each.default_factory is not MISSING:
            defaults[each.name] = each.default_factory()
        else:
            defaults[each.name] = REQUIRED if each.default is MISSING else each.default
    names = (*PLACE, *sorted(defaults.keys() - {*PLACE}))
    return Shape(
        names,
        tuple(defaults[name] for name in names),
        tuple(f"{json.dumps(name)}:" for name in names),
        attrgetter(*names),
    )
