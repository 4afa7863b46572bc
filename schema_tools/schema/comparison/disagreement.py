"""What comparing the sources gives: disagreements, each with its verdict and its severity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.comparison.sides import Names, Sides
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import SchemaObject
from schema_tools.schema.renames import renamed_key
from schema_tools.schema.tolerance import Tolerated, Weighed

MISSING, EXTRA, RENAMED = "missing", "extra", "renamed"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One aspect of an object in which the sources differ, and who is wrong.

    ``aspect`` is the name of a field, or ``missing`` or ``extra``: what the side that is wrong
    lacks, or has beyond the others. It is ``renamed`` where the sides only call the object
    otherwise: ``names`` tells how, ``key`` has the name that the files give. ``weighed`` says what
    is known of its cause.
    """

    key: Key
    aspect: str
    verdict: Verdict
    severity: Severity
    sides: Sides
    names: Names | None = None
    weighed: Weighed | None = None

    @property
    def model(self) -> SchemaObject | None:
        """Return the models' object as it counts beside the files, or else the database."""
        return self.sides.models_files.get(self.key) or self.sides.models_live.get(self.key)

    @property
    def tolerated_by(self) -> str | None:
        """Return the tolerance that makes the finding less than its kind would, if one does."""
        found = self.model or self.sides.live.get(self.key)
        usual = kinds()[self.key.kind].severity(found, self.aspect)
        return self.weighed.tolerance if self.weighed and self.severity < usual else None

    @property
    def code(self) -> str:
        """Return the finding's code: ``column.type``."""
        return f"{self.key.kind}.{self.aspect}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All disagreements, what was tolerated, and the objects that were compared.

    ``model_keys`` holds the keys that the models have for what they call otherwise, ``unjudged``
    what the database has and no side could speak for, such as a trigger on a table of Django's.
    """

    disagreements: tuple[Disagreement, ...]
    tolerated: tuple[Tolerated, ...]
    keys: tuple[Key, ...]
    model_keys: Mapping[Key, Key] = field(default_factory=dict)
    unjudged: tuple[Key, ...] = ()

    def model_key(self, key: Key) -> Key:
        """Return the key that the models have for an object."""
        return renamed_key(key, self.model_keys)


_ABOUT_THE_DATABASE = {
    Verdict.DATABASE_DRIFTED,
    Verdict.MIGRATION_PENDING,
    Verdict.MIGRATION_UNRECORDED,
    Verdict.CONFLICT,
}

_ABOUT_THE_MODEL = {
    Verdict.MODEL_BEHIND,
    Verdict.MIGRATION_MISSING,
    Verdict.MODEL_DIFFERS,
}


def presence(key: Key, sides: Sides, verdict: Verdict) -> str:
    """Return ``missing`` or ``extra``: of the database, or of what the model asks for."""
    if verdict in _ABOUT_THE_DATABASE:
        return EXTRA if key in sides.live else MISSING
    return MISSING if key in sides.models_files or key in sides.models_live else EXTRA


def disagreement(key: Key, aspect: str, verdict: Verdict, sides: Sides) -> Disagreement:
    """Return the disagreement, as severe as its kind and its verdict make it."""
    there = (sides.files, sides.live, sides.applied, sides.models_files, sides.models_live)
    example = next((schema.objects[key] for schema in there if key in schema), None)
    severity = kinds()[key.kind].severity(example, aspect)
    if verdict is Verdict.MIGRATION_PENDING:
        severity = Severity.INFO
    elif verdict is Verdict.MIGRATION_UNRECORDED:
        severity = Severity.WARNING
    elif verdict is Verdict.CONFLICT:
        severity = Severity.CRITICAL
    weighed = _weighed(key, aspect, verdict, sides)
    if weighed is not None:
        severity = weighed.severity
    return Disagreement(key, aspect, verdict, severity, sides, weighed=weighed)


def _weighed(key: Key, aspect: str, verdict: Verdict, sides: Sides) -> Weighed | None:
    """Return what is known of the cause, where it is the model that differs."""
    if sides.has_models and (not sides.has_files or verdict in _ABOUT_THE_MODEL):
        return sides.weights.get((key, aspect))
    return None


def told_once(found: Iterable[Disagreement]) -> Iterator[Disagreement]:
    """Yield the disagreements but those that come with another.

    So does what an inherited column has from its parent's, and what an aspect brings with it.
    """
    found = tuple(found)
    told = {(each.key, each.aspect, each.verdict) for each in found}
    for each in found:
        kind = kinds()[each.key.kind]
        owners = {
            kind.belongs(there)
            for schema in (each.sides.files, each.sides.live)
            if kind.belongs is not None and (there := schema.get(each.key)) is not None
        }
        if any((owner, each.aspect, each.verdict) in told for owner in owners if owner):
            continue
        leader = kind.follows.get(each.aspect)
        if leader is None or (each.key, leader, each.verdict) not in told:
            yield each
