"""A foreign key's ON DELETE, ON UPDATE and deferrability, which a model cannot state.

Django makes every foreign key ``DEFERRABLE INITIALLY DEFERRED`` without an action and does the
model's ``on_delete`` itself, in Python; before Django 6.1 a model has no way to say otherwise.
What the SQL of a file says here is compared between files and database only. Whether the model's
``on_delete`` contradicts the action is a finding of its own (``schema.comparison.on_delete``).

A table that Django's migrations make has no file to say it. There the foreign key must be as
Django makes it, and a difference is a warning: the data is as consistent as before, but rows come
and go without Django, or in an order that Django does not keep to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.objects import column_key
from schema_tools.schema.tolerance import Pair, Settled, Tolerance, Weighed

_HINTS = {
    "on_delete": "Django makes foreign keys without ON DELETE and deletes by itself, as the "
    "model's on_delete says ({model}); signals and counts do not see what the database deletes.",
    "on_update": "Django makes foreign keys without ON UPDATE: somebody has made this one anew.",
    "deferrable": "Django makes foreign keys DEFERRABLE INITIALLY DEFERRED and saves rows in an "
    "order that needs it, as when fixtures are loaded.",
}
_HINTS["initially_deferred"] = _HINTS["deferrable"]


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each foreign key of the models with the other side's action and deferrability."""
    for key, found, partner in _foreign_keys(pair):
        if pair.is_djangos(key):
            continue
        taken = replace(
            found,
            on_update=partner.on_update,
            deferrable=partner.deferrable,
            initially_deferred=partner.initially_deferred,
        )
        if _column(found) not in pair.facts.stated_actions:
            taken = replace(taken, on_delete=partner.on_delete)
        if taken != found:
            yield Settled(key, key, taken)


def weigh(pair: Pair) -> Iterator[Weighed]:
    """Yield what is not as Django makes it; an action that the model states counts in full."""
    for key, found, partner in _foreign_keys(pair):
        stated = _column(found) in pair.facts.stated_actions
        model = f"on_delete={pair.facts.on_delete.get(_column(found), '?')}"
        for aspect, hint in _HINTS.items():
            if getattr(found, aspect) != getattr(partner, aspect) and not (
                stated and aspect == "on_delete"
            ):
                yield Weighed(key, aspect, Severity.WARNING, hint.format(model=model))


def _foreign_keys(pair: Pair) -> Iterator[tuple[Key, Constraint, Constraint]]:
    for key, found in pair.models.objects.items():
        partner = pair.other.get(key)
        if not isinstance(found, Constraint) or not isinstance(partner, Constraint):
            continue
        if found.type == partner.type == "foreign key":
            yield key, found, partner


def _column(found: Constraint) -> Key:
    return column_key(found.schema, found.table, found.columns[0])


TOLERANCE = Tolerance(
    name="foreign_key_action",
    reason="The model cannot state a foreign key's action or deferrability.",
    settle=settle,
    weigh=weigh,
)
