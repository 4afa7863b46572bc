"""Entries of the setting IGNORE: which findings a project does not want to see, why, how long."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from schema_tools.errors import ConfigurationError
from schema_tools.known.patterns import fits, is_code

_KEYS = ("code", "object", "reason", "until")
_EXAMPLE = (
    'An entry looks like {"code": "index.*", "object": "public.old_*", "reason": "why", '
    '"until": "2027-01-31"}; "until" and one of "code" and "object" may be left out.'
)
_OF_LINT = "lint."


@dataclass(frozen=True, slots=True)
class Ignore:
    """One entry: patterns of the finding's code and of its object, in which ``*`` and ``?`` stand
    for any text and any character. ``until`` is the last day on which it counts.
    """

    reason: str
    code: str = "*"
    object: str = "*"
    until: date | None = None

    def __str__(self) -> str:
        if self.object == "*":
            return f"{self.code!r}"
        return f"{self.object!r}" if self.code == "*" else f"{self.code!r} of {self.object!r}"

    @property
    def is_for_lint(self) -> bool:
        """Return whether it is about rules of sqlmigrate_lint, and not about comparisons."""
        return self.code.startswith(_OF_LINT)

    def covers(self, code: str, names: Iterable[str]) -> bool:
        """Return whether it means a finding with that code about what has those names."""
        if not fits(self.code, code):
            return False
        return self.object == "*" or any(fits(self.object, name) for name in names)

    def has_expired(self, today: date) -> bool:
        """Return whether its last day is over."""
        return self.until is not None and self.until < today


def read_ignores(given: object, where: str) -> tuple[Ignore, ...]:
    """Return the entries of a setting; raises ConfigurationError for what is none."""
    if not isinstance(given, list | tuple):
        raise ConfigurationError(f"{where} is {given!r}, not a list of entries", hint=_EXAMPLE)
    entries = tuple(_entry(each, f"{where}[{at}]") for at, each in enumerate(given))
    for at, entry in enumerate(entries):
        first = entries.index(entry)
        if first != at:
            raise ConfigurationError(
                f"{where}[{at}] says the same as {where}[{first}]", hint="Take one of them out."
            )
    return entries


def _entry(given: object, where: str) -> Ignore:
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"{where} is {given!r}, not a dict", hint=_EXAMPLE)
    for key in given:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise ConfigurationError(f"{where} has an unknown key {key!r}", hint=hint + _EXAMPLE)
    code, name = _pattern(given, "code", where), _pattern(given, "object", where)
    if not is_code(code):
        raise ConfigurationError(
            f"{where}['code'] is {code!r}, which no finding's code can be",
            hint=f"A code is a kind and an aspect: 'column.type', 'index.*'. {_EXAMPLE}",
        )
    if not (code + name).strip("*"):
        raise ConfigurationError(
            f"{where} would ignore every finding", hint=f"Name a code or an object. {_EXAMPLE}"
        )
    return Ignore(_reason(given, where), code, name, _until(given, where))


def _pattern(given: Mapping[object, object], key: str, where: str) -> str:
    value = given.get(key, "*")
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{where}[{key!r}] is {value!r}, not a pattern", hint=_EXAMPLE)
    return value.strip()


def _reason(given: Mapping[object, object], where: str) -> str:
    if "reason" not in given:
        raise ConfigurationError(f"{where} has no reason", hint=_EXAMPLE)
    value = given["reason"]
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(
            f"{where}['reason'] is {value!r}, not a text",
            hint=f"Say why the finding is no fault, or why it has to wait. {_EXAMPLE}",
        )
    return " ".join(value.split())


def _until(given: Mapping[object, object], where: str) -> date | None:
    value = given.get("until")
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ConfigurationError(
            f"{where}['until'] is {value!r}, not a date such as '2027-01-31'", hint=_EXAMPLE
        ) from None
