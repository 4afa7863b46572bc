"""Functions that the SQL standard gives a syntax of their own.

``x AT TIME ZONE 'utc'`` is ``timezone('utc', x)``, ``SUBSTRING(x FROM 1 FOR 2)`` is
``substring(x, 1, 2)``, ``TRIM(BOTH FROM x)`` is ``btrim(x)``, ``POSITION(('a') IN (x))`` is
``position(x, 'a')``: since version 14 the server keeps apart which of them was written
(PostgreSQL documentation, "String Functions and Operators", "Date/Time Functions").
"""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import Finish, Fold, Node, Shape, call

_AT_TIME_ZONE = ["AT", "TIME", "ZONE"]
_TRIMS = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}


def rewrite(node: Node, finish: Finish) -> Node | None:
    """Return the function called in the way of all others."""
    if node.shape is Shape.CLOSED:
        if [each.text for each in node.parts[1:-1]] != _AT_TIME_ZONE:
            return None
        return finish(call("timezone", (node.parts[-1], node.parts[0])))
    if len(node.parts) != 1 or node.parts[0].shape is not Shape.PHRASE:
        return None
    inside = node.parts[0].parts
    words = [each.text if each.shape is Shape.WORD else "" for each in inside]
    if node.word == "SUBSTRING" and words in (["", "FROM", ""], ["", "FROM", "", "FOR", ""]):
        return call("substring", inside[::2])
    if node.word == "TRIM" and words[0] in _TRIMS:
        return _trim(_TRIMS[words[0]], words, inside)
    if node.word == "POSITION" and len(inside) == 2 and inside[1].word == "IN":
        return call("position", (*inside[1].parts, inside[0]))
    return None


def _trim(function: str, words: list[str], inside: tuple[Node, ...]) -> Node | None:
    if words[1:] == ["FROM", ""]:
        return call(function, (inside[2],))
    if words[1:] == ["", "FROM", ""]:
        return call(function, (inside[3], inside[1]))
    return None


FOLD = Fold("SQL syntax", frozenset({Shape.CLOSED, Shape.CALL}), rewrite)
