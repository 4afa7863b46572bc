"""What of two schemas can be held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schema_tools.findings import NotChecked
from schema_tools.keys import Key
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.kinds import kinds
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import RELATIONS, Schema, SchemaObject, table_key
from schema_tools.schema.tolerance import Phase, Reading, of_phase


@dataclass(frozen=True, slots=True)
class CommonGround:
    """Two schemas cut to what both can say, the models with the names that the other gives."""

    models: Schema
    other: Schema
    left_out: tuple[NotChecked, ...]


def read_by_both(first: Schema, second: Schema) -> tuple[Schema, Schema, tuple[NotChecked, ...]]:
    """Return two schemas without the namespaces of which one side knows no more than the name."""
    unread = sorted(
        key.name
        for schema in (first, second)
        for key, found in schema.objects.items()
        if key.kind == "schema" and not getattr(found, "is_read", True)
    )
    gone = {
        name
        for name in unread
        if any(key.schema == name for each in (first, second) for key in each.objects)
    }
    if not gone:
        return first, second, ()
    kept = [
        replace(each, objects={k: v for k, v in each.objects.items() if k.schema not in gone})
        for each in (first, second)
    ]
    notes = [
        NotChecked(f"the objects of schema {name}", "they were read on one side only")
        for name in sorted(gone)
    ]
    return kept[0], kept[1], tuple(notes)


def common_ground(models: Schema, facts: ModelFacts, other: Schema) -> CommonGround:
    """Return the models beside another schema, tolerances used.

    Left out are kinds that no model can state, views and partitions, tables whose model could not
    be made, and those of Django's own migrations where the other side has none of them.
    """
    stored_otherwise = frozenset(_not_of_models(other))
    django = frozenset(facts.django_tables)
    if any(key in other for key in django):
        django = frozenset()
    gone = stored_otherwise | facts.unknown_tables | django
    mine, theirs = _kept(models, gone, facts), _kept(other, gone, facts)
    paired = Reading(mine).in_light_of(theirs, facts, of_phase(Phase.PAIR))
    settled = paired.in_light_of(theirs, facts, of_phase(Phase.SETTLE))
    notes = _notes(models, other, views=stored_otherwise, django=django)
    return CommonGround(settled.schema, theirs, tuple(notes))


def _not_of_models(other: Schema) -> Iterator[Key]:
    """Yield views and partitions, under the keys that tables of models would have."""
    for key, found in other.objects.items():
        if key.kind in RELATIONS and (
            key.kind != "table" or getattr(found, "partition_of", None) is not None
        ):
            yield table_key(key.schema, key.name)


def _kept(schema: Schema, gone: frozenset[Key], facts: ModelFacts) -> Schema:
    stated = {kind.name for kind in kinds().values() if kind.in_models}
    unmade = {f"{quoted(key.schema)}.{quoted(key.name)}" for key in facts.unknown_tables}
    objects: dict[Key, SchemaObject] = {
        key: found
        for key, found in schema.objects.items()
        if key.kind in stated
        and table_of(key) not in gone
        and getattr(found, "references", None) not in unmade
    }
    return replace(schema, objects=objects)


def _notes(
    models: Schema, other: Schema, *, views: frozenset[Key], django: frozenset[Key]
) -> Iterator[NotChecked]:
    there = {key.kind for key in other.objects}
    beyond = [name for name, kind in kinds().items() if name in there and not kind.in_models]
    if beyond:
        words = ", ".join(name.replace("_", " ") for name in beyond)
        yield NotChecked(f"objects of these kinds: {words}", "no model can state them")
    if views & models.objects.keys():
        names = ", ".join(f"{key.schema}.{key.name}" for key in sorted(views) if key in models)
        yield NotChecked(f"the models of {names}", "these are views or partitions, not tables")
    if django:
        yield NotChecked("the tables of Django's own migrations", "the other side has none")
