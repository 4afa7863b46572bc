"""Whether a model's ``on_delete`` contradicts the action that the database takes by itself.

Django carries ``on_delete`` out in Python, row by row, before the database sees a DELETE; a row
deleted by SQL gets the database's action. A difference matters where one of them destroys or
changes what the other means to keep (Django documentation, "ForeignKey.on_delete").
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Finding, Severity
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, column_key

# NO ACTION and RESTRICT only refuse, and DO_NOTHING leaves it all to the database: those fit any.
_CONTRADICTS = {
    "CASCADE": {"set null", "set default"},
    "PROTECT": {"cascade", "set null", "set default"},
    "RESTRICT": {"cascade", "set null", "set default"},
    "SET_NULL": {"cascade", "set default"},
    "SET_DEFAULT": {"cascade", "set null"},
    "SET": {"cascade", "set null", "set default"},
}


def contradictions(reference: Schema, side: str, facts: ModelFacts) -> Iterator[Finding]:
    """Yield a warning for each foreign key whose model means something else than its SQL.

    ``reference`` is the schema of the side named ``migrations`` or ``database``.
    """
    for key, found in sorted(reference.objects.items()):
        if not isinstance(found, Constraint) or found.type != "foreign key":
            continue
        column = column_key(found.schema, found.table, found.columns[0])
        stated = facts.on_delete.get(column)
        if stated is None or column in facts.stated_actions:
            continue
        action = (found.on_delete or "").split(" (")[0]
        if action not in _CONTRADICTS.get(stated, ()):
            continue
        brief = (
            f"the model says on_delete={stated} for {column.name}, and {key.name} says "
            f"ON DELETE {action.upper()}"
        )
        yield Finding(
            code="constraint.on_delete",
            severity=Severity.WARNING,
            message=f"Table structure mismatch for table '{found.table}': {brief}",
            hint="A row deleted by SQL gets the database's action, one deleted by Django the "
            "model's. Let both say the same.",
            subject=key,
            verdict="model_differs",
            between=("models", side),
            values={"models": stated, side: action.upper()},
            brief=brief,
        )
