"""All sources compared, object by object and aspect by aspect, each with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import (
    RENAMED,
    Comparison,
    Disagreement,
    disagreement,
    presence,
    told_once,
)
from schema_tools.schema.comparison.sides import (
    Names,
    Sides,
    Sources,
    Tableau,
    home_of,
    table_of,
    tableau,
)
from schema_tools.schema.comparison.verdict import Agreement, Verdict, decide
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.kinds import kinds
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Schema, column_key


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
    found = [*told_once(found)]
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
        and (there := sides.live.get(key)) is not None
        # The sequence of a serial column is told by the column.
        and home_of(key, there) == table_of(key)
    )
    return Comparison(tuple(found), scene.tolerated, tuple(keys), own, unjudged)


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
        yield disagreement(key, presence(key, sides, verdict), verdict, sides)
    for aspect in _differing(key, sides):
        verdict = decide(_agreement(key, sides, _aspect_rule(key, sides, aspect)))
        if verdict is not None:
            yield disagreement(key, aspect, verdict, sides)


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
        found = disagreement(key, RENAMED, verdict, sides)
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
