"""``x = 1 OR x = 2`` is ``x = ANY (ARRAY[1, 2])``, which is how the server stores ``x IN (1, 2)``.

In the same way ``x <> 1 AND x <> 2`` is ``x <> ALL (…)``. Only of a column, perhaps with casts:
a function may give another value each time it is called.
"""

from __future__ import annotations

from itertools import groupby

from schema_tools.schema.expressions.nodes import (
    Finish,
    Fold,
    Node,
    Shape,
    array,
    logical,
    quantified,
)

_SYMBOLS = {"OR": ("=", "ANY"), "AND": ("<>", "ALL")}


def rewrite(node: Node, _finish: Finish) -> Node | None:
    """Return the conditions with neighbours that compare one column with literals as one."""
    symbol, quantifier = _SYMBOLS[node.word]
    parts: list[Node] = []
    for column, group in groupby(node.parts, lambda part: _column(part, symbol)):
        members = list(group)
        if not column or len(members) == 1:
            parts += members
            continue
        elements = tuple(each for member in members for each in _values(member))
        parts.append(quantified(members[0].parts[0], symbol, quantifier, array(elements)))
    if len(parts) == len(node.parts):
        return None
    return parts[0] if len(parts) == 1 else logical(node.word, tuple(parts))


def _column(part: Node, symbol: str) -> str:
    """Return the text of the column that is compared with a literal or several, or ""."""
    if part.shape not in {Shape.OPERATION, Shape.QUANTIFIED} or part.word != symbol:
        return ""
    if len(part.parts) != 2 or not _is_column(part.parts[0]):
        return ""
    values = _values(part)
    return part.parts[0].text if all(each.shape is Shape.LITERAL for each in values) else ""


def _is_column(node: Node) -> bool:
    while node.shape is Shape.CAST:
        node = node.parts[0]
    return node.shape is Shape.NAME


def _values(part: Node) -> tuple[Node, ...]:
    right = part.parts[1]
    return right.parts if part.shape is Shape.QUANTIFIED else (right,)


FOLD = Fold("alternatives", frozenset({Shape.LOGICAL}), rewrite)
