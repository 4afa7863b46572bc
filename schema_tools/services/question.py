"""What a validation is asked to compare."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.objects import RELATIONS

MODELS, MIGRATIONS, DATABASE = SIDES = ("models", "migrations", "database")


@dataclass(frozen=True, slots=True)
class Question:
    """What to compare, and from which severity on a finding makes the report not ok.

    ``kinds`` and ``tables`` restrict the result where they are not empty; ``fail_on`` is None for
    a report that is always ok. ``expected`` is the path of a snapshot that stands for models and
    SQL files, "" where they are built. Without ``cached`` they are built whether they were before
    or not, and nothing is kept of them.
    """

    alias: str = "default"
    sides: frozenset[str] = frozenset(SIDES)
    fail_on: Severity | None = Severity.WARNING
    kinds: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    cached: bool = True
    expected: str = ""

    def asks_for(self, key: Key) -> bool:
        """Return whether an object is within what was asked."""
        if self.kinds and key.kind not in self.kinds:
            return False
        name = key.table or (key.name if key.kind in RELATIONS else "")
        return not self.tables or bool(self.tables & {name, f"{key.schema}.{name}"})

    @property
    def is_whole(self) -> bool:
        """Return whether all sides and all objects are asked for, as they are."""
        return self.sides == frozenset(SIDES) and not (self.is_restricted or self.expected)

    @property
    def is_restricted(self) -> bool:
        """Return whether only some objects are asked for."""
        return bool(self.kinds or self.tables)
