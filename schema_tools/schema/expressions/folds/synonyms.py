"""Functions that have several names.

PostgreSQL documentation, "Date/Time Functions": ``now()``, ``transaction_timestamp()`` and
CURRENT_TIMESTAMP are one; "Session Information Functions": CURRENT_USER, CURRENT_ROLE and USER.
``char_length`` is ``length`` wherever both exist. A name with a schema is a function of somebody.
"""

from __future__ import annotations

from schema_tools.schema.expressions.nodes import Finish, Fold, Node, Shape, call, name

_VALUES = {
    "CURRENT_TIMESTAMP": call("now", ()),
    "CURRENT_ROLE": name("CURRENT_USER"),
    "USER": name("CURRENT_USER"),
}
_FUNCTIONS = {
    "transaction_timestamp": "now",
    "char_length": "length",
    "character_length": "length",
    "ceiling": "ceil",
    "pow": "power",
}


def rewrite(node: Node, _finish: Finish) -> Node | None:
    """Return the function under the name that stands for all."""
    if node.shape is Shape.NAME:
        return _VALUES.get(node.word)
    function = _FUNCTIONS.get(node.word)
    return call(function, node.parts) if function else None


FOLD = Fold("synonyms", frozenset({Shape.NAME, Shape.CALL}), rewrite)
