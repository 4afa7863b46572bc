"""An enum or a domain as a column's type, where the model's field fits it.

Django has no field for the one or the other: people use a ``CharField``, most often with choices,
for an enum, and the field of the type beneath for a domain. The server takes the texts that such a
field sends, and gives them back as texts (PostgreSQL documentation, "Enumerated Types", "Domain
Types"). A field fits an enum if it holds text, is as long as the longest label, and offers no
choice that is no label; it fits a domain if it is of the type beneath, or of a shorter text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from schema_tools.keys import Key
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.domain import Domain
from schema_tools.schema.kinds.enum import Enum
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Schema
from schema_tools.schema.tolerance import Pair, Settled, Tolerance

_TEXT = re.compile(r"(?:character varying|text|character)(?:\((\d+)\))?\Z")
_CAST_TEXT = re.compile(r"('(?:[^']|'')*')::[^']+\Z")


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each column that fits the other side's enum or domain, with that type."""
    types: dict[str, Enum | Domain] | None = None
    for key, found in pair.models.objects.items():
        partner = pair.other.get(key)
        if not isinstance(found, Column) or not isinstance(partner, Column):
            continue
        if found.type == partner.type:
            continue
        types = _types(pair.known) if types is None else types
        stated = types.get(partner.type)
        if stated is not None and _fits(key, found, stated, pair):
            taken = replace(found, type=partner.type)
            if _is_one_text(found.default, partner.default):
                taken = replace(taken, default=partner.default)
            yield Settled(key, key, taken)


def _types(known: Schema) -> dict[str, Enum | Domain]:
    """Return the enums and domains by the name that the server prints."""
    return {
        f"{quoted(each.schema)}.{quoted(each.name)}": each
        for each in known.objects.values()
        if isinstance(each, Enum | Domain)
    }


def _fits(key: Key, found: Column, stated: Enum | Domain, pair: Pair) -> bool:
    if isinstance(stated, Domain):
        return found.type == stated.type or _is_shorter(found.type, stated.type)
    if not _TEXT.match(found.type):
        return False
    longest = max(map(len, stated.labels), default=0)
    choices = pair.facts.choices.get(key, ())
    return _length(found.type) >= longest and set(choices) <= set(stated.labels)


def _is_one_text(model: str | None, other: str | None) -> bool:
    """Return whether two defaults are one text, each cast to the type of its column."""
    mine, theirs = (_CAST_TEXT.match(each or "") for each in (model, other))
    return mine is not None and theirs is not None and mine[1] == theirs[1]


def _is_shorter(model: str, beneath: str) -> bool:
    both_text = _TEXT.match(model) and _TEXT.match(beneath)
    return bool(both_text) and _length(model) <= _length(beneath)


def _length(type_name: str) -> float:
    """Return how many characters a text type holds."""
    size = _TEXT.match(type_name)
    return int(size[1]) if size and size[1] else float("inf")


TOLERANCE = Tolerance(
    name="fitting_type",
    reason="Django has no field for an enum or a domain; the model's field fits this one.",
    settle=settle,
)
