"""All sources compared, object by object and aspect by aspect, each with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.kinds import kinds
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Kind, Schema, SchemaObject, column_key
from schema_tools.schema.renames import renamed_key
from schema_tools.schema.sides import Names, Sides, Sources, Tableau, table_of, tableau
from schema_tools.schema.tolerance import Tolerated
from schema_tools.schema.verdict import Agreement, Verdict, decide

MISSING, EXTRA, RENAMED = "missing", "extra", "renamed"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One aspect of an object in which the sources differ, and who is wrong.

    ``aspect`` is the name of a field, or ``missing`` or ``extra``: what the side that is wrong
    lacks, or has beyond the others. It is ``renamed`` where the sides only call the object
    otherwise: ``names`` tells how, ``key`` has the name that the files give.
    """

    key: Key
    aspect: str
    verdict: Verdict
    severity: Severity
    sides: Sides
    names: Names | None = None

    @property
    def model(self) -> SchemaObject | None:
        """Return the models' object as it counts beside the files, or else the database."""
        return self.sides.models_files.get(self.key) or self.sides.models_live.get(self.key)

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


def compare(sources: Sources) -> Comparison:
    """Compare the sources that are there; one that is not counts as agreeing."""
    scene = tableau(sources)
    keys = scene.keys()
    agreed = _agreed(scene)
    found = [
        each
        for key in keys
        if key not in agreed
        for each in _judge(key, scene.sides_for(key), sources.facts.unknown_tables)
    ]
    found += [
        each
        for key, names in scene.names.items()
        for each in _judge_names(key, names, scene.sides_for(key))
    ]
    found = [*_told_once(found)]
    rank = {name: place for place, name in enumerate(kinds())}
    found.sort(key=lambda each: _place(each.key, rank))
    own = {
        key: key.named(names.models)
        for key, names in scene.names.items()
        if names.models != key.name
    }
    stated = {name for name, kind in kinds().items() if kind.in_models}
    unjudged = tuple(
        key
        for key in keys
        if key.kind not in stated
        and not (sides := scene.sides_for(key)).has_files
        and key in sides.live
    )
    return Comparison(tuple(found), scene.tolerated, tuple(keys), own, unjudged)


def _told_once(found: list[Disagreement]) -> Iterator[Disagreement]:
    """Yield the disagreements but those that come with another.

    So does what an inherited column has from its parent's, and what an aspect brings with it.
    """
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


def _agreed(scene: Tableau) -> set[Key]:
    """Return the keys under which all sides have one and the same: most, as a rule.

    What no model can state is not looked for there.
    """
    stated = {name for name, kind in kinds().items() if kind.in_models}
    sides = scene.by_files  # what the files make is judged by these, if by any
    ours = sides.files.objects
    agreed = set(ours)
    database = {id(sides.applied), id(sides.live)}
    for schema in sides.schemas():
        others, theirs = stated if id(schema) not in database else kinds(), schema.objects
        if theirs is not ours:
            agreed = {k for k in agreed if theirs.get(k) is ours[k] or k.kind not in others}
    return agreed


def _place(key: Key, rank: Mapping[str, int]) -> tuple[str, str, int, str]:
    """Sort by table, the table itself first."""
    return (key.schema, table_of(key).name, rank[key.kind], key.name)


Same = Callable[[Schema, Schema], bool]


def _judge(key: Key, sides: Sides, unknown: frozenset[Key]) -> Iterator[Disagreement]:
    """Yield the disagreement on whether the object is there, and those on its aspects."""
    kind = kinds()[key.kind]
    if not (kind.in_models and _models_may_say(key, sides, unknown)):
        if not sides.has_files:
            return  # there is nothing to hold the database against
        sides = replace(sides, has_models=False)
    verdict = decide(_agreement(key, sides, _presence_rule(key)))
    if verdict is Verdict.MIGRATION_UNRECORDED and _differ(key, sides.files, sides.live):
        verdict = None  # something is there, but not what the file would make: see its aspects
    if verdict is not None:
        yield _disagreement(kind, key, _presence(key, sides, verdict), verdict, sides)
    for aspect in _differing(key, sides):
        verdict = decide(_agreement(key, sides, _aspect_rule(key, sides, aspect)))
        if verdict is not None:
            yield _disagreement(kind, key, aspect, verdict, sides)


def _judge_names(key: Key, names: Names, sides: Sides) -> Iterator[Disagreement]:
    if not sides.has_files:
        return
    models = names.models if kinds()[key.kind].in_models and sides.has_models else names.files
    verdict = decide(
        Agreement(
            models_files=models == names.files,
            models_applied=not sides.has_models or names.models == names.applied,
            models_live=not sides.has_models or names.models == names.live,
            applied_files=names.applied == names.files,
            applied_live=names.applied == names.live,
            files_live=names.files == names.live,
            model_absent=False,
            files_absent=False,
        )
    )
    if verdict is not None:
        found = _disagreement(kinds()[key.kind], key, RENAMED, verdict, sides)
        yield replace(found, names=names)


