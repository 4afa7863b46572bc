"""Two texts of one migration held against each other: which statements differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from schema_tools.history.migration import Migration, Part, Statement
from schema_tools.lexer import significant


def unified(before: str, after: str, *, name: str, origin: str) -> tuple[str, ...]:
    """Return what was changed in a file, as lines of a diff."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} ({origin})", f"{name} (now)", lineterm=""
    )
    return tuple(lines)


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
