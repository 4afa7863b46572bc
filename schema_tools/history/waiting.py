"""Which statements may wait for their locks as long as it takes: nobody waits behind them.

While a statement waits for a lock, all that conflicts with that lock waits behind it. SHARE UPDATE
EXCLUSIVE, which these take, conflicts with neither reading nor writing (PostgreSQL documentation,
Explicit Locking; ALTER TABLE; CREATE INDEX).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from schema_tools.history.migration import Statement
from schema_tools.history.verbs import Words, words_of

_CONCURRENT = frozenset(
    {
        "ALTER TABLE DETACH PARTITION CONCURRENTLY",
        "CREATE INDEX CONCURRENTLY",
        "DROP INDEX CONCURRENTLY",
        "REINDEX DATABASE CONCURRENTLY",
        "REINDEX INDEX CONCURRENTLY",
        "REINDEX SCHEMA CONCURRENTLY",
        "REINDEX TABLE CONCURRENTLY",
    }
)


_SETTINGS = frozenset({"SET", "SET LOCAL", "SET ROLE", "RESET", "RESET ROLE"})


def may_wait(statement: Statement, before: Sequence[Statement] = ()) -> bool:
    """Return whether a statement blocks nobody while it waits.

    ``before`` are those before it in its transaction: what they have locked stays locked.
    """
    return all(map(_locks_little, before)) and (
        statement.verb in _CONCURRENT or _only_validates(statement)
    )


def _locks_little(statement: Statement) -> bool:
    return statement.verb in _SETTINGS or _only_validates(statement)


def _only_validates(statement: Statement) -> bool:
    """Return whether it is an ALTER TABLE that does nothing but validate constraints."""
    if statement.verb != "ALTER TABLE":
        return False
    words = _after_name(words_of(statement.text)[2:])
    actions = [
        tuple(action) for is_comma, action in itertools.groupby(words, ",".__eq__) if not is_comma
    ]
    return bool(actions) and all(
        action[:2] == ("VALIDATE", "CONSTRAINT") and len(action) == 3 for action in actions
    )


def _after_name(words: Words) -> Words:
    """Return what follows the table's name, ``IF EXISTS``, ``ONLY`` and ``*`` being of it."""
    if words[:2] == ("IF", "EXISTS"):
        words = words[2:]
    if words[:1] == ("ONLY",):
        words = words[1:]
    words = words[1:]
    while words[:1] == (".",):
        words = words[2:]
    return words[1:] if words[:1] == ("*",) else words
