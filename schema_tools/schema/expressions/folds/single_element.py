"""``x = ANY (ARRAY['a'])`` is ``x = 'a'``: the server stores ``IN ('a')`` as that."""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import Finish, Fold, Node, Shape, operation


def rewrite(node: Node, finish: Finish) -> Node | None:
    """Return the comparison with the one element of an array; ANY and ALL of it are the same."""
    left, right = node.parts
    if right.shape is not Shape.ARRAY or len(right.parts) != 1:
        return None
    (element,) = right.parts
    if element.shape not in {Shape.LITERAL, Shape.NULL}:
        return None  # it may be an array itself
    return finish(operation(node.word, (left, element)))


FOLD = Fold("single element", frozenset({Shape.QUANTIFIED}), rewrite)
