"""One meaning of "now" for the default of a column.

``Now()`` of Django is ``statement_timestamp()``, ``TransactionNow()`` and hand-written SQL are
``now()`` or ``CURRENT_TIMESTAMP``. A row's time of making is meant by all of them. In a column of
type ``date`` each of them is the day in the session's time zone, and so is ``CURRENT_DATE``: one
counts from the start of the transaction and the other from that of the statement there, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.schema.expressions import normal_form
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.tolerance import Pair, Settled, Tolerance

_TIMES = (
    "now()",
    "statement_timestamp()",
    "transaction_timestamp()",
    "clock_timestamp()",
    "CURRENT_TIMESTAMP",
)
_NOW = frozenset(map(normal_form, _TIMES))
_DAYS = ("CURRENT_DATE", "LOCALTIMESTAMP", *(f"({time})::date" for time in _TIMES))
_TODAY = _NOW | frozenset(map(normal_form, _DAYS))


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each column whose default is "now" on both sides, with the other side's words."""
    for key, found in pair.models.objects.items():
        partner = pair.other.get(key)
        if not isinstance(found, Column) or not isinstance(partner, Column):
            continue
        if found.default == partner.default or not found.default or not partner.default:
            continue
        same = _TODAY if found.type == partner.type == "date" else _NOW
        if {normal_form(found.default), normal_form(partner.default)} <= same:
            yield Settled(key, key, replace(found, default=partner.default))


TOLERANCE = Tolerance(
    name="now",
    reason="Both defaults are the time at which the row is made.",
    settle=settle,
)
