"""The id of an automatic many-to-many table: integer in the model, bigint in the database.

Such a table has no model of its own to say what its id is. Django takes the type from the app's
``default_auto_field`` when it builds the model, and from the project's ``DEFAULT_AUTO_FIELD`` when
a migration runs, so that most projects have ``bigint`` where the model says ``integer``; and no
migration ever changes the type after the setting was changed (Django documentation, "Settings",
``DEFAULT_AUTO_FIELD``). Nothing refers to the column, and it only limits the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.schema.kinds.column import Column
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema
from schema_tools.schema.tolerance import Phase, Settled, Tolerance

_INTEGERS = frozenset({"integer", "bigint"})


def settle(models: Schema, other: Schema, facts: ModelFacts) -> Iterator[Settled]:
    """Yield each automatic id with the other side's type, where both are whole numbers."""
    for key in facts.automatic_ids:
        found, partner = models.get(key), other.get(key)
        if not isinstance(found, Column) or not isinstance(partner, Column):
            continue
        if found.type != partner.type and {found.type, partner.type} <= _INTEGERS:
            yield Settled(key, key, replace(found, type=partner.type))


TOLERANCE = Tolerance(
    name="automatic_id",
    reason="Django gives the id of an automatic many-to-many table one type in the model and "
    "another in a migration.",
    phase=Phase.SETTLE,
    settle=settle,
)
