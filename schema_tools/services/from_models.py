"""What models make: their tables, made in a scratch database, or known from last time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from django.db.models import Model

from schema_tools.conf import get_settings
from schema_tools.django_models.collect import ModelSql, collect_on, models_for
from schema_tools.django_models.facts import model_facts, table_of, with_automatic
from schema_tools.django_models.origins import Origins
from schema_tools.errors import ScratchUnavailable
from schema_tools.findings import NotChecked
from schema_tools.keys import Key
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, table_key
from schema_tools.services.ahead import Ahead
from schema_tools.services.built import digest_of
from schema_tools.services.cache import NO_CACHE, Cache
from schema_tools.services.from_files import FromFiles, replay_files
from schema_tools.services.model_tables import (
    ModelTables,
    Unmade,
    beside_tables,
    prerequisites,
    remember_tables,
)
from schema_tools.services.wanted import Wanted, without


@dataclass(frozen=True, slots=True)
class FromModels:
    """What the models make, and what else they say."""

    schema: Schema
    facts: ModelFacts
    origins: Origins
    not_checked: tuple[NotChecked, ...] = ()
    key: str = ""
    """What stands for all that the schema was made from, "" where that is not known."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What models are made beside: what the files made, and what was made ahead of that."""

    files: FromFiles
    ahead: Ahead | None = None


def from_models(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    ground: Ground,
    *,
    live: Callable[[], Schema | None],
    cache: Cache = NO_CACHE,
) -> FromModels:
    """Make the models' tables with Django's schema editor, and read them.

    ``live`` is asked once the models' SQL is there, and the server is asked for more after that.
    What they need besides (types, extensions, functions) is made as the files make it, or is in a
    copy of the files' database; without files, types and extensions are made as the live database
    has them. What the same SQL made before is taken from the cache, and what was made ahead, while
    the files were replayed, is made no more.
    """
    files, ahead = ground.files, ground.ahead
    models, schema = models_for(alias), wanted.schemas[0]
    path, read = wanted.search_path, wanted.read
    collected = _collected(alias, scratch, models, ahead)
    made = ahead.read(files, path, read, let_go=scratch.let_go) if ahead else None
    there = live()
    built = ModelTables(
        alias,
        scratch,
        path,
        read,
        lambda: beside_tables(files.files) if files.files is not None else (),
        partial(_files_database, alias, scratch, wanted, files),
        collected,
        _needed(there, cache) if there is not None and files.files is None else (),
    )
    key = ""
    if cache.is_on and (files.key or files.files is None):
        key = built.key(models, wanted.parts, base=files.key)
    if made is None:
        found, unmade = built.from_cache(cache, key) or built.make(models, cache, key)
    else:
        found, unmade = made, Unmade()
        remember_tables(cache, key, found)
    facts = model_facts(models, own_apps=get_settings(alias).apps, schema=schema)
    unknown = _tables_of([each for each in models if each._meta.label in unmade.models], schema)
    return FromModels(
        without(found, unknown),
        replace(facts, unknown_tables=unknown),
        Origins(models, schema=schema),
        unmade.notes(scratch.where),
        key if not unmade.models else "",
    )


def _collected(
    alias: str, scratch: Scratch, models: Iterable[type[Model]], ahead: Ahead | None
) -> tuple[ModelSql, ...] | None:
    """Return the models' SQL where the alias's server, which Django asks, is at hand anyway."""
    if not scratch.is_beside_alias:
        return None
    return ahead.collected if ahead else tuple(collect_on(alias, models))


def _needed(live: Schema, cache: Cache) -> tuple[str, ...]:
    """Return the SQL of what models need and no files make, drafted once for a live schema."""
    key = digest_of("prerequisites", live.digest) if cache.is_on and live.digest else ""
    kept = cache.get(key) if key else None
    if kept is not None:
        return tuple(json.loads(kept))
    drafted = prerequisites(live)
    if key:
        cache.put(key, json.dumps(drafted).encode())
    return drafted


def _tables_of(models: Iterable[type[Model]], schema: str) -> frozenset[Key]:
    """Return the keys of models' tables, those of automatic many-to-many models included."""
    return frozenset(
        table_of(each, schema) for model in models for each in with_automatic([model])
    )


def _files_database(
    alias: str, scratch: Scratch, wanted: Wanted, files: FromFiles
) -> ScratchDatabase | None:
    """Return a database in which the files were run, None where they cannot be."""
    if files.files is None or files.database is not None:
        return files.database
    again = replay_files(alias, scratch, wanted, applied=None, pending=files.migrations)
    if again.database is None:
        raise ScratchUnavailable(
            "the SQL files, which ran in a scratch database before, fail in one now: "
            + "; ".join(each.message for each in again.findings),
            hint="Run the command with --no-cache.",
        )
    return again.database


def hidden_views(models: FromModels, views: frozenset[tuple[str, str]]) -> FromModels:
    """Return the models without those whose table is a view in files or database."""
    made = models.origins.tables - models.facts.unknown_tables  # asked of no deferred schema
    hidden = sorted({table_key(schema, name) for schema, name in views} & made)
    notes = tuple(
        NotChecked(f"model of {key.schema}.{key.name}", "it is a view, not a table")
        for key in hidden
    )
    return replace(
        models,
        schema=without(models.schema, hidden),
        not_checked=(*models.not_checked, *notes),
    )


def hidden_stand_ins(models: FromModels, sides: Iterable[Schema | None]) -> FromModels:
    """Return the models without those that stand for permissions or pages, and for no table.

    That is an unmanaged one with no column but an id, whose table is on none of the sides.
    """
    bare = models.origins.bare - models.facts.unknown_tables
    there = [side for side in sides if side is not None] if bare else []
    hidden = sorted(key for key in bare if not any(key in side for side in there))
    notes = tuple(
        NotChecked(
            f"model of {key.schema}.{key.name}",
            "it is unmanaged, has no column but an id, and there is no such table",
        )
        for key in hidden
    )
    return replace(
        models,
        schema=without(models.schema, hidden),
        not_checked=(*models.not_checked, *notes),
    )
