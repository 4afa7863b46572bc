"""The id of an automatic many-to-many table: integer on one side, bigint on the other.

Such a table has no model of its own to say what its id is. Django takes the type from the app's
``default_auto_field`` when it builds the model, and from the project's ``DEFAULT_AUTO_FIELD`` when
a migration runs, so that most projects have ``bigint`` where the model says ``integer``: that is
passed over, for nothing refers to the column, and it holds more rows than asked for. And no
migration ever changes the type after the setting was changed (Django documentation, "Settings",
``DEFAULT_AUTO_FIELD``): an ``integer`` where the model says ``bigint`` is a warning, for such a
table is full after 2,147,483,647 rows, counting those deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.tolerance import Pair, Settled, Tolerance, Weighed

_INTEGERS = ("smallint", "integer", "bigint")


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each automatic id that is wider than its model, with the other side's type."""
    for key, found, partner in _automatic_ids(pair):
        if _INTEGERS.index(found.type) < _INTEGERS.index(partner.type):
            yield Settled(key, key, replace(found, type=partner.type))


def weigh(pair: Pair) -> Iterator[Weighed]:
    """Yield each automatic id that is narrower than its model."""
    for key, found, partner in _automatic_ids(pair):
        if _INTEGERS.index(found.type) > _INTEGERS.index(partner.type):
            yield Weighed(
                key,
                "type",
                Severity.WARNING,
                f"The table of a many-to-many field was made with {partner.type} ids, and "
                f"DEFAULT_AUTO_FIELD makes them {found.type} now. Django never migrates these: "
                "write a RunSQL with the statement, before the table runs out of ids.",
            )


def _automatic_ids(pair: Pair) -> Iterator[tuple[Key, Column, Column]]:
    for key in sorted(pair.facts.automatic_ids):
        found, partner = pair.models.get(key), pair.other.get(key)
        if not isinstance(found, Column) or not isinstance(partner, Column):
            continue
        if found.type in _INTEGERS and partner.type in _INTEGERS:
            yield key, found, partner


TOLERANCE = Tolerance(
    name="automatic_id",
    reason="Django gives the id of an automatic many-to-many table one type in the model and "
    "another in a migration.",
    settle=settle,
    weigh=weigh,
)
