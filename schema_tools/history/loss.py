"""Tell which statements may destroy data, before a rollback runs them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from schema_tools.history.migration import Statement
from schema_tools.history.verbs import Words, has, words_of
from schema_tools.lexer import significant

_ALWAYS = {
    "DROP TABLE": "drops a table",
    "DROP SCHEMA": "drops a schema and what is in it",
    "DROP DATABASE": "drops a database",
    "DROP OWNED": "drops all that a role owns",
    "DROP MATERIALIZED VIEW": "drops a materialized view",
    "DROP SEQUENCE": "drops a sequence and its position",
    "TRUNCATE": "empties a table",
    "DELETE": "deletes rows",
    "UPDATE": "overwrites rows",
    "MERGE": "changes rows",
    "DO": "runs code that may do anything",
    "CALL": "runs a procedure that may do anything",
}
# What ALTER TABLE drops without touching data: DROP CONSTRAINT, ALTER COLUMN … DROP DEFAULT.
_HARMLESS_DROPS = frozenset({"CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION"})
# A cascade from these can take a column with it.
_CHANGES_ROWS = frozenset({"DELETE", "UPDATE", "MERGE"})
_TYPE_REACH = len("ALTER COLUMN name SET DATA".split())
_COLUMN_TYPES = frozenset({"DROP TYPE", "DROP DOMAIN", "DROP EXTENSION"})


def losses(statements: Iterable[Statement]) -> Iterator[tuple[Statement, str]]:
    """Yield the statements that may destroy data, each with what it does.

    What cannot be seen in the text (a DO block, a function's effect) counts as a loss where the
    statement exists to run code.
    """
    for statement in statements:
        loss = _loss(statement)
        if loss:
            yield statement, loss


def _loss(statement: Statement) -> str:
    if statement.verb in _ALWAYS:
        return _ALWAYS[statement.verb]
    words = words_of(statement.text)
    if statement.verb == "ALTER TABLE":
        return _alter_table(words)
    if statement.verb == "ALTER TYPE" and has(words, "DROP", "ATTRIBUTE"):
        return "drops an attribute"
    if statement.text[:4].upper() == "WITH" and _changes_rows(statement.text):
        return "changes rows"
    if statement.verb in _COLUMN_TYPES and words[-1] == "CASCADE":
        return "drops the columns that use it, too"
    return ""


def _changes_rows(text: str) -> bool:
    """Say whether a query holds, in parentheses, a statement that changes rows."""
    words = [token.text.upper() for token in significant(text)]
    return any(
        before == "(" and word in _CHANGES_ROWS for before, word in itertools.pairwise(words)
    )


def _alter_table(words: Words) -> str:
    for at, word in enumerate(words[:-1]):
        if word == "DROP" and words[at + 1] not in _HARMLESS_DROPS:
            return "drops a column"
        if word == "TYPE" and "ALTER" in words[max(at - _TYPE_REACH, 1) : at]:
            return "changes a column's type, which may cut values"
    return ""
