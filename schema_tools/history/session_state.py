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
_SETTING = re.compile(r"'([A-Za-z_][\w.]*)'")


def set_back(stretch: Stretch, *, transactional: bool) -> Iterator[str]:
    """Yield what ends the effect of a statement on those that come after the file.

    In one transaction nothing of it outlasts that. Code (``DO``, functions) is not looked into.
    """
    verb = stretch.verb
    if verb == "SET ROLE" or _sets_role(stretch):
        yield "RESET ROLE;"
    elif verb == "SET SESSION AUTHORIZATION":
        yield "RESET SESSION AUTHORIZATION;"
    elif verb in {"SET", "SET LOCAL"} and (name := _setting(stretch.tokens)):
        yield f"SET LOCAL {name} TO DEFAULT;" if transactional else f"RESET {name};"
    elif verb == "SET CONSTRAINTS" and transactional and _defers(stretch):
        yield "SET CONSTRAINTS ALL IMMEDIATE;"
    elif verb.startswith("CREATE TEMP"):
        yield "DISCARD TEMP;"
    elif verb == "PREPARE":
        yield "DEALLOCATE ALL;"
    elif verb == "SELECT":
        yield from (f"RESET {name};" for name in _configured(stretch.tokens))


def _defers(stretch: Stretch) -> bool:
    return stretch.tokens[-1].text.upper() == "DEFERRED"


def _sets_role(stretch: Stretch) -> bool:
    return stretch.verb == "SET LOCAL" and stretch.tokens[2].text.upper() == "ROLE"


def _setting(tokens: Sequence[Token]) -> str:
    """Return the name of what SET sets, "" for what is no setting."""
    rest = tokens[2:] if tokens[1].text.upper() in _SCOPES else tokens[1:]
    words = tuple(token.text.upper() for token in rest)
    if words[0] == _NO_STATE:
        return ""
    for other, name in _OTHER_WORDS.items():
        if words[: len(other)] == other and words[len(other)] not in _GIVEN | {"."}:
            return name
    named = itertools.takewhile(lambda token: token.text.upper() not in _GIVEN, rest)
    return "".join(token.text for token in named)


def _configured(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the names that ``set_config('name', …)`` is called with."""
    for function, _open, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
        found = _SETTING.fullmatch(name.text) if name.kind is Kind.STRING else None
        if function.text.upper() == "SET_CONFIG" and found:
            yield found[1]