def _presence_rule(key: Key) -> Same:
    """Return when two sides count as equal in having an object.

    One is missed only where its table and its columns are: a dropped table is one finding.
    """

    def same(before: Schema, after: Schema) -> bool:
        if _has(key, before) == _has(key, after):
            return True
        there, other = (before, after) if key in before else (after, before)
        return _lacks_place(key, there, other)

    return same


def _aspect_rule(key: Key, sides: Sides, aspect: str) -> Same:
    """Return when two sides count as equal in an aspect: also where one has no such object."""

    def same(before: Schema, after: Schema) -> bool:
        if before is sides.applied and key not in before:
            # Not applied yet: what is in the database is held against what a file would make.
            before = sides.files
        old, new = before.get(key), after.get(key)
        return old is None or new is None or aspect not in differing_aspects(old, new)

    return same


def _differ(key: Key, before: Schema, after: Schema) -> bool:
    old, new = before.get(key), after.get(key)
    return old is not None and new is not None and bool(differing_aspects(old, new))


def _models_may_say(key: Key, sides: Sides, unknown: frozenset[Key]) -> bool:
    """Return whether models can be held against an object at all.

    They say nothing of a table that could not be made of them, nor of a foreign key to it, nor of
    a partition: that is how a table is stored.
    """
    table = table_of(key)
    if table in unknown:
        return False
    for schema in (sides.files, sides.live):
        if getattr(schema.get(table), "partition_of", None) is not None:
            return False
        held = getattr(schema.get(key), "references", None)
        if held is not None and held in {_printed(each) for each in unknown}:
            return False
    return True


def _printed(table: Key) -> str:
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def _has(key: Key, schema: Schema) -> bool:
    """Return whether an object is there, be it because its table has it from a parent."""
    return key in schema or key in schema.inherited


def _lacks_place(key: Key, there: Schema, other: Schema) -> bool:
    """Return whether the other schema lacks the table, or a column, that an object needs."""
    found, belongs = there.objects[key], kinds()[key.kind].belongs
    needed = [belongs(found)] if belongs is not None else []
    if found.table:
        needed.append(there.relation(found.schema, found.table))
        needed += [
            column_key(found.schema, found.table, name) for name in getattr(found, "columns", ())
        ]
    return any(each in there and each not in other for each in needed if each is not None)


def _agreement(key: Key, sides: Sides, same: Same) -> Agreement:
    return Agreement(
        models_files=not sides.has_models or same(sides.models_files, sides.files),
        models_applied=not sides.has_models or same(sides.models_applied, sides.applied),
        models_live=not sides.has_models or same(sides.models_live, sides.live),
        applied_files=same(sides.applied, sides.files),
        applied_live=same(sides.applied, sides.live),
        files_live=same(sides.files, sides.live),
        model_absent=key not in sides.models_files,
        files_absent=key not in sides.files,
    )


def _differing(key: Key, sides: Sides) -> list[str]:
    """Return the aspects in which any two sides differ that both have the object."""
    pairs = [(sides.applied, sides.files), (sides.applied, sides.live), (sides.files, sides.live)]
    if sides.has_models:
        pairs += [
            (sides.models_files, sides.files),
            (sides.models_applied, sides.applied),
            (sides.models_live, sides.live),
        ]
    aspects: dict[str, None] = {}
    for before, after in pairs:
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None:
            aspects.update(dict.fromkeys(differing_aspects(old, new)))
    return list(aspects)


_ABOUT_THE_DATABASE = {
    Verdict.DATABASE_DRIFTED,
    Verdict.MIGRATION_PENDING,
    Verdict.MIGRATION_UNRECORDED,
    Verdict.CONFLICT,
}


def _presence(key: Key, sides: Sides, verdict: Verdict) -> str:
    """Return ``missing`` or ``extra``: of the database, or of what the model asks for."""
    if verdict in _ABOUT_THE_DATABASE:
        return EXTRA if key in sides.live else MISSING
    return MISSING if key in sides.models_files or key in sides.models_live else EXTRA


def _disagreement(
    kind: Kind, key: Key, aspect: str, verdict: Verdict, sides: Sides
) -> Disagreement:
    there = (sides.files, sides.live, sides.applied, sides.models_files, sides.models_live)
    example = next((schema.objects[key] for schema in there if key in schema), None)
    severity = kind.severity(example, aspect)
    if verdict is Verdict.MIGRATION_PENDING:
        severity = Severity.INFO
    elif verdict is Verdict.MIGRATION_UNRECORDED:
        severity = Severity.WARNING
    elif verdict is Verdict.CONFLICT:
        severity = Severity.CRITICAL
    return Disagreement(key, aspect, verdict, severity, sides)
