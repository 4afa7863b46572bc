"""What becomes of the values of a column whose type changes.

PostgreSQL documentation, "ALTER TABLE": without USING the server casts as an assignment does, and
refuses a value that does not fit; an explicit cast to ``varchar(n)`` would cut it off silently
("Character Types").
"""

from __future__ import annotations

import re

from schema_tools.schema.parts.spatial import spatial_cast

_TYPE = re.compile(
    r"(?P<name>.*?)(?:\((?P<size>\d+)(?:,(?P<scale>-?\d+))?\))?(?P<zone> with.*)?\Z"
)
_TEXT = ("character", "character varying", "text")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_WHOLE = ("smallint", "integer", "bigint")
# PostgreSQL's own casts: psql's \\dC.
_CAST_DIRECTLY = (
    _NUMBERS,
    ("numeric", "money"),
    ("integer", "boolean"),
    ("date", "timestamp without time zone", "timestamp with time zone"),
    ("time without time zone", "interval"),
    ("time without time zone", "time with time zone"),
    ("json", "jsonb"),
    ("inet", "cidr"),
    ("bit", "bit varying"),
    ("bit", "integer"),
    ("bit", "bigint"),
)
_SIZED_TEXT = ("character varying", "text")


def casts_by_itself(before: str, after: str) -> bool:
    """Return whether ALTER COLUMN TYPE needs no USING between two types."""
    old, new = _base(before), _base(after)
    if old == new:
        return True
    return any(old in family and new in family for family in (_TEXT, _NUMBERS))


def cast(value: str, before: str, after: str) -> str:
    """Return the expression that makes a value of one type one of another.

    By way of text where PostgreSQL has no cast of its own, as between most types: a text is all
    that such a value has in common.
    """
    spatial = spatial_cast(value, before, after)
    if spatial is not None:
        return spatial
    pair = before, after
    while all(name.endswith("[]") for name in pair):
        pair = pair[0].removesuffix("[]"), pair[1].removesuffix("[]")
    old, new = map(_base, pair)
    kin = old == new or any(old in each and new in each for each in _CAST_DIRECTLY)
    direct = kin or old in _TEXT or new in _TEXT
    return f"{value}::{after}" if direct else f"{value}::text::{after}"


def comparable(before: str, after: str) -> bool:
    """Return whether a foreign key can have the one type, and what it points to the other."""
    old, new = _base(before), _base(after)
    return old == new or any(old in each and new in each for each in (_TEXT, _WHOLE))


def keeps_values(before: str, after: str) -> bool:
    """Return whether each value of the one type is the same in the other."""
    old, new = _base(before), _base(after)
    if before == after:
        return True
    if old in _WHOLE and new in _WHOLE:
        return _WHOLE.index(old) <= _WHOLE.index(new)
    if old in _WHOLE and after == "numeric":
        return True
    if old == new == "numeric":
        return _numeric_fits(before, after)
    if old in _SIZED_TEXT and new in _SIZED_TEXT:
        size, wanted = _size(before), _size(after)
        return wanted is None or (size is not None and size <= wanted)
    return False


def keeps_rows(before: str, after: str) -> bool:
    """Return whether the server takes the rows as they are, without writing or reading them.

    PostgreSQL documentation, "ALTER TABLE", Notes: a text that may be longer, and a number that
    may have more digits before its point, are stored as they were.
    """
    if not keeps_values(before, after):
        return False
    old, new = _base(before), _base(after)
    if old == new == "numeric":
        return after == "numeric" or _digits(before)[1] == _digits(after)[1]
    return before == after or (old in _SIZED_TEXT and new in _SIZED_TEXT)


def _numeric_fits(before: str, after: str) -> bool:
    if after == "numeric":
        return True
    if before == "numeric":
        return False
    (size, scale), (wanted, places) = _digits(before), _digits(after)
    return scale <= places and size - scale <= wanted - places


def _base(name: str) -> str:
    match = _TYPE.match(name)
    return f"{match['name']}{match['zone'] or ''}" if match else name


def _size(name: str) -> int | None:
    match = _TYPE.match(name)
    return int(match["size"]) if match and match["size"] else None


def _digits(name: str) -> tuple[int, int]:
    match = _TYPE.match(name)
    return (int(match["size"] or 0), int(match["scale"] or 0)) if match else (0, 0)
