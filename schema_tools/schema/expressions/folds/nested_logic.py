"""``(a AND b) AND c`` is ``a AND b AND c``, and so with OR."""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import Finish, Fold, Node, Shape, logical


def rewrite(node: Node, finish: Finish) -> Node | None:
    """Return the conditions with those of a part that is joined in the same way among them."""
    if not any(_is_same(each, node) for each in node.parts):
        return None
    parts: list[Node] = []
    for each in node.parts:
        parts += each.parts if _is_same(each, node) else (each,)
    return finish(logical(node.word, tuple(parts)))


def _is_same(part: Node, whole: Node) -> bool:
    return part.shape is Shape.LOGICAL and part.word == whole.word


FOLD = Fold("nested logic", frozenset({Shape.LOGICAL}), rewrite)
