"""A foreign key's ON DELETE, ON UPDATE and deferrability, which a model cannot state.

Django makes every foreign key ``DEFERRABLE INITIALLY DEFERRED`` without an action and does the
model's ``on_delete`` itself, in Python; before Django 6.1 a model has no way to say otherwise.
What the SQL says here is compared between files and database only. Whether the model's
``on_delete`` contradicts the action is a finding of its own (``schema.comparison.on_delete``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, column_key
from schema_tools.schema.tolerance import Phase, Settled, Tolerance


def settle(models: Schema, other: Schema, facts: ModelFacts) -> Iterator[Settled]:
    """Yield each foreign key of the models with the other side's action and deferrability."""
    for key, found in models.objects.items():
        partner = other.get(key)
        if not isinstance(found, Constraint) or not isinstance(partner, Constraint):
            continue
        if found.type != "foreign key" or partner.type != "foreign key":
            continue
        taken = replace(
            found,
            on_update=partner.on_update,
            deferrable=partner.deferrable,
            initially_deferred=partner.initially_deferred,
        )
        column = column_key(found.schema, found.table, found.columns[0])
        if column not in facts.stated_actions:
            taken = replace(taken, on_delete=partner.on_delete)
        if taken != found:
            yield Settled(key, key, taken)


TOLERANCE = Tolerance(
    name="foreign_key_action",
    reason="The model cannot state a foreign key's action or deferrability.",
    phase=Phase.SETTLE,
    settle=settle,
)
