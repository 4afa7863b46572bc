"""A literal cast to a type is a literal of that type, where its value is certain.

``(0)::numeric`` and ``'0'::numeric`` are one value, and so are ``('x'::character varying)::text``
and ``'x'::text``. What would be rounded or cut off keeps its cast, and ``0.0`` stays apart from
``0``: they have another scale.
"""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import Finish, Fold, Node, Shape, literal, null
from schema_tools.schema.expressions.values import converted


def rewrite(node: Node, _finish: Finish) -> Node | None:
    """Return the literal that a cast makes."""
    (value,) = node.parts
    if value.shape is Shape.NULL:
        return null(node.type)
    if value.shape is not Shape.LITERAL or node.type.endswith("]"):
        return None
    known = converted(value.word, value.type, node.type)
    return None if known is None else literal(known, node.type)


FOLD = Fold("literal casts", frozenset({Shape.CAST}), rewrite)
