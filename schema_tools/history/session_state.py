"""What a statement leaves in the session, and the statement that takes it back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from schema_tools.history.statements import Stretch
from schema_tools.lexer import Kind, Token

# PostgreSQL documentation, SET: other words for settings.
_OTHER_WORDS = {
    ("TIME", "ZONE"): "timezone",
    ("XML", "OPTION"): "xmloption",
    ("NAMES",): "client_encoding",
    ("SCHEMA",): "search_path",
}
# It cannot be reset, nor does it have to be.
_NO_STATE = "SEED"
_SCOPES = frozenset({"SESSION", "LOCAL"})
_GIVEN = frozenset({"=", "TO", "FROM"})
_GIVES = _GIVEN | {"."}
_SETTING = re.compile(r"[A-Za-z_][\w.]*")
_TRUE = (["TRUE"], ["'TRUE'"], ["'T'"], ["'ON'"])


def set_back(stretch: Stretch, *, transactional: bool) -> Iterator[str]:
    """Yield what ends the effect of a statement on those that come after the file.

    In one transaction nothing of it outlasts that. Code (``DO``, functions) is not looked into.
    """
    verb = stretch.verb
    if verb == "SET ROLE" or _sets_role(stretch):
        yield "RESET ROLE;"
    elif verb == "SET SESSION AUTHORIZATION":
        yield "RESET SESSION AUTHORIZATION;"
    elif verb in {"SET", "SET LOCAL"} and (name := setting_of(stretch.tokens)):
        yield f"SET LOCAL {name} TO DEFAULT;" if transactional else f"RESET {name};"
    elif verb == "SET CONSTRAINTS" and transactional and _defers(stretch):
        yield "SET CONSTRAINTS ALL IMMEDIATE;"
    elif verb.startswith("CREATE TEMP"):
        yield "DISCARD TEMP;"
    elif verb == "PREPARE":
        yield "DEALLOCATE ALL;"
    elif verb == "SELECT":
        names = [name for name, _lasts in configured(stretch.tokens)]
        yield from (f"RESET {name};" for name in names if _SETTING.fullmatch(name))


def _defers(stretch: Stretch) -> bool:
    return stretch.tokens[-1].text.upper() == "DEFERRED"


def _sets_role(stretch: Stretch) -> bool:
    return stretch.verb == "SET LOCAL" and stretch.tokens[2].text.upper() == "ROLE"


def setting_of(tokens: Sequence[Token]) -> str:
    """Return the name of what SET or RESET sets, "" for what is no setting."""
    rest = tokens[2:] if tokens[1].text.upper() in _SCOPES else tokens[1:]
    words = tuple(token.text.upper() for token in rest)
    if words[0] == _NO_STATE:
        return ""
    for other, name in _OTHER_WORDS.items():
        if words[: len(other)] == other and not _GIVES.intersection(words[len(other) :][:1]):
            return name
    named = itertools.takewhile(lambda token: token.text.upper() not in _GIVEN, rest)
    return "".join(token.text for token in named)


def configured(tokens: Sequence[Token]) -> Iterator[tuple[str, bool]]:
    """Yield the name that ``set_config('name', …)`` is called with, and whether that lasts.

    The name is "" where it is computed. What is local ends with its transaction.
    """
    for at, (function, following) in enumerate(itertools.pairwise(tokens)):
        if function.text.strip('"').upper() != "SET_CONFIG" or following.text != "(":
            continue
        given = _arguments(tokens[at + 2 :])
        first, last = given[0], given[-1]
        is_literal = len(first) == 1 and first[0].kind is Kind.STRING
        is_local = len(given) == 3 and [token.text.upper() for token in last] in _TRUE
        yield first[0].text.strip("'") if is_literal else "", not is_local


def _arguments(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the arguments of a call, whose parenthesis opens before the first token."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"})
        if depth < 0:
            break
        if token.text == "," and not depth:
            found.append([])
        else:
            found[-1].append(token)
    return found
