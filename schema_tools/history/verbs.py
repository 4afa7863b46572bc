"""Name the command of a statement, with the modifiers that matter.

The names follow PostgreSQL's command tags (``CREATE TABLE``, ``ALTER TYPE``), without what makes
no difference to a reader (``OR REPLACE``, ``UNIQUE``, ``IF NOT EXISTS``) and with what decides how
a statement may be run (``CREATE INDEX CONCURRENTLY``, ``SET LOCAL``, ``ROLLBACK TO``).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from schema_tools.lexer import Kind, Token, significant

# The first words of PostgreSQL's SQL commands, 15 to 18 ("SQL Commands" in its manual).
COMMAND_WORDS = frozenset(
    """
    ABORT ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE
    DECLARE DELETE DISCARD DO DROP END EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN LOAD LOCK
    MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX RELEASE RESET REVOKE ROLLBACK SAVEPOINT
    SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UPDATE VACUUM VALUES WITH
    """.split()
)

_OBJECT_TYPES = frozenset(
    {
        *(
            "AGGREGATE CAST COLLATION COLUMN CONSTRAINT CONVERSION DATABASE DOMAIN EXTENSION "
            "FUNCTION GROUP INDEX LANGUAGE OPERATOR OWNED POLICY PROCEDURE PUBLICATION ROLE "
            "ROUTINE RULE SCHEMA SEQUENCE SERVER STATISTICS SUBSCRIPTION SYSTEM TABLE TABLESPACE "
            "TRANSFORM TRIGGER TYPE USER VIEW"
        ).split(),
        "ACCESS METHOD",
        "DEFAULT PRIVILEGES",
        "EVENT TRIGGER",
        "FOREIGN DATA WRAPPER",
        "FOREIGN SCHEMA",
        "FOREIGN TABLE",
        "LARGE OBJECT",
        "MATERIALIZED VIEW",
        "OPERATOR CLASS",
        "OPERATOR FAMILY",
        "TEXT SEARCH CONFIGURATION",
        "TEXT SEARCH DICTIONARY",
        "TEXT SEARCH PARSER",
        "TEXT SEARCH TEMPLATE",
        "USER MAPPING",
    }
)
_TYPES_BY_FIRST_WORD = {
    first: tuple(names)
    for first, names in itertools.groupby(
        sorted(
            (tuple(name.split()) for name in _OBJECT_TYPES),
            key=lambda name: (name[0], -len(name)),  # the longer one first
        ),
        key=lambda name: name[0],
    )
}
_BEFORE_TYPE = frozenset(
    "OR REPLACE UNIQUE RECURSIVE TRUSTED PROCEDURAL UNLOGGED GLOBAL LOCAL CONSTRAINT DEFAULT "
    "TEMP TEMPORARY".split()
)
# The name of these may depend on a word far behind; of others on the first few.
_READ_WHOLE = frozenset({"ALTER", "REINDEX", "SECURITY", "WITH"})
_HEAD = 12
_QUERIES = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE"})

Words = tuple[str, ...]


def verb_of(tokens: Sequence[Token]) -> str:
    """Return the command's name; "" for a statement that begins with no word."""
    start = next((at for at, token in enumerate(tokens) if token.text != "("), len(tokens))
    if start == len(tokens) or tokens[start].kind is not Kind.WORD:
        return ""
    first = tokens[start].text.upper()
    name = _NAMES.get(first)
    if name is None:
        return first
    end = len(tokens) if first in _READ_WHOLE else start + _HEAD
    return name(outline(tokens[start:end]), tokens)


def outline(tokens: Iterable[Token]) -> Words:
    """Return the texts of the tokens outside parentheses, in capitals; ``()`` stands for a pair.

    A quoted name keeps its quotes, and so is never taken for a key word.
    """
    found, depth = [], 0
    for token in tokens:
        if token.text == "(":
            depth += 1
            if depth == 1:
                found.append("()")
        elif token.text == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            found.append(token.text if token.kind is Kind.NAME else token.text.upper())
    return tuple(found)


def words_of(text: str) -> Words:
    """Return the outline of a statement's text."""
    return outline(significant(text))


def has(words: Words, *sequence: str) -> bool:
    """Return whether the words stand in an outline one after another."""
    return any(
        words[at : at + len(sequence)] == sequence for at in range(len(words) - len(sequence) + 1)
    )


def options(tokens: Iterable[Token]) -> dict[str, str]:
    """Return the options in the command's first parentheses, ``(VERBOSE, REFRESH = false)``.

    Names and values are in capitals, without quotes; an option that stands alone has the value "".
    """
    inside = itertools.dropwhile(lambda token: token.text != "(", tokens)
    next(inside, None)
    found: dict[str, str] = {}
    name = ""
    for token in itertools.takewhile(lambda token: token.text != ")", inside):
        if token.text == ",":
            name = ""
        elif not name:
            name = token.text.strip('"').upper()
            found[name] = ""
        elif token.text != "=":
            found[name] += token.text.strip("'\"").upper()
    return found


def is_on(given: dict[str, str], name: str, *, default: bool = False) -> bool:
    """Return whether an option is on, given alone or with a value that is not false."""
    return given[name] not in {"FALSE", "OFF", "0"} if name in given else default


