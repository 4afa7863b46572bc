"""The number that the next migration gets: one more than the last, or the time."""

from __future__ import annotations

from datetime import UTC, datetime

from schema_tools.history.files import is_timestamp

_FEWEST_DIGITS = 3


def next_number(last: str, now: datetime) -> str:
    """Return the number after one that is written so; "" where there is none before it."""
    if not last:
        return "1".zfill(_FEWEST_DIGITS)
    if not is_timestamp(int(last)):
        return str(int(last) + 1).zfill(max(len(last), _FEWEST_DIGITS))
    stamp = now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return str(max(int(stamp), int(last) + 1))
