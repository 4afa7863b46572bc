"""The negation of a comparison is the comparison with the opposite operator.

``NOT (a = b)`` is ``a <> b``, and ``NOT (a = ANY (…))`` is ``a <> ALL (…)``: NULL comes of both
where it comes of one. The pairs are those of ``pg_operator.oprnegate``. ``NOT (a IS NULL)`` is not
among them: of a row, it is something else than ``a IS NOT NULL``.
"""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import (
    Finish,
    Fold,
    Node,
    Shape,
    operation,
    phrase,
    quantified,
    word,
)

_PAIRS = {"=": "<>", "<": ">=", ">": "<=", "~~": "!~~", "~~*": "!~~*", "~": "!~", "~*": "!~*"}
_OPPOSITE = {**_PAIRS, **{second: first for first, second in _PAIRS.items()}}
_OTHER_QUANTIFIER = {"ANY": "ALL", "ALL": "ANY"}
_TRUTH_TESTS = frozenset({"TRUE", "FALSE", "UNKNOWN"})


def rewrite(node: Node, finish: Finish) -> Node | None:
    """Return what is negated with its opposite operator; of a negation, what that negates."""
    (operand,) = node.parts
    if operand.shape is Shape.NOT:
        return operand.parts[0]
    if operand.shape is Shape.CLOSED:
        return _truth_test(operand)
    opposite = _OPPOSITE.get(operand.word)
    if opposite is None or len(operand.parts) != 2:
        return None
    if operand.shape is Shape.OPERATION:
        return finish(operation(opposite, operand.parts))
    if operand.shape is Shape.QUANTIFIED:
        left, right = operand.parts
        return finish(quantified(left, opposite, _OTHER_QUANTIFIER[operand.type], right))
    return None


def _truth_test(operand: Node) -> Node | None:
    """Return ``b IS NOT TRUE`` for ``NOT (b IS TRUE)``, and the other way round."""
    first, *rest = operand.parts
    texts = [each.text for each in rest]
    if len(texts) == 2 and texts[0] == "IS" and texts[1] in _TRUTH_TESTS:
        return phrase((first, rest[0], word("NOT"), rest[1]), closed=True)
    if len(texts) == 3 and texts[:2] == ["IS", "NOT"] and texts[2] in _TRUTH_TESTS:
        return phrase((first, rest[0], rest[2]), closed=True)
    return None


FOLD = Fold("negations", frozenset({Shape.NOT}), rewrite)