def _object_type(words: Words) -> str:
    """Return the kind of object that the words begin with, or ""."""
    for name in _TYPES_BY_FIRST_WORD.get(words[0], ()) if words else ():
        if words[: len(name)] == name:
            return " ".join(name)
    return ""


def _create(words: Words, _tokens: Sequence[Token]) -> str:
    rest = words[1:]
    temporary = ""
    while rest and rest[0] in _BEFORE_TYPE:
        if rest[0] in {"TEMP", "TEMPORARY"}:
            temporary = "TEMP"
        rest = rest[1:]
    return _named("CREATE", temporary, _object_type(rest), _concurrently(rest))


def _drop(words: Words, _tokens: Sequence[Token]) -> str:
    rest = words[2:] if words[1:2] == ("PROCEDURAL",) else words[1:]
    return _named("DROP", _object_type(rest), _concurrently(rest))


def _concurrently(words: Words) -> str:
    return "CONCURRENTLY" if words[:2] == ("INDEX", "CONCURRENTLY") else ""


def _alter(words: Words, _tokens: Sequence[Token]) -> str:
    rest = words[2:] if words[1:2] == ("PROCEDURAL",) else words[1:]
    name = _object_type(rest)
    action = ""
    if name == "TABLE" and has(rest, "DETACH", "PARTITION"):
        action = f"DETACH PARTITION {rest[-1]}" if rest[-1] in {"CONCURRENTLY", "FINALIZE"} else ""
    elif name == "TYPE" and has(rest, "ADD", "VALUE"):
        action = "ADD VALUE"
    elif name == "DATABASE" and has(rest, "SET", "TABLESPACE"):
        action = "SET TABLESPACE"
    return _named("ALTER", name, action)


def _reindex(words: Words, tokens: Sequence[Token]) -> str:
    rest = words[2:] if words[1:2] == ("()",) else words[1:]
    at_once = rest[1:2] == ("CONCURRENTLY",) or is_on(options(tokens), "CONCURRENTLY")
    return _named("REINDEX", _object_type(rest), "CONCURRENTLY" if at_once else "")


def _refresh(words: Words, _tokens: Sequence[Token]) -> str:
    at_once = words[3:4] == ("CONCURRENTLY",)
    return _named("REFRESH", _object_type(words[1:]), "CONCURRENTLY" if at_once else "")


def _comment(words: Words, _tokens: Sequence[Token]) -> str:
    return _named("COMMENT ON", _object_type(words[2:]))


def _security(words: Words, _tokens: Sequence[Token]) -> str:
    on = words.index("ON") + 1 if "ON" in words else len(words)
    return _named("SECURITY LABEL ON", _object_type(words[on:]))


def _set(words: Words, _tokens: Sequence[Token]) -> str:
    rest = words[1:]
    if rest[:2] in (("SESSION", "AUTHORIZATION"), ("SESSION", "CHARACTERISTICS")):
        return f"SET SESSION {rest[1]}"
    if rest[:3] == ("LOCAL", "SESSION", "AUTHORIZATION"):
        return "SET SESSION AUTHORIZATION"
    if rest[:1] == ("SESSION",):
        rest = rest[1:]
    if rest[:1] in (("LOCAL",), ("TRANSACTION",), ("CONSTRAINTS",), ("ROLE",)):
        return f"SET {rest[0]}"
    return "SET"


def _transaction_end(words: Words, _tokens: Sequence[Token]) -> str:
    rest = tuple(word for word in words[1:] if word not in {"WORK", "TRANSACTION"})
    if rest[:1] in (("PREPARED",), ("TO",)):
        return f"{words[0]} {rest[0]}"
    return f"{words[0]} AND CHAIN" if rest[:2] == ("AND", "CHAIN") else words[0]


def _second(*known: str) -> Callable[[Words, Sequence[Token]], str]:
    """Return a naming that adds the second word where it is one of these."""

    def name(words: Words, _tokens: Sequence[Token]) -> str:
        return " ".join(words[:2]) if words[1:2] and words[1] in known else words[0]

    return name


def _with(words: Words, _tokens: Sequence[Token]) -> str:
    return next((word for word in words[1:] if word in _QUERIES), "WITH")


def _import(words: Words, _tokens: Sequence[Token]) -> str:
    return _named("IMPORT", _object_type(words[1:]))


def _named(*parts: str) -> str:
    return " ".join(part for part in parts if part)


_NAMES: dict[str, Callable[[Words, Sequence[Token]], str]] = {
    "ABORT": _transaction_end,
    "ALTER": _alter,
    "COMMENT": _comment,
    "COMMIT": _transaction_end,
    "CREATE": _create,
    "DISCARD": _second("ALL"),
    "DROP": _drop,
    "END": _transaction_end,
    "IMPORT": _import,
    "PREPARE": _second("TRANSACTION"),
    "REASSIGN": _second("OWNED"),
    "REFRESH": _refresh,
    "REINDEX": _reindex,
    "RESET": _second("ROLE"),
    "ROLLBACK": _transaction_end,
    "SECURITY": _security,
    "SET": _set,
    "START": _second("TRANSACTION"),
    "WITH": _with,
}
