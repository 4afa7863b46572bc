"""Print expressions once more, all by one server, before saying that they differ.

Servers of different versions print one expression in different ways, views above all, and a text
that is fed back may be printed in another way than it was. So what differs in its expression only
is made in a scratch database, with what it needs, as each side has it; where the server prints the
same of both sides, they count as equal. What cannot be made there stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any

import psycopg
from psycopg import sql

from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.schema.comparison.compare import compare
from schema_tools.schema.comparison.disagreement import (
    Comparison,
    Disagreement,
)
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.excerpt import excerpt
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Schema, SchemaObject, is_expression

Connection = psycopg.Connection[Any]

# The first that has an object says how its expression is written where others say the same.
_SIDES = ("files", "applied", "models", "live")
_AT_ONCE = 100
# Drafts leave the name of the schema public out.
_SETTINGS = """
SELECT pg_catalog.set_config('search_path', 'public', false),
       pg_catalog.set_config('check_function_bodies', 'off', false),
       pg_catalog.set_config('synchronous_commit', 'off', false),
       pg_catalog.set_config('client_min_messages', 'error', false)
"""


@dataclass(frozen=True, slots=True)
class Reprinted:
    """What is left of the differences between expressions.

    ``unprinted`` are the objects that could not be made on every side, and that differ still.
    """

    comparison: Comparison
    unprinted: tuple[Key, ...] = ()


@dataclass(slots=True)
class _Side:
    """One source: its objects that are to be printed, and those that have been."""

    schema: Schema
    keys: dict[Key, Key] = field(default_factory=dict)
    """The keys that it has itself, by those of the comparison."""
    printed: Mapping[Key, SchemaObject] = field(default_factory=dict)

    def objects(self, key: Key, aspect: str) -> tuple[SchemaObject, ...]:
        """Return an object as it was read, and as it is printed once more if that has come off."""
        own = self.keys.get(key)
        found = self.schema.get(own) if own else None
        if own is None or found is None:
            return ()
        printed = self.printed.get(own)
        if printed is None or _size(found, aspect) != _size(printed, aspect):
            return (found,)
        return (found, printed)


def compare_reprinted(sources: Sources, scratch: Scratch) -> Reprinted:
    """Compare the sources, and again with what means the same written in the same way."""
    comparison = compare(sources)
    doubtful = [each for each in comparison.disagreements if _is_in_two_words(each)]
    if not doubtful:
        return Reprinted(comparison)
    sides = _sides(sources, comparison, doubtful)
    for side in sides.values():
        side.printed = _printed(scratch, side.schema, side.keys.values())
    alike = {name: _alike(name, sides, doubtful) for name in sides}
    if any(alike.values()):
        comparison = compare(_rewritten(sources, alike))
    left = [each for each in comparison.disagreements if _is_in_two_words(each)]
    return Reprinted(comparison, tuple(dict.fromkeys(_unprinted(sides, left))))


def in_the_words_of(
    reference: Schema, schema: Schema, keys: Iterable[Key], scratch: Scratch
) -> Mapping[Key, SchemaObject]:
    """Return objects of a schema in the reference's words, where both print the same in scratch.

    ``keys`` are those of objects that differ.
    """
    pairs = {key: (reference.get(key), schema.get(key)) for key in keys}
    doubtful = {
        key: (theirs, mine)
        for key, (theirs, mine) in pairs.items()
        if theirs is not None and mine is not None and _differ_in_words(theirs, mine)
    }
    printed = [_printed(scratch, each, doubtful) for each in (reference, schema)]
    return {
        key: theirs
        for key, (theirs, mine) in doubtful.items()
        if not differing_aspects(printed[0].get(key, theirs), printed[1].get(key, mine))
    }


def _differ_in_words(theirs: SchemaObject, mine: SchemaObject) -> bool:
    """Return whether two objects differ in expressions alone, of which both have as many."""
    declared = {each.name: each for each in fields(theirs)}
    return all(
        is_expression(declared[aspect]) and _size(theirs, aspect) == _size(mine, aspect)
        for aspect in differing_aspects(theirs, mine)
    )


def _is_in_two_words(found: Disagreement) -> bool:
    """Return whether it is two expressions that differ, and not one that a side lacks."""
    declared = {each.name: each for each in fields(kinds()[found.key.kind].type)}
    if found.aspect not in declared or not is_expression(declared[found.aspect]):
        return False
    objects = (schema.get(found.key) for schema in found.sides.schemas())
    words = {getattr(each, found.aspect) for each in objects if each is not None}
    return len(words - {None}) > 1


def _sides(
    sources: Sources, comparison: Comparison, doubtful: Iterable[Disagreement]
) -> dict[str, _Side]:
    """Return the sources that are there, each with its own keys of what is doubtful."""
    found: dict[str, _Side] = {}
    for name in _SIDES:
        schema: Schema | None = getattr(sources, name)
        if schema is None:
            continue
        side = found[name] = _Side(schema)
        for key in {each.key for each in doubtful}:
            own = comparison.model_key(key) if name == "models" else key
            if own in schema:
                side.keys[key] = own
    return found


def _rewritten(
    sources: Sources, alike: Mapping[str, Mapping[Key, SchemaObject | None]]
) -> Sources:
    def rewritten(name: str, schema: Schema | None) -> Schema | None:
        changes = alike.get(name)
        return schema.replaced(changes) if schema and changes else schema

    return replace(
        sources,
        files=rewritten("files", sources.files),
        applied=rewritten("applied", sources.applied),
        models=rewritten("models", sources.models),
        live=rewritten("live", sources.live),
    )


def _alike(
    name: str, sides: Mapping[str, _Side], doubtful: Iterable[Disagreement]
) -> Mapping[Key, SchemaObject | None]:
    """Return the objects of a side whose expressions one before it has, in that one's words."""
    changed: dict[Key, SchemaObject | None] = {}
    earlier = [sides[each] for each in _SIDES[: _SIDES.index(name)] if each in sides]
    for each in doubtful:
        mine = sides[name].objects(each.key, each.aspect)
        if not mine:
            continue
        own = sides[name].keys[each.key]
        for side in earlier:
            theirs = side.objects(each.key, each.aspect)
            if theirs and _same(mine, theirs, each.aspect):
                words = {each.aspect: getattr(theirs[0], each.aspect)}
                changed[own] = replace(changed.get(own) or mine[0], **words)
                break
    return changed


