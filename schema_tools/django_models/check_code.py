"""The condition of a CheckConstraint that says what a CHECK of the database says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from schema_tools.schema.expressions import normal_form
from schema_tools.schema.kinds.constraint import Constraint

_NAME = r"[a-z_][a-z0-9_]*"
_TEXT = r"'(?:[^']|'')*'::text"
_NUMBER = r"'-?\d+'::number"
# What is left of `x IN (…)` and of `x >= 0` in the normal form of expressions.
_IN = re.compile(
    rf"CHECK\(\((?:\(({_NAME})\)::text|({_NAME})) = "
    rf"ANY \(ARRAY\[((?:{_TEXT}|{_NUMBER})(?:, (?:{_TEXT}|{_NUMBER}))*)\]\)\)\)"
)
_COMPARED = re.compile(rf"CHECK\(\(({_NAME}) (>=|>|<=|<) ({_NUMBER})\)\)")
_VALUE = re.compile(rf"{_TEXT}|{_NUMBER}")
_LOOKUPS = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}


def condition_code(found: Constraint, names: Mapping[str, str]) -> str | None:
    """Return ``models.Q(theme__in=['light', 'dark'])`` for such a CHECK, None for any other.

    ``names`` are the model's fields by column.
    """
    if not (found.validated and found.enforced) or found.no_inherit:
        return None
    text = normal_form(found.definition or "")
    if match := _IN.fullmatch(text):
        field = names.get(match[1] or match[2])
        values = [_value(each) for each in _VALUE.findall(match[3])]
        return f"models.Q({field}__in={values!r})" if field else None
    if match := _COMPARED.fullmatch(text):
        field = names.get(match[1])
        return f"models.Q({field}__{_LOOKUPS[match[2]]}={_value(match[3])!r})" if field else None
    return None


def _value(literal: str) -> str | int:
    written, _colons, of_type = literal.rpartition("::")
    inside = written[1:-1]
    return int(inside) if of_type == "number" else inside.replace("''", "'")
