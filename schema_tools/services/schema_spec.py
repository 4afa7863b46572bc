"""The words with which a user names a schema."""

from __future__ import annotations

import difflib
import enum
import re
from dataclasses import dataclass, field
from pathlib import Path

from schema_tools.errors import ConfigurationError

ACCEPTED = (
    "models, migrations, migrations@004, database, database:ALIAS, the path of a snapshot, or a "
    "URL such as postgresql://user@host/name"
)
_URL = re.compile(r"postgres(ql)?://")
_WORD = re.compile(r"([^@:]*)([@:]?)(.*)", re.DOTALL)
_MAY_HOLD_A_PASSWORD = re.compile(r"://|\bpassword\s*=")
# What stands between a word and what it says more.
_MARKS = {"models": "", "migrations": "@", "database": ":"}


class Origin(enum.IntEnum):
    """What a spec names; in the order in which they are read, for those help that come first.

    Files and snapshots tell which schemas there are, a database which types models may find.
    """

    SNAPSHOT = 1
    MIGRATIONS = 2
    DATABASE = 3
    URL = 4
    MODELS = 5


@dataclass(frozen=True, slots=True)
class Spec:
    """What the user has named; ``argument`` is the alias, the TARGET, the path or the URL."""

    origin: Origin
    # A URL may hold a password.
    argument: str = field(default="", repr=False)


def parse_spec(text: str, option: str) -> Spec:
    """Return what a spec names; raises ConfigurationError for what it cannot be.

    The words come before a file of the same name; a path such as ``./models`` is a file.
    """
    if _URL.match(text):
        return Spec(Origin.URL, text)
    if _MAY_HOLD_A_PASSWORD.search(text):  # and so is not repeated
        raise ConfigurationError(
            f"{option} was given a URL that does not begin with postgresql://",
            hint=f"Accepted: {ACCEPTED}.",
        )
    word, mark, argument = _parts(text)
    if word in _MARKS and mark in {"", _MARKS[word]} and bool(mark) == bool(argument):
        return Spec(Origin[word.upper()], argument)
    if text and Path(text).exists():
        return Spec(Origin.SNAPSHOT, text)
    raise _unknown(text, option)


def _unknown(text: str, option: str) -> ConfigurationError:
    word, _mark, argument = _parts(text)
    near = difflib.get_close_matches(word, _MARKS, n=1)
    if not near:
        return ConfigurationError(
            f"{option}: there is no file {text!r}", hint=f"Accepted: {ACCEPTED}."
        )
    mark = _MARKS[near[0]]
    meant = f"{near[0]}{mark}{argument}" if mark and argument else near[0]
    return ConfigurationError(
        f"{option}: {text!r} is not known, and no file has that name",
        hint=f"Did you mean {meant!r}? Accepted: {ACCEPTED}.",
    )


def _parts(text: str) -> tuple[str, str, str]:
    word, mark, argument = _WORD.findall(text)[0]
    return word, mark, argument
