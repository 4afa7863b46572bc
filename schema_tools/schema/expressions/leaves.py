"""The smallest parts of an expression: literals, names, and the names of types."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schema_tools.schema.expressions import nodes
from schema_tools.schema.expressions.nodes import Node, Shape

_WHOLE = re.compile(r"[0-9]+\Z")
_DECIMAL = re.compile(r"[0-9]*\.[0-9]+\Z|[0-9]+\.\Z")
_PLAIN_NAME = re.compile(r'"([a-z_][a-z0-9_]*)"\Z')
# Names that mean something else without their quotes.
_KEEP_QUOTES = frozenset({'"true"', '"false"', '"bit"', '"char"'})
# Types of several words: what may follow the first of them.
_TYPE_ENDINGS = {
    "character": frozenset({"varying"}),
    "bit": frozenset({"varying"}),
    "double": frozenset({"precision"}),
    "time": frozenset({"with", "without", "time", "zone"}),
    "timestamp": frozenset({"with", "without", "time", "zone"}),
    "interval": frozenset({"year", "month", "day", "hour", "minute", "second", "to"}),
}
_ALIASES = {"varchar": "character varying"}


def string(text: str) -> Node:
    """Return a string in quotes, its type not known."""
    inner = text[1:-1].replace("''", "\0")
    if text[0] != "'" or "'" in inner:
        return nodes.name(text)  # an E'' string, or one that goes on in another line
    return nodes.literal(inner.replace("\0", "'"), "")


def number(text: str) -> Node:
    """Return a number with the type that the server gives it."""
    if _WHOLE.match(text):
        return nodes.literal(text, "integer" if int(text) < 2**31 else "bigint")
    if _DECIMAL.match(text):
        return nodes.literal(text, "numeric")
    return nodes.name(text)


def unquoted(text: str) -> str:
    """Take quotes off that only keep a name apart from key words; servers differ in these."""
    plain = _PLAIN_NAME.match(text)
    return plain[1] if plain and text not in _KEEP_QUOTES else text


def read_type(items: Sequence[Node], position: int) -> tuple[str, int]:
    """Return the name of the type that begins here, and where it ends."""
    if position >= len(items):
        return "", position
    words = [_type_word(items[position])]
    endings = _TYPE_ENDINGS.get(words[0].partition("(")[0], frozenset())
    position += 1
    while position < len(items) and items[position].word in endings:
        words.append(_type_word(items[position]))
        position += 1
    name = " ".join(words)
    name = _ALIASES.get(name, name)
    while position < len(items) and items[position].text == "[]":
        name += "[]"
        position += 1
    return name, position


def _type_word(node: Node) -> str:
    """Return a word of a type, with what is in its parentheses: ``numeric(10,2)``."""
    if node.shape is not Shape.CALL:
        return node.text
    return f"{node.word}({','.join(part.word for part in node.parts)})"
