"""Two texts of one migration held against each other: which statements differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from schema_tools.history.migration import Migration, Part, Statement
from schema_tools.history.passwords import without_passwords
from schema_tools.lexer import significant

_THEN = "\0"  # no file that PostgreSQL has run holds one


def unified(before: str, after: str, *, name: str, origin: str) -> tuple[str, ...]:
    """Return what was changed in a file, as lines of a diff, without the passwords in them.

    A line in which another password is all that is new is a change, too.
    """
    lines = difflib.unified_diff(
        _shown(before), _shown(after), f"{name} ({origin})", f"{name} (now)", lineterm=""
    )
    return tuple(line[:1] + line.partition(_THEN)[2] if _THEN in line else line for line in lines)


def _shown(text: str) -> list[str]:
    """Return each line as it is compared, and then as it is shown."""
    pairs = zip(text.split("\n"), without_passwords(text).split("\n"), strict=True)
    lines = [f"{line}{_THEN}{shown}".replace("\r", "") for line, shown in pairs]
    return lines[:-1] if text.endswith("\n") else lines


def runs_the_same(before: Migration, after: Migration) -> bool:
    """Return whether the UP parts differ in comments and white space at most."""
    return _said(before.up) == _said(after.up)


def added(before: Iterable[Statement], after: Iterable[Statement]) -> tuple[int, ...]:
    """Return the numbers (from 1) of statements that were not there before."""
    known = [_words(each) for each in before]
    new = []
    for number, statement in enumerate(after, start=1):
        words = _words(statement)
        if words in known:
            known.remove(words)
        else:
            new.append(number)
    return tuple(new)


def _said(part: Part) -> tuple[object, ...]:
    statements = tuple(map(_words, (*part.preamble, *part.statements)))
    return statements, part.transactional, " ".join(part.modes.split()).upper()


def _words(statement: Statement) -> tuple[str, ...]:
    return tuple(token.text for token in significant(statement.text))
