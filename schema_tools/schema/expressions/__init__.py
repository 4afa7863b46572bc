"""One normal form for every expression that the server prints.

PostgreSQL prints a stored expression from its parse tree, and so in one way; but authors reach the
same meaning by several trees. ``x IN ('a', 'b')`` on a varchar is stored with a cast on each
element, on the array, or on neither; ``NOT x = y`` stays apart from ``x <> y``; ``now()`` from
``CURRENT_TIMESTAMP``. Each such spelling is a file of the folder ``folds``; the normal form is the
text of what they leave. None of them changes what comes out for any values, NULL among them.
"""

from __future__ import annotations

import functools
import re

from schema_tools.lexer import UnreadableSql
from schema_tools.plugins import load_plugins
from schema_tools.schema.expressions import folds as package
from schema_tools.schema.expressions.assignment import assigned
from schema_tools.schema.expressions.nodes import Fold, Node, Rewrite, Shape
from schema_tools.schema.expressions.parser import parse

# Keys and plain lists of columns: many, of one spelling, and so not worth reading.
_COLUMNS = r"\([a-z_][a-z0-9_]*(?:, [a-z_][a-z0-9_]*)*\)"
_PLAIN_KEY = re.compile(
    rf"(?:PRIMARY KEY|UNIQUE|FOREIGN KEY) {_COLUMNS}(?: REFERENCES [a-z0-9_.]+{_COLUMNS})?\Z"
)


def same_expression(before: str, after: str, *, assigned_to: str = "") -> bool:
    """Return whether two texts, as the server prints them, say the same.

    ``assigned_to`` is the type of the column whose default they are.
    """
    if before == after:
        return True
    return normal_form(before, assigned_to) == normal_form(after, assigned_to)


@functools.lru_cache(maxsize=50_000)
def normal_form(text: str, assigned_to: str = "") -> str:
    """Return the text of an expression with spellings folded that change nothing.

    A text that cannot be read is its own normal form.
    """
    if _PLAIN_KEY.match(text):
        return text.replace(" (", "(")
    try:
        return assigned(parse(text, _finish), assigned_to).text
    except (UnreadableSql, RecursionError):
        return text


def _finish(node: Node) -> Node:
    """Fold a node whose parts are folded, until nothing is left to fold."""
    rewrites = _rewrites()
    while True:
        for rewrite in rewrites[node.shape]:
            found = rewrite(node, _finish)
            if found is not None:
                node = found
                break
        else:
            return node


@functools.cache
def _rewrites() -> dict[Shape, tuple[Rewrite, ...]]:
    found = load_plugins(package, "FOLD", Fold, key=lambda fold: fold.name)
    return {
        shape: tuple(fold.rewrite for fold in found.values() if shape in fold.shapes)
        for shape in Shape
    }
