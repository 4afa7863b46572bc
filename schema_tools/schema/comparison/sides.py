"""The four states of a schema side by side, with the models read in the light of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, SchemaObject, table_key
from schema_tools.schema.renames import find_renames, relabelled, renamed_key
from schema_tools.schema.tolerance import Phase, Reading, Tolerated, Weights, of_phase


@dataclass(frozen=True, slots=True)
class Sources:
    """The four states; None for a side that is left out or could not be had.

    ``applied`` is what the files make that are recorded as applied, ``files`` what all files make.
    ``not_renamed`` holds keys of the files' objects that are not to be taken for renamed ones.
    """

    models: Schema | None = None
    applied: Schema | None = None
    files: Schema | None = None
    live: Schema | None = None
    facts: ModelFacts = field(default_factory=ModelFacts)
    not_renamed: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Sides:
    """A schema for each state, the models' once beside each of the other three.

    A side that is left out, or that has no say, is stood in for by the one it would be held
    against, and so agrees. ``has_models`` and ``has_files`` tell whether they are there for real.
    """

    models_applied: Schema
    models_files: Schema
    models_live: Schema
    applied: Schema
    files: Schema
    live: Schema
    has_models: bool = True
    has_files: bool = True
    has_live: bool = True
    weights: Weights = field(default_factory=dict)
    """Of the models beside the files, or beside the database where no file has a say."""

    def keys(self) -> Iterator[Key]:
        """Yield every key of every side, some of them more than once."""
        for schema in self.schemas():
            yield from schema.objects

    def schemas(self) -> tuple[Schema, ...]:
        """Return the schemas, each once, those that stand for the models last."""
        database = (self.files, self.applied, self.live)
        models = (self.models_files, self.models_applied, self.models_live)
        return tuple({id(each): each for each in (*database, *models)}.values())


@dataclass(frozen=True, slots=True)
class Names:
    """What each side calls an object that not all call the same."""

    models: str
    applied: str
    files: str
    live: str


@dataclass(frozen=True, slots=True)
class Tableau:
    """All that a comparison looks at: who speaks for an object depends on who owns its table."""

    by_files: Sides
    by_django: Sides
    django_tables: frozenset[Key]
    tolerated: tuple[Tolerated, ...]
    names: Mapping[Key, Names] = field(default_factory=dict)
    """By the key that the files, or what stands for them, have for the object."""

    def sides_for(self, key: Key) -> Sides:
        """Return the sides that have a say in an object.

        A table that Django's own migrations make is compared between models and database; what an
        SQL file puts on such a table is the files', and models say nothing of it.
        """
        live = self.by_django.live
        if not self.by_files.has_files:
            return self.by_django
        found = live.get(key)
        home = table_of(key) if found is None else home_of(key, found)
        if home not in self.django_tables:
            return self.by_files
        if home != table_of(key) and key not in self.by_files.files:
            # A column's own sequence: of Django's tables, the column says it all.
            return replace(self.by_django, applied=live, files=live, has_models=False)
        if key in self.by_files.files or key in self.by_files.applied:
            return replace(self.by_files, has_models=False)
        return self.by_django

    def keys(self) -> list[Key]:
        """Return the keys of all objects, sorted."""
        return sorted({*self.by_files.keys(), *self.by_django.keys()})


def tableau(sources: Sources) -> Tableau:
    """Put the sources side by side: under one name each, tolerances used."""
    sources, names = _under_one_name(_sharing(sources))
    models = _named(sources)
    beside = {
        id(other): _beside(models, other, sources.facts)
        for other in (sources.applied, sources.files, sources.live)
        if other is not None
    }
    used = {each for reading in beside.values() for each in reading.tolerated}
    by_django = _by_django(sources, beside)
    return Tableau(
        by_files=_by_files(sources, beside) if sources.files is not None else by_django,
        by_django=by_django,
        django_tables=sources.facts.django_tables,
        tolerated=tuple(sorted(used, key=lambda each: (each.tolerance, each.key))),
        names=names,
    )


def _sharing(sources: Sources) -> Sources:
    """Return the sources with one object for all that are equal: they are compared many times."""
    first = sources.files or sources.live
    if first is None:
        return sources
    return replace(
        sources,
        models=sources.models and _shared(sources.models, first),
        applied=sources.applied and _shared(sources.applied, first),
        live=sources.live and _shared(sources.live, first),
    )


def _shared(schema: Schema, other: Schema) -> Schema:
    """Return the schema with the other's objects where they are equal."""
    if schema is other:
        return schema
    theirs = other.objects
    equal = {
        key: partner
        for key, found in schema.objects.items()
        if (partner := theirs.get(key)) is not found and partner == found
    }
    return replace(schema, objects={**schema.objects, **equal}) if equal else schema


