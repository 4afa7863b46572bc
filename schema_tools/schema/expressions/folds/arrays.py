"""An array of literals is written as its elements, each with the type that it has.

``'{a,b}'::text[]`` is ``ARRAY['a'::text, 'b'::text]``, and a cast of the whole is one of each
element (PostgreSQL documentation, "Array Constructors"). What the text of an array says beyond a
row of elements (more dimensions, other bounds) is left as it is.
"""

from __future__ import annotations

import re

from schema_tools.schema.expressions.nodes import (
    Finish,
    Fold,
    Node,
    Shape,
    array,
    cast,
    literal,
    null,
)

_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",{}\\\s]+)', re.DOTALL)
_VALUES = frozenset({Shape.LITERAL, Shape.NULL})


def rewrite(node: Node, finish: Finish) -> Node | None:
    """Return the array with its cast put on each element; None if one of them is no literal."""
    (value,) = node.parts
    if not node.type.endswith("[]") or node.type.endswith("[][]"):
        return None
    element_type = node.type.removesuffix("[]")
    elements = _elements(value)
    if elements is None or (elements and element_type in {"box", "name"}):
        return None
    if not elements:
        return array((), element_type)
    made = tuple(finish(cast(each, element_type)) for each in elements)
    return array(made) if all(each.shape in _VALUES for each in made) else None


def _elements(value: Node) -> tuple[Node, ...] | None:
    if value.shape is Shape.ARRAY:
        return value.parts if all(each.shape in _VALUES for each in value.parts) else None
    if value.shape is Shape.LITERAL and not value.type:
        return _read(value.word)
    return None


def _read(text: str) -> tuple[Node, ...] | None:
    """Return the elements of an array's text as the server prints it, ``{a,"b c",NULL}``."""
    if text == "{}":
        return ()
    found, position = [], 1
    while text[:1] == "{" and (match := _ELEMENT.match(text, position)):
        quoted, bare = match.groups()
        if bare is None:
            found.append(literal(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL), ""))
        else:
            found.append(null() if bare == "NULL" else literal(bare, ""))
        position = match.end() + 1
        if text[match.end() :] == "}":
            return tuple(found)
        if text[match.end()] != ",":
            break
    return None


FOLD = Fold("arrays", frozenset({Shape.CAST}), rewrite)
