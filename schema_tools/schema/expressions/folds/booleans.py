"""``b = true`` is ``b``, and ``b = false`` is ``NOT b``: also where ``b`` is NULL."""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import Finish, Fold, Node, Shape, negated

_HOLDS = {("=", "true"), ("<>", "false")}
_FAILS = {("=", "false"), ("<>", "true")}


def rewrite(node: Node, finish: Finish) -> Node | None:
    """Return the condition that is compared with a truth value, or its negation."""
    if len(node.parts) != 2:
        return None
    for value, condition in (node.parts, node.parts[::-1]):
        if value.shape is not Shape.LITERAL or value.type != "boolean":
            continue
        if (node.word, value.word) in _HOLDS:
            return condition
        if (node.word, value.word) in _FAILS:
            return finish(negated(condition))
    return None


FOLD = Fold("booleans", frozenset({Shape.OPERATION}), rewrite)
