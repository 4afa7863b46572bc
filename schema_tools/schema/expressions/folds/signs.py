"""A number with a minus before it is a negative one: ``(- (5)::bigint)`` is ``'-5'::bigint``."""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import Finish, Fold, Node, Shape, literal
from schema_tools.schema.expressions.values import number_of


def rewrite(node: Node, _finish: Finish) -> Node | None:
    """Return the negative literal; zero stays, for a float has a negative one."""
    (operand, *more) = node.parts
    if more or node.word not in {"-", "+"} or operand.shape is not Shape.LITERAL:
        return None
    number = number_of(operand.word, operand.type)
    if not number or number < 0:
        return None
    sign = node.word.replace("+", "")
    return literal(f"{sign}{operand.word}", operand.type)


FOLD = Fold("signs", frozenset({Shape.OPERATION}), rewrite)
