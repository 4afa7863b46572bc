"""Read the ``-- Key: value`` lines at the top of a migration file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

KNOWN_KEYS = (
    "Migration",
    "Author",
    "Date",
    "Purpose",
    "Dependencies",
    "Environment",
    "Transaction",
    "Lock-Timeout",
    "Statement-Timeout",
    "Requires",
    "Irreversible",
    "Squashes",
)
_LISTS = frozenset({"Dependencies", "Requires", "Squashes"})
_ONCE = frozenset(KNOWN_KEYS[6:]) - _LISTS | {"Migration"}

_LINE = re.compile(r"--+[ \t]*([A-Za-z][\w-]*(?:[ \t][\w-]+)?)[ \t]*:(?!//)[ \t]*(.*?)[ \t]*$")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(us|ms|s|min|h|d)?")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DJANGO_MIGRATION = re.compile(r"[A-Za-z_]\w*\.[0-9]+\w*")
_MEMBER = re.compile(
    r"(?P<version>[0-9]\w*)\.sql sha256:(?P<checksum>[0-9a-f]{64})"
    r"(?: in (?P<inside>[0-9]\w*)\.sql)?",
    re.ASCII,
)


class BadHeader(ValueError):
    """A header line says what cannot be; ``line`` says which."""

    def __init__(self, message: str, *, line: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.hint = hint


def read_header(comments: Iterable[tuple[int, str]]) -> dict[str, str]:
    """Return the values by key from numbered comment lines.

    A known key is found in any case, with a space or underscore for its hyphen; any other key must
    be one word and stays as written. Repeated values are joined by commas. Raises BadHeader for a
    directive that is given twice or has a bad value.
    """
    header: dict[str, str] = {}
    lines: dict[str, int] = {}
    for line, comment in comments:
        match = _LINE.match(comment)
        key = _key(match[1]) if match else ""
        if match is None or not key:
            continue
        value = match[2]
        if key in header and key in _ONCE:
            raise BadHeader(
                f"{key} is given twice, here and in line {lines[key]}",
                line=line,
                hint="Keep one of the two lines.",
            )
        _check(key, value, line)
        header[key] = f"{header[key].rstrip(', ')}, {value}" if header.get(key) else value
        lines.setdefault(key, line)
    return header


def header_line(text: str, key: str) -> int:
    """Return the number of the line of a file's text that gives a key, 0 if none does."""
    for number, line in enumerate(text.split("\n"), start=1):
        match = _LINE.match(line.strip())
        if match and _key(match[1]) == key:
            return number
    return 0


def seconds(text: str) -> float:
    """Return a duration such as ``5s``, ``500ms``, ``2min`` or ``0`` in seconds.

    Raises ValueError; a number other than 0 needs its unit.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or (match[2] is None and float(match[1])):
        raise ValueError(f"{text!r} is no duration")
    return float(match[1]) * _SECONDS[match[2] or "s"]


def timeout(header: Mapping[str, str], key: str) -> float | None:
    """Return the seconds that a header gives for a timeout, None where it says nothing."""
    return seconds(header[key]) if key in header else None


def listed(header: Mapping[str, str], key: str) -> tuple[str, ...]:
    """Return the words of a value that is a list, split at commas and blanks."""
    return tuple(re.findall(r"[^\s,;]+", header.get(key, "")))


def is_known_line(comment: str) -> bool:
    """Return whether a comment gives a key that the header knows."""
    match = _LINE.match(comment)
    return match is not None and _key(match[1]) in KNOWN_KEYS


@lru_cache(maxsize=8)
def members(value: str) -> tuple[tuple[str, str, str], ...]:
    """Return version, checksum and enclosing version ("" for none) of what a file squashes.

    ``001_a.sql sha256:<hex>, 002_b.sql sha256:<hex> in 003_squashed.sql``. Raises ValueError.
    """
    found = []
    for written in filter(None, map(str.strip, value.split(","))):
        match = _MEMBER.fullmatch(" ".join(written.split()))
        if match is None:
            raise ValueError(written)
        found.append((match["version"], match["checksum"], match["inside"] or ""))
    return tuple(found)


def _key(written: str) -> str:
    """Return the known key that is meant, the key as written, or "" for prose."""
    plain = re.sub(r"[ \t_]", "-", written).lower()
    known = next((key for key in KNOWN_KEYS if key.lower() == plain), None)
    if known:
        return known
    return "" if re.search(r"[ \t]", written) else written


def _check(key: str, value: str, line: int) -> None:
    """Refuse a directive whose value means nothing."""
    if key == "Transaction" and value.lower() != "off":
        raise BadHeader(
            f"Transaction: {value} is not known",
            line=line,
            hint="Write Transaction: off, or take the line out; one transaction is the default.",
        )
    if key in {"Lock-Timeout", "Statement-Timeout"}:
        try:
            seconds(value)
        except ValueError:
            raise BadHeader(
                f"{key}: {value} is no duration",
                line=line,
                hint="Write a number and its unit, such as 5s, 500ms or 2min, or 0 for no limit.",
            ) from None
    if key == "Requires":
        _check_requires(value, line)
    if key == "Squashes":
        _check_squashes(value, line)
    if key == "Irreversible" and not value:
        raise BadHeader(
            "Irreversible gives no reason", line=line, hint="Say why it cannot be undone."
        )


def _check_squashes(value: str, line: int) -> None:
    try:
        known = members(value)
    except ValueError as error:
        message = f"Squashes: {error} names no file with its checksum"
    else:
        if known:
            return
        message = "Squashes names no file"
    raise BadHeader(
        message,
        line=line,
        hint="sqlmigrate_squash writes these lines: 001_name.sql sha256: and 64 hexadecimal "
        "digits. Put them back as they were.",
    )


def _check_requires(value: str, line: int) -> None:
    wrong = [name for name in listed({"": value}, "") if not _DJANGO_MIGRATION.fullmatch(name)]
    if wrong or not value:
        raise BadHeader(
            f"Requires: {value} names no Django migration"
            if value
            else "Requires names no Django migration",
            line=line,
            hint="Write its app label and name, such as auth.0012_alter_user_first_name.",
        )
