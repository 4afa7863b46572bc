"""What a literal is as a value of another type, where that is certain.

Sources: PostgreSQL documentation, "Numeric Types" and "Character Types": an integer or numeric of
no given scale is exact; a string that fits a ``varchar(n)`` is kept as it is; trailing blanks of a
``character(n)`` do not count, and are lost where it becomes another type.
"""

from __future__ import annotations

import re
import struct
from decimal import Decimal

_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
FLOATS = ("real", "double precision")
NUMBERS = frozenset({*_LIMITS, *FLOATS, "numeric"})
STRINGS = frozenset({"text", "character varying", "bpchar", "character"})
_MODIFIED = re.compile(r"(.*?)\((-?\d+)(?:,(-?\d+))?\)\Z")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]*)?\Z|-?\.[0-9]+\Z")


def base_of(of_type: str) -> str:
    """Return a type without its length or scale: ``character varying(5)`` is of that kind."""
    match = _MODIFIED.match(of_type)
    return match[1] if match else of_type


def converted(value: str, source: str, target: str) -> str | None:
    """Return what a literal of one type is in another, None where that is not known for certain.

    The source "" is a literal without a type, which the server reads as one of the target.
    """
    base, wanted = base_of(source), base_of(target)
    if wanted in STRINGS and base in {"", *STRINGS}:
        return _string(value, base, target)
    if wanted in NUMBERS and base in {"", *NUMBERS}:
        return _number(value, base, target)
    return value if not source and "(" not in target else None


def _string(value: str, base: str, target: str) -> str | None:
    if base in {"bpchar", "character"} and base_of(target) not in {"bpchar", "character"}:
        value = value.rstrip(" ")
    match = _MODIFIED.match(target)
    if match:
        return value if len(value) <= int(match[2]) else None
    return None if target == "character" else value


def _number(value: str, base: str, target: str) -> str | None:
    if not _PLAIN_NUMBER.match(value):
        return None if base else value
    number, match = Decimal(value), _MODIFIED.match(target)
    if match:
        return value if _has_room(number, int(match[2]), int(match[3] or 0)) else None
    if target in _LIMITS:
        whole = number == number.to_integral_value() and base not in FLOATS
        return str(int(number)) if whole and abs(number) < _LIMITS[target] else None
    if base in FLOATS and target != base:
        return plain(number) if target in FLOATS and is_exact(number, base) else None
    return f"{number:f}" if target == "numeric" else plain(number)


def _has_room(number: Decimal, precision: int, scale: int) -> bool:
    """Return whether a ``numeric(precision, scale)`` holds all digits of a number."""
    return number == round(number, scale) and abs(number) < Decimal(10) ** (precision - scale)


def is_exact(number: Decimal, of_type: str) -> bool:
    """Return whether a type has the very number, and not one that is near it."""
    if of_type not in FLOATS:
        return True
    try:
        near = struct.unpack("f", struct.pack("f", number))[0] if of_type == "real" else number
        return Decimal(float(near)) == number
    except OverflowError:
        return False


def plain(number: Decimal) -> str:
    """Return a number without an exponent and without zeros at the end of its fraction."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_of(value: str, of_type: str) -> Decimal | None:
    """Return the number that a literal is, None for what is none, or only near to one."""
    base = base_of(of_type)
    if base not in NUMBERS or not _PLAIN_NUMBER.match(value):
        return None
    number = Decimal(value)
    return number if is_exact(number, base) else None
