"""One meaning of "now" for the default of a column.

``Now()`` of Django is ``statement_timestamp()``, ``TransactionNow()`` and hand-written SQL are
``now()`` or ``CURRENT_TIMESTAMP``. A row's time of making is meant by all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.schema.expressions import normal_form
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.tolerance import Pair, Settled, Tolerance

_NOW = frozenset(
    normal_form(text)
    for text in (
        "now()",
        "statement_timestamp()",
        "transaction_timestamp()",
        "clock_timestamp()",
        "CURRENT_TIMESTAMP",
    )
)


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each column whose default is "now" on both sides, with the other side's words."""
    for key, found in pair.models.objects.items():
        partner = pair.other.get(key)
        if not isinstance(found, Column) or not isinstance(partner, Column):
            continue
        if found.default == partner.default or not found.default or not partner.default:
            continue
        if normal_form(found.default) in _NOW and normal_form(partner.default) in _NOW:
            yield Settled(key, key, replace(found, default=partner.default))


TOLERANCE = Tolerance(
    name="now",
    reason="Both defaults are the time at which the row is made.",
    settle=settle,
)
