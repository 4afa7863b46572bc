"""Models, SQL files and the live database, each turned into a Schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import psycopg
from django.db.models import Model

from schema_tools.conf import get_settings
from schema_tools.django_models.collect import collect_on, models_for
from schema_tools.django_models.facts import model_facts, table_of, with_automatic
from schema_tools.django_models.origins import Origins
from schema_tools.errors import ScratchUnavailable
from schema_tools.findings import Finding, NotChecked
from schema_tools.history.migration import Migration
from schema_tools.history.moment import code_that_runs
from schema_tools.history.reach import reaches_outside
from schema_tools.keys import Key
from schema_tools.postgres.introspect import made_schemas, read_views
from schema_tools.postgres.replay import Outcome
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.postgres.server_facts import calls_an_extension
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, table_key
from schema_tools.services.built import (
    digest_of,
    files_key,
    packed,
    statements_of,
    unpacked,
)
from schema_tools.services.cache import NO_CACHE, Cache
from schema_tools.services.model_tables import ModelTables, beside_tables, prerequisites
from schema_tools.services.requirements import Requirements
from schema_tools.services.wanted import Wanted, without

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class FromFiles:
    """What the SQL files make: those that are applied, and all of them."""

    applied: Schema | None = None
    files: Schema | None = None
    views: frozenset[tuple[str, str]] = frozenset()
    database: ScratchDatabase | None = None
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    is_partial: bool = False
    """Whether the replay left statements out, which may have made what the database has."""
    schemas: tuple[str, ...] = ()
    """The schemas that are there after the replay."""
    migrations: tuple[Migration, ...] = ()
    """The files that were run; where they were not run now, there is no database."""
    key: str = ""
    """What stands for all that this was made from, "" where that is not known."""


@dataclass(frozen=True, slots=True)
class FromModels:
    """What the models make, and what else they say."""

    schema: Schema
    facts: ModelFacts
    origins: Origins
    not_checked: tuple[NotChecked, ...] = ()
    key: str = ""
    """What stands for all that the schema was made from, "" where that is not known."""


def from_files(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    *,
    applied: tuple[Migration, ...] | None,
    pending: tuple[Migration, ...],
    cache: Cache = NO_CACHE,
) -> FromFiles:
    """Replay the applied files and then the pending ones, reading the schema after each group.

    ``applied`` is None where their text is not known: then ``pending`` are all the files. What
    the same files made before is taken from the cache, and then there is no database.
    """
    migrations = (*(applied or ()), *pending)
    key = ""
    if cache.is_on:
        key = files_key(alias, scratch, wanted.parts, applied=applied, pending=pending)
    known = _from_cache(cache.get(key)) if key else None
    if known is not None:
        return replace(known, migrations=migrations, key=key)
    found = _replayed(alias, scratch, wanted, applied=applied, pending=pending)
    if not key or not _is_lasting(found, migrations):
        return replace(found, migrations=migrations)
    cache.put(key, _for_cache(found))
    return replace(found, migrations=migrations, key=key)


def _is_lasting(found: FromFiles, migrations: tuple[Migration, ...]) -> bool:
    """Return whether a replay comes to the same whenever nothing in its key has changed."""
    if found.findings or found.database is None:
        return False
    statements = statements_of(migrations)
    # More was left out than the texts show: a right or a role was missing.
    shown = {f"not replayed: {reaches_outside(each)}" for each in statements}
    if any(each.reason not in shown for each in found.not_checked):
        return False
    code = code_that_runs(statements)
    if not code:
        return True
    with closing(found.database.connect()) as connection:
        return not calls_an_extension(connection, code)


def _for_cache(found: FromFiles) -> bytes:
    notes = {
        "views": sorted(found.views),
        "not_checked": [[each.what, each.reason] for each in found.not_checked],
        "is_partial": found.is_partial,
        "schemas": found.schemas,
    }
    return packed((found.applied, found.files), notes)


def _from_cache(data: bytes | None) -> FromFiles | None:
    kept = unpacked(data) if data is not None else None
    if kept is None:
        return None
    (applied, files), notes = kept
    return FromFiles(
        applied=applied,
        files=files,
        views=frozenset((schema, name) for schema, name in notes["views"]),
        not_checked=tuple(NotChecked(what, reason) for what, reason in notes["not_checked"]),
        is_partial=notes["is_partial"],
        schemas=tuple(notes["schemas"]),
    )


def _replayed(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    *,
    applied: tuple[Migration, ...] | None,
    pending: tuple[Migration, ...],
) -> FromFiles:
    database = scratch.create()
    with closing(database.connect(search_path=wanted.search_path)) as connection:
        required = Requirements(alias, database, connection, wanted.schemas)
        replayer = wanted.replayer(connection, database)
        first = replayer.run(applied or (), prepare=required.meet)
        if first.failure is not None:
            return _failed(first)
        wanted = wanted.including(made_schemas(connection))
        before = required.files_only(wanted.read_replayed(connection, replayer))
        second = replayer.run(pending, prepare=required.meet)
        wanted = wanted.including(made_schemas(connection))
        known = None if applied is None else before
        if second.failure is not None:
            return FromFiles(
                applied=known,
                findings=(second.failure,),
                not_checked=(*second.left_out, _NO_FILES),
                schemas=wanted.schemas,
            )
        files = before
        if pending:
            files = required.files_only(wanted.read_replayed(connection, replayer))
        left_out = tuple(replayer.left_out)
        return FromFiles(
            applied=known,
            files=files,
            views=read_views(connection, wanted.schemas),
            database=database,
            not_checked=left_out,
            is_partial=bool(left_out),
            schemas=wanted.schemas,
        )


_NO_FILES = NotChecked(
    "the SQL files against models and database", "a file fails when all are run from empty"
)


def _failed(outcome: Outcome) -> FromFiles:
    findings = (outcome.failure,) if outcome.failure else ()
    return FromFiles(findings=findings, not_checked=(*outcome.left_out, _NO_FILES))


def from_models(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    *,
    files: FromFiles,
    live: Callable[[], Schema | None],
    cache: Cache = NO_CACHE,
) -> FromModels:
    """Make the models' tables with Django's schema editor, and read them.

    ``live`` is asked once the models' SQL is there, and the server is asked for more after that.
    What they need besides (types, extensions, functions) is made as the files make it, or is in a
    copy of the files' database; without files, types and extensions are made as the live database
    has them. What the same SQL made before is taken from the cache.
    """
    models, schema = models_for(alias), wanted.schemas[0]
    # Where the alias's server is at hand, nothing else has to be reached to ask Django.
    collected = tuple(collect_on(alias, models)) if scratch.is_beside_alias else None
    there = live()
    built = ModelTables(
        alias,
        scratch,
        wanted.search_path,
        wanted.read,
        lambda: beside_tables(files.files) if files.files is not None else (),
        partial(_files_database, alias, scratch, wanted, files),
        collected,
        _needed(there, cache) if there is not None and files.files is None else (),
    )
    key = ""
    if cache.is_on and (files.key or files.files is None):
        key = built.key(models, wanted.parts, base=files.key)
    found, unmade = built.from_cache(cache, key) or built.make(models, cache, key)
    facts = model_facts(models, own_apps=get_settings(alias).apps, schema=schema)
    unknown = _tables_of([each for each in models if each._meta.label in unmade.models], schema)
    return FromModels(
        without(found, unknown),
        replace(facts, unknown_tables=unknown),
        Origins(models, schema=schema),
        unmade.notes(scratch.where),
        key if not unmade.models else "",
    )


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
    again = _replayed(alias, scratch, wanted, applied=None, pending=files.migrations)
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