def _under_one_name(sources: Sources) -> tuple[Sources, dict[Key, Names]]:
    """Return the sources with the names that all files give, and who calls what otherwise."""
    files = sources.files
    if files is None:
        return sources, {}
    by_applied = (
        find_renames(sources.applied, files, apart=sources.not_renamed) if sources.applied else {}
    )
    applied = relabelled(sources.applied, by_applied) if sources.applied else None
    by_live: dict[Key, Key] = {}
    live = sources.live
    if live is not None:
        same = {old: new for old, new in by_applied.items() if old in live and new not in live}
        live = relabelled(live, same)
        by_hand = find_renames(live, applied or files, apart=sources.not_renamed)
        live = relabelled(live, by_hand)
        back = {new: old for old, new in same.items()}
        by_live = same | {back.get(old, old): new for old, new in by_hand.items()}
    models, facts, by_models = _models_named(sources, files)
    names = {
        key: Names(
            models=_called(by_models, key),
            applied=_called(by_applied, key),
            files=key.name,
            live=_called(by_live, key),
        )
        for key in {*by_applied.values(), *by_live.values(), *by_models.values()}
    }
    taken = replace(sources, models=models, applied=applied, live=live, facts=facts)
    return taken, names


def _models_named(
    sources: Sources, files: Schema
) -> tuple[Schema | None, ModelFacts, dict[Key, Key]]:
    """Return the models with the files' names for what only has another name there."""
    if sources.models is None:
        return None, sources.facts, {}
    settled = _beside(Reading(sources.models), files, sources.facts).schema
    found = find_renames(settled, files, by_place=False, apart=sources.not_renamed)
    own = {old: new for old, new in found.items() if old in sources.models}
    facts = sources.facts.relabelled(lambda key: renamed_key(key, own)) if own else sources.facts
    return relabelled(sources.models, own), facts, own


def _called(names: Mapping[Key, Key], key: Key) -> str:
    return next((old.name for old, new in names.items() if new == key), key.name)


def _named(sources: Sources) -> Reading:
    """Return the models with the names that the other sides give to what they do not name.

    A name found in the files is kept, so that an object which the database lacks, or has under
    another name, is still known by the files' name for it.
    """
    named = Reading(sources.models or Schema())
    known: set[Key] = set()
    others = {id(each): each for each in (sources.files, sources.applied, sources.live)}
    for other in others.values():
        if other is not None:
            named = named.in_light_of(
                other, sources.facts, of_phase(Phase.PAIR), but=frozenset(known).__contains__
            )
            known |= other.objects.keys()
    return named


def _beside(models: Reading, other: Schema, facts: ModelFacts) -> Reading:
    return models.in_light_of(other, facts, (*of_phase(Phase.PAIR), *of_phase(Phase.SETTLE)))


def _by_files(sources: Sources, readings: Mapping[int, Reading]) -> Sides:
    files = sources.files or Schema()
    # Without knowing what was applied, only models and files can be held against each other.
    applied = files if sources.applied is None else sources.applied
    known = sources.live is not None and sources.applied is not None
    live = sources.live if known and sources.live is not None else applied
    return Sides(
        models_applied=readings[id(applied)].schema,
        models_files=readings[id(files)].schema,
        models_live=readings[id(live)].schema,
        applied=applied,
        files=files,
        live=live,
        has_models=sources.models is not None,
        has_live=known,
        weights=readings[id(files)].weights,
    )


def _by_django(sources: Sources, readings: Mapping[int, Reading]) -> Sides:
    live = sources.live
    beside = readings[id(live)] if live is not None else Reading(sources.models or Schema())
    models = beside.schema if sources.models is not None or live is None else live
    live = models if live is None else live
    return Sides(
        models_applied=models,
        models_files=models,
        models_live=models,
        applied=models,
        files=models,
        live=live,
        has_models=sources.models is not None,
        has_files=False,
        has_live=sources.live is not None,
        weights=beside.weights,
    )


def table_of(key: Key) -> Key:
    """Return the key of the table that an object belongs to, or is."""
    return table_key(key.schema, key.table) if key.table else key


def home_of(key: Key, found: SchemaObject) -> Key:
    """Return the table that an object goes with when that is dropped: a sequence, its column's."""
    belongs = kinds()[key.kind].belongs
    owner = belongs(found) if belongs is not None else None
    return table_of(owner or key)