def _size(found: SchemaObject, aspect: str) -> int:
    """Return how many expressions there are: some may not have been made with their object."""
    value = getattr(found, aspect)
    return len(value) if isinstance(value, tuple) else int(value is not None)


def _same(mine: Iterable[SchemaObject], theirs: Iterable[SchemaObject], aspect: str) -> bool:
    theirs = tuple(theirs)
    return any(aspect not in differing_aspects(a, b) for a in mine for b in theirs)


def _unprinted(sides: Mapping[str, _Side], left: Iterable[Disagreement]) -> Iterator[Key]:
    for each in left:
        found = [side.objects(each.key, each.aspect) for side in sides.values()]
        if any(len(objects) == 1 for objects in found):
            yield each.key


def _printed(scratch: Scratch, schema: Schema, keys: Iterable[Key]) -> Mapping[Key, SchemaObject]:
    """Return objects as the scratch server prints them; those that cannot be made are left out."""
    wanted = frozenset(keys)
    if not wanted:
        return {}
    statements = excerpt(schema, wanted).statements()
    database = scratch.create()
    with closing(database.connect()) as connection:
        _make(connection, database, statements)
        schemas = tuple(sorted({key.schema for key in wanted}))
        found = read_schema(connection, schemas, alone=True)
    return {key: found.objects[key] for key in wanted if key in found}


def _make(connection: Connection, database: ScratchDatabase, statements: Iterable[str]) -> None:
    """Run what can be run; but for extensions, as a role without rights elsewhere."""
    connection.execute(_SETTINGS.encode())
    left = list(statements)
    _run(connection, [each for each in left if each.startswith("CREATE EXTENSION")])
    if database.owner:
        become = sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(database.owner))
        connection.execute(become)
    left = [each for each in left if not each.startswith("CREATE EXTENSION")]
    for start in range(0, len(left), _AT_ONCE):
        _run(connection, left[start : start + _AT_ONCE])


def _run(connection: Connection, statements: list[str]) -> None:
    """Run statements together; where that fails, each for itself, passing over what fails."""
    with suppress(psycopg.Error):
        with connection.transaction():
            connection.execute("\n;\n".join(statements).encode())
        return
    for statement in statements:
        with suppress(psycopg.Error):
            connection.execute(statement.encode())
