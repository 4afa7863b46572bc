"""A value that is assigned to a column: the column's type decides what becomes of it.

The server stores ``DEFAULT 0`` of a numeric column as it was written: ``0``, ``0.0``,
``'0'::numeric`` or ``(0)::bigint``. What is then in the column is the same, unless its type keeps
what they differ in, as a ``numeric`` without a scale does (PostgreSQL documentation, "Value
Storage" of "Type Conversion").
"""

from __future__ import annotations

from decimal import Decimal

from schema_tools.schema.expressions.nodes import Node, Shape, array, literal, null
from schema_tools.schema.expressions.values import (
    FLOATS,
    NUMBERS,
    STRINGS,
    base_of,
    converted,
    number_of,
    plain,
)


def assigned(node: Node, to_type: str = "") -> Node:
    """Return a literal, or an array of such, as it is where its own type is of no account.

    ``to_type`` is the column's type, "" where that is not known.
    """
    if node.shape is Shape.NULL:
        return null()
    if node.shape is Shape.ARRAY:
        return _array(node, to_type)
    if node.shape is not Shape.LITERAL:
        return node
    base = base_of(node.type)
    if base in NUMBERS:
        return _number(node, to_type)
    return _string(node, to_type) if base in STRINGS else node


def _array(node: Node, to_type: str) -> Node:
    element_type = to_type.removesuffix("[]") if to_type.endswith("[]") else ""
    if node.parts:
        return array(tuple(assigned(each, element_type) for each in node.parts))
    own = base_of(node.type)
    return array((), "string" if own in STRINGS else "number" if own in NUMBERS else node.type)


def _string(node: Node, to_type: str) -> Node:
    base, target = base_of(node.type), base_of(to_type)
    if not {base, target} & {"character", "bpchar"}:
        return literal(node.word, "string")
    if target not in {"", *STRINGS}:
        return node
    return literal(node.word.rstrip(" "), "string")


def _number(node: Node, to_type: str) -> Node:
    base, target = base_of(node.type), base_of(to_type)
    if base in FLOATS:
        known = converted(node.word, base, target) if target in FLOATS else None
        return node if known is None else literal(known, "number")
    number = number_of(node.word, node.type)
    if number is None or node.type != base:
        return node
    if target in NUMBERS and to_type != "numeric":
        known = converted(node.word, "numeric", to_type)
        return node if known is None else literal(plain(Decimal(known)), "number")
    return literal(plain(number) if base != "numeric" else node.word, "number")
