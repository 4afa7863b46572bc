"""What a run that goes on sends again, as its session is a new one, and what it cannot know."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from schema_tools.history.calls import called
from schema_tools.history.migration import Statement
from schema_tools.history.session_state import configured, setting_of
from schema_tools.lexer import Kind, Token, UnreadableSql, significant

_SETS = frozenset(
    {
        "SET",
        "SET ROLE",
        "SET SESSION AUTHORIZATION",
        "SET SESSION CHARACTERISTICS",
        "RESET",
        "RESET ROLE",
    }
)
_QUERIES = frozenset({"SELECT", "VALUES"})
_RUNS = _QUERIES | {"DELETE", "INSERT", "MERGE", "UPDATE"}
_CHANGES = frozenset({"DELETE", "INSERT", "INTO", "MERGE", "UPDATE"})
# Functions that a query may call once more: they do nothing but answer.
_QUIET = frozenset(
    """
    array_append array_to_string concat concat_ws current_database current_schema current_schemas
    current_setting format lower quote_ident quote_literal replace set_config string_agg upper
    """.split()
)
# What comes before a statement of PL/pgSQL.
_BEFORE_STATEMENT = frozenset({";", "BEGIN", "ELSE", "LOOP", "THEN"})
_OF_THE_TRANSACTION = frozenset({"CONSTRAINTS", "LOCAL", "TRANSACTION"})
_DOLLARS = re.compile(r"\$[^$]*\$")


def sent_again(done: Sequence[Statement]) -> tuple[int, ...]:
    """Return which of the statements (from 0) set what still holds in their session.

    What the next of them sets anew is left out: a role, say, that need not be there any more.
    """
    kept: list[tuple[int, str]] = []
    for at, statement in enumerate(done):
        if statement.verb == "DISCARD ALL":
            kept = [(at, "")]
        elif statement.verb in _SETS:
            name = _set_by(_tokens(statement))
            # Only of neighbours it is certain: what is between may need the role that was set.
            if name and kept and kept[-1][1] == name:
                kept.pop()
            kept.append((at, name))
        elif _may_be_sent(statement):
            kept.append((at, ""))
    return tuple(at for at, _name in kept)


def set_unseen(statements: Sequence[Statement], done: int) -> Statement | None:
    """Return the first done statement that has set what is neither sent again nor set anew.

    A SET where the run goes on counts: that is how it can be set anew.
    """
    unseen: dict[str, Statement] = {}
    for at, statement in enumerate(statements):
        is_query = _may_be_sent(statement)
        if at >= done and statement.verb not in _SETS and not is_query:
            break
        if statement.verb == "DISCARD ALL":
            unseen.clear()
        elif statement.verb in _SETS:
            unseen.pop(_set_by(_tokens(statement)) or "-", None)
        elif is_query:
            for name in _lasting(_tokens(statement)):
                unseen.pop(name or "-", None)
        else:
            for name in _set_within(statement):
                unseen.setdefault(name, statement)
    return next(iter(unseen.values()), None)


def _set_by(tokens: Sequence[Token]) -> str:
    """Return what a SET or RESET sets, in small letters; "" where that is not one setting."""
    words = _words(tokens[1:])
    if words[:1] in ([], ["LOCAL"]) or words[:2] == ["SESSION", "CHARACTERISTICS"]:
        return ""
    rest = words[1:] if words[0] == "SESSION" else words
    if not rest:
        return ""
    if rest[0] == "AUTHORIZATION":
        return "session_authorization"
    return "role" if rest[0] == "ROLE" else setting_of(tokens).replace('"', "").lower()


def _may_be_sent(statement: Statement) -> bool:
    """Return whether it is a query that sets something and does nothing else."""
    if statement.verb not in _QUERIES or "set_config" not in statement.text.lower():
        return False
    tokens = _tokens(statement)
    names = {name.lower().removeprefix("pg_catalog.") for name in called(tokens)}
    is_quiet = names <= _QUIET and not _CHANGES.intersection(_words(tokens))
    return is_quiet and any(True for _name in _lasting(tokens))


def _set_within(statement: Statement) -> Iterator[str]:
    """Yield what code, or a query that does more, sets; "" for what does not show."""
    if statement.verb in _RUNS and "set_config" in statement.text.lower():
        yield from _lasting(_tokens(statement))
    elif statement.verb == "DO":
        for token in _tokens(statement):
            if token.kind is Kind.STRING:
                yield from _set_in_code(_unquoted(token.text))


def _set_in_code(code: str) -> Iterator[str]:
    try:
        tokens = list(significant(code))
    except UnreadableSql:  # another language
        if "set_config" in code.lower():
            yield ""
        return
    yield from _lasting(tokens)
    if any(token.kind is Kind.STRING and "set_config" in token.text.lower() for token in tokens):
        yield ""
    for at, (before, token) in enumerate(itertools.pairwise(tokens), start=1):
        follows = _words(tokens[at + 1 : at + 2])
        if (
            token.text.upper() in {"SET", "RESET"}
            and before.text.upper() in _BEFORE_STATEMENT
            and not _OF_THE_TRANSACTION.intersection(follows)
        ):
            rest = itertools.takewhile(lambda each: each.text != ";", tokens[at:])
            yield _set_by(list(rest))


def _lasting(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield what ``set_config`` sets for the session, "" for a name that is computed."""
    return (name.lower() for name, lasts in configured(tokens) if lasts)


def _tokens(statement: Statement) -> list[Token]:
    return list(significant(statement.text))


def _words(tokens: Sequence[Token]) -> list[str]:
    return [token.text.upper() for token in tokens]


def _unquoted(text: str) -> str:
    """Return what a string holds, escapes aside."""
    if opening := _DOLLARS.match(text):
        return text[opening.end() : -opening.end()]
    return text[text.index("'") + 1 : -1].replace("''", "'")
