"""All that a comparison is made from: settings, files, models, the live database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from schema_tools.conf import Settings, get_settings
from schema_tools.findings import NotChecked
from schema_tools.history.directory import Directory, read_directory
from schema_tools.history.plan import Standing
from schema_tools.postgres.scratch import Scratch, open_scratch
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.services.cache import NO_CACHE, Cache, open_cache
from schema_tools.services.live import Live, Past, beside, history_tables, read_past, reading_live
from schema_tools.services.question import DATABASE, MIGRATIONS, MODELS, Question
from schema_tools.services.sources import (
    FromFiles,
    FromModels,
    from_files,
    from_models,
    hidden_views,
)
from schema_tools.services.target import NO_FILES, open_target
from schema_tools.services.wanted import Wanted

_UNREADABLE = NotChecked(
    "the SQL files against models and database", "there are problems with the files"
)


@dataclass(frozen=True, slots=True)
class Material:
    """All that was read, and the server to look up lines on."""

    alias: str
    settings: Settings
    directory: Directory
    wanted: Wanted
    scratch: Scratch
    live: Live | None
    files: FromFiles
    models: FromModels | None
    cache: Cache = NO_CACHE

    @property
    def sources(self) -> Sources:
        live = self.live.schema if self.live else None
        if self.directory is not NO_FILES and self.files.files is None:
            # Without all files nobody knows whether the database lacks something or a file does.
            applied = self.files.applied
            return Sources(applied=applied, files=applied, live=live)
        return Sources(
            models=self.models.schema if self.models else None,
            applied=self.files.applied,
            files=self.files.files,
            live=live,
            facts=self.models.facts if self.models else ModelFacts(),
        )

    @property
    def standings(self) -> tuple[Standing, ...]:
        return self.live.standings if self.live else ()


def gather(question: Question, stack: ExitStack) -> Material:
    """Read and build the sides that are asked for; servers stay open as long as the stack.

    Raises what reading settings, files and servers raises; a file that fails is a finding.
    """
    with_files = MIGRATIONS in question.sides
    settings = get_settings(question.alias)
    directory = NO_FILES
    wanted = Wanted(settings.schemas, passed_over=history_tables(settings))
    target, past = None, Past()
    if DATABASE in question.sides:
        target = stack.enter_context(open_target(question.alias, files=with_files))
        directory = target.directory
        wanted = beside(wanted, target.connection, settings)
        past = read_past(target)
    elif with_files:
        directory = read_directory(settings.migrations_dir)
    live_connection = target.connection if target else None
    scratch = stack.enter_context(open_scratch(question.alias, settings, live=live_connection))
    cache = open_cache(settings.migrations_dir) if question.cached else NO_CACHE
    builder = partial(from_files, question.alias, scratch, wanted, cache=cache)
    files = FromFiles()
    if with_files:
        files = _files(builder, directory, past if target else None)
        wanted = wanted.including(files.schemas)
    models = None
    with reading_live(target, wanted, past, deferred=cache.is_on) as wait:
        if MODELS in question.sides:
            models = from_models(
                question.alias,
                scratch,
                wanted,
                files=files,
                live=lambda: found.schema if (found := wait()) else None,
                cache=cache,
            )
        live = wait()
    if models is not None:
        models = hidden_views(models, files.views | (live.views if live else frozenset()))
        if not settings.migrations_dir.exists():
            models = _all_by_django(models)
    return Material(
        question.alias, settings, directory, wanted, scratch, live, files, models, cache
    )


def _all_by_django(models: FromModels) -> FromModels:
    """Return the models as they count where no SQL file makes any table."""
    return replace(models, facts=replace(models.facts, django_tables=models.origins.tables))


def _files(build: Callable[..., FromFiles], directory: Directory, past: Past | None) -> FromFiles:
    """Replay the files: first those applied, in the order in which they were, if it is known."""
    if directory.problems:
        return FromFiles(not_checked=(_UNREADABLE,))
    everything = directory.migrations
    if past is None or past.applied is None:
        return build(applied=None, pending=everything)
    done = {migration.version for migration in past.applied}
    pending = tuple(migration for migration in everything if migration.version not in done)
    if (*past.applied, *pending) == everything:
        return build(applied=past.applied, pending=pending)
    # Applied out of order: what is there and what a new database gets are built one by one.
    applied = build(applied=past.applied, pending=())
    all_files = build(applied=None, pending=everything)
    return replace(
        all_files,
        applied=applied.applied,
        findings=(*applied.findings, *all_files.findings),
        not_checked=tuple(dict.fromkeys((*applied.not_checked, *all_files.not_checked))),
        is_partial=applied.is_partial or all_files.is_partial,
        schemas=(*applied.schemas, *all_files.schemas),
    )
