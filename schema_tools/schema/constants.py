"""The values of constants in SQL, so that equal ones can be told whatever their words.

A server prints a constant in one way, the driver of a model's value in another:
``'01:30:00'::interval`` and ``'1:30:00'::interval``, ``'\\x6162'::bytea`` and ``E'ab'::bytea``.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

_CONSTANT = re.compile(
    r"\s*\(?(?:(?P<escaped>E?)'(?P<text>(?:[^']|'')*)'"
    r"|(?P<bare>-?[0-9.]+(?:e[+-]?\d+)?|true|false|NULL))\)?"
    r"(?:::[\w\". \[\](),]+)?\Z",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OCTET = re.compile(rb"\\([0-7]{3}|\\)")
_NUMBERS = ("numeric", "integer", "bigint", "smallint", "double", "real")
# What PostgreSQL has and Python has not: no value of a model is any of these.
_BEYOND_PYTHON = re.compile(r"-?infinity|.* BC|\d{5,}-.*|24:00:00.*")
_SECONDS_OF_DAY = 24 * 60 * 60
_INTERVAL = re.compile(
    r"(?:(?P<years>[+-]?\d+) years? ?)?(?:(?P<months>[+-]?\d+) mons? ?)?"
    r"(?:(?P<days>[+-]?\d+) days? ?)?"
    r"(?:(?P<sign>[+-]?)(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d(?:\.\d+)?))?"
)


def value_of(text: str, of_type: str) -> tuple[object, ...] | None:
    """Return the value of a constant in a column of a type, alone in a tuple; () for NULL.

    Two values are equal where the server has them for one and the same. None where that cannot be
    told: of what is no constant, or of a time whose zone the session says.
    """
    found = _CONSTANT.match(text)
    if found is None:
        return None
    if (found["bare"] or "").upper() == "NULL":
        return ()
    words = found["bare"] or found["text"].replace("''", "'")
    if found["escaped"]:
        words = _ESCAPED.sub(r"\1", words)
    try:
        return (_reader(of_type)(words),)
    except ValueError:
        return None


def _reader(of_type: str) -> Callable[[str], object]:
    if of_type.startswith(_NUMBERS):
        return _number
    return _READERS.get(of_type, str)


def _number(text: str) -> object:
    with suppress(InvalidOperation):
        return Decimal(text)
    return text


def _timestamp(text: str) -> object:
    return _moment(text, has_zone=False)


def _timestamp_with_zone(text: str) -> object:
    return _moment(text, has_zone=True)


def _moment(text: str, *, has_zone: bool) -> object:
    if _BEYOND_PYTHON.fullmatch(text):
        return text
    found = datetime.fromisoformat(text)
    if (found.tzinfo is not None) != has_zone:
        raise ValueError(f"the session says which moment {text} is")
    return found


def _day(text: str) -> object:
    return text if _BEYOND_PYTHON.fullmatch(text) else date.fromisoformat(text)


def _time(text: str) -> object:
    return text if _BEYOND_PYTHON.fullmatch(text) else time.fromisoformat(text)


def _interval(text: str) -> object:
    """Return months, and the rest: a month is no number of days; a day is taken for 24 hours."""
    found = _INTERVAL.fullmatch(text)
    if found is None:  # infinity
        return text
    minutes = int(found["hours"] or 0) * 60 + int(found["minutes"] or 0)
    seconds = minutes * 60 + Decimal(found["seconds"] or 0)
    months = int(found["years"] or 0) * 12 + int(found["months"] or 0)
    days = int(found["days"] or 0)
    return (months, days * _SECONDS_OF_DAY + (-seconds if found["sign"] == "-" else seconds))


def _bytes(text: str) -> bytes:
    """Read bytes in the hexadecimal form, or in the older one with octets."""
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:])
    return _OCTET.sub(_octet, text.encode())


def _octet(found: re.Match[bytes]) -> bytes:
    return b"\\" if found[1] == b"\\" else bytes([int(found[1], 8)])


def _json(text: str) -> object:
    with suppress(ValueError):
        return _json_value(json.loads(text, parse_int=Decimal, parse_float=Decimal))
    return text


def _json_value(found: object) -> object:
    """Return what was read of JSON so that no truth value equals a number, as Python has it."""
    if isinstance(found, bool):
        return ("boolean", found)
    if isinstance(found, list):
        return [_json_value(each) for each in found]
    if isinstance(found, dict):
        return {name: _json_value(each) for name, each in found.items()}
    return found


_READERS: dict[str, Callable[[str], object]] = {
    "uuid": uuid.UUID,
    "timestamp with time zone": _timestamp_with_zone,
    "timestamp without time zone": _timestamp,
    "date": _day,
    "time without time zone": _time,
    "interval": _interval,
    "bytea": _bytes,
    "json": _json,
    "jsonb": _json,
}
