"""Tell which statements may destroy data, before a rollback runs them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from schema_tools.history.calls import lossy_call
from schema_tools.history.migration import Statement
from schema_tools.history.verbs import Words, has, is_on, options, outline, verb_of
from schema_tools.lexer import Kind, Token, significant

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
    "EXECUTE": "runs a prepared statement that may do anything",
}
# What ALTER TABLE drops without touching data: DROP CONSTRAINT, ALTER COLUMN … DROP DEFAULT.
_HARMLESS_DROPS = frozenset({"CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION"})
_TYPE_REACH = len("ALTER COLUMN name SET DATA".split())
# A cascade from anything else can take a column or a table with it.
_HARMLESS_CASCADES = frozenset(
    {
        "DROP EVENT TRIGGER",
        "DROP INDEX",
        "DROP POLICY",
        "DROP RULE",
        "DROP STATISTICS",
        "DROP TRIGGER",
    }
)
# Statements that keep what a query returns, and so run it.
_KEEPS_A_QUERY = frozenset({"CREATE TABLE", "CREATE MATERIALIZED VIEW"})
# Statements in which a query runs, its functions and what it does to rows included.
_QUERIES = frozenset({"COPY", "DECLARE", "INSERT", "SELECT", "TABLE", "VALUES", "WITH"})
_CHANGES_ROWS = frozenset({"DELETE", "UPDATE", "MERGE"})
_ANALYZE = frozenset({"ANALYZE", "ANALYSE"})


def losses(statements: Iterable[Statement]) -> Iterator[tuple[Statement, str]]:
    """Yield the statements that may destroy data, each with what it does.

    What cannot be seen in the text (a DO block, the effect of a function or of a prepared
    statement) counts as a loss.
    """
    for statement in statements:
        loss = _loss(tuple(significant(statement.text)))
        if loss:
            yield statement, loss


def _loss(tokens: Sequence[Token]) -> str:
    verb, words = verb_of(tokens), outline(tokens)
    if verb in _ALWAYS:
        return _ALWAYS[verb] + _with_others(verb, words)
    if verb == "EXPLAIN" or verb in _KEEPS_A_QUERY:
        return _loss(_explained(tokens) if verb == "EXPLAIN" else _kept(tokens))
    if verb in _QUERIES:
        return _query(tokens, words)
    if verb == "ALTER TABLE":
        return _alter_table(words)
    if verb == "ALTER TYPE" and has(words, "DROP", "ATTRIBUTE"):
        return "drops an attribute"
    if verb == "ALTER SEQUENCE" and "RESTART" in words:
        return "sets a sequence's position"
    if verb.startswith("DROP ") and words[-1] == "CASCADE" and verb not in _HARMLESS_CASCADES:
        return "drops what depends on it, too, columns included"
    return ""


def _with_others(verb: str, words: Words) -> str:
    is_wide = verb == "TRUNCATE" and words[-1] == "CASCADE"
    return ", and those that refer to it" if is_wide else ""


def _explained(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the statement that an EXPLAIN runs; nothing where it does not run it."""
    rest = tokens[1:]
    if rest and rest[0].text == "(":
        given = options(tokens)
        closing = next((at for at, token in enumerate(rest) if token.text == ")"), len(rest))
        return rest[closing + 1 :] if any(is_on(given, name) for name in _ANALYZE) else ()
    if not rest or rest[0].text.upper() not in _ANALYZE:
        return ()
    return tuple(itertools.dropwhile(lambda token: token.text.upper() == "VERBOSE", rest[1:]))


def _kept(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the query whose rows a CREATE keeps; nothing where it has none."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if not depth and token.kind is Kind.WORD and token.text.upper() == "AS":
            return tokens[at + 1 :]
    return ()


def _query(tokens: Sequence[Token], words: Words) -> str:
    if has(words, "DO", "UPDATE"):
        return "overwrites rows"
    if words[0] == "COPY" and "PROGRAM" in words:
        return "runs a program that may do anything"
    if _changes_rows(tokens):
        return "changes rows"
    return lossy_call(tokens)


def _changes_rows(tokens: Sequence[Token]) -> bool:
    """Say whether a query holds, in parentheses, a statement that changes rows."""
    return any(
        before.text == "(" and token.text.upper() in _CHANGES_ROWS
        for before, token in itertools.pairwise(tokens)
    )


def _alter_table(words: Words) -> str:
    for at, word in enumerate(words[:-1]):
        if word == "DROP" and words[at + 1] not in _HARMLESS_DROPS:
            return "drops a column"
        if word == "TYPE" and "ALTER" in words[max(at - _TYPE_REACH, 1) : at]:
            return "changes a column's type, which may cut values"
    return ""
