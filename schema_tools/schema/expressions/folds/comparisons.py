"""Beside a comparison the type of a literal is of no account, only its value.

``d > (0)::numeric``, ``d > 0.0`` and ``d > '0'::numeric`` are true for the same values, and so is
``n = 5`` for those of ``n = (5)::bigint``: numbers of different types are compared by value. The
type stays where it decides what the value is: ``0.1`` as a ``real`` is another number than as
``double precision``.
"""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import (
    Finish,
    Fold,
    Node,
    Shape,
    array,
    literal,
    null,
    operation,
    phrase,
    quantified,
)
from schema_tools.schema.expressions.values import NUMBERS, base_of, number_of, plain

_SYMBOLS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_DISTINCT = ["IS", "DISTINCT", "FROM"]


def rewrite(node: Node, _finish: Finish) -> Node | None:
    """Return the comparison with literals of no type; None where they are so already."""
    if not _compares(node):
        return None
    parts = tuple(map(_compared, node.parts))
    if parts == node.parts:
        return None
    if node.shape is Shape.CLOSED:
        return phrase(parts, closed=True)
    if node.shape is Shape.QUANTIFIED:
        return quantified(parts[0], node.word, node.type, parts[1])
    return operation(node.word, parts)


def _compares(node: Node) -> bool:
    if node.shape is Shape.CLOSED:
        return [each.text for each in node.parts[1:-1]] == _DISTINCT
    return node.word in _SYMBOLS and len(node.parts) == 2


def _compared(node: Node) -> Node:
    if node.shape is Shape.ARRAY:
        base = base_of(node.type)
        elements = tuple(map(_compared, node.parts))
        return array(elements, "number" if base in NUMBERS else base)
    if node.shape is Shape.NULL:
        return null()
    if node.shape is not Shape.LITERAL:
        return node
    number = number_of(node.word, node.type)
    if number is not None:
        return literal(plain(number), "number")
    return _string(node)


def _string(node: Node) -> Node:
    base = base_of(node.type)
    if base in {"character", "bpchar"}:  # its trailing blanks are not compared
        return literal(node.word.rstrip(" "), "bpchar")
    return literal(node.word, base) if base == "character varying" else node


FOLD = Fold("comparisons", frozenset({Shape.OPERATION, Shape.QUANTIFIED, Shape.CLOSED}), rewrite)
