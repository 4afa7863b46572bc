"""All that a comparison is made from: settings, files, models, the live database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from schema_tools.conf import Settings, get_settings
from schema_tools.findings import NotChecked
from schema_tools.history.directory import Directory, read_directory
from schema_tools.history.fold import fold
from schema_tools.history.migration import Migration
from schema_tools.history.standing import Standing
from schema_tools.postgres.scratch import Scratch, open_scratch
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.services.ahead import replayed
from schema_tools.services.cache import NO_CACHE, Cache, open_cache
from schema_tools.services.from_files import FromFiles, Replay, replay_of
from schema_tools.services.from_models import (
    FromModels,
    Ground,
    from_models,
    hidden_stand_ins,
    hidden_views,
)
from schema_tools.services.live import Live, Past, beside, history_tables, read_past, reading_live
from schema_tools.services.question import DATABASE, MIGRATIONS, MODELS, Question
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
        wanted = beside(wanted, target.connection, settings)
        past = read_past(target)
        directory = past.directory
    elif with_files:
        directory, _history = fold(read_directory(settings.migrations_dir))
    live_connection = target.connection if target else None
    scratch = stack.enter_context(open_scratch(question.alias, settings, live=live_connection))
    cache = open_cache(settings.migrations_dir) if question.cached else NO_CACHE
    ground = Ground(FromFiles())
    if with_files:
        replay = partial(replay_of, question.alias, scratch, wanted, cache=cache)
        ground = _ground(question, directory, past.applied if target else None, replay)
        wanted = wanted.including(ground.files.schemas)
    models = None
    with reading_live(target, wanted, past, deferred=cache.is_on) as wait:
        if MODELS in question.sides:
            models = from_models(
                question.alias,
                scratch,
                wanted,
                ground,
                live=lambda: found.schema if (found := wait()) else None,
                cache=cache,
            )
        live = wait()
    if models is not None:
        models = _as_they_count(models, settings, ground.files, live)
    return Material(
        question.alias, settings, directory, wanted, scratch, live, ground.files, models, cache
    )


def _as_they_count(
    models: FromModels, settings: Settings, files: FromFiles, live: Live | None
) -> FromModels:
    """Return the models that can be held against the other sides."""
    models = hidden_views(models, files.views | (live.views if live else frozenset()))
    models = hidden_stand_ins(models, (live.schema if live else None, files.files))
    if settings.migrations_dir.exists():
        return models
    # No SQL file makes any table.
    return replace(models, facts=replace(models.facts, django_tables=models.origins.tables))


def _ground(
    question: Question,
    directory: Directory,
    applied: tuple[Migration, ...] | None,
    replay: Callable[..., Replay],
) -> Ground:
    """Replay the files, and make the models' tables meanwhile where they are asked for."""
    if directory.problems:
        return Ground(FromFiles(not_checked=(_UNREADABLE,)))
    replays = _replays(replay, directory, applied)
    made, ahead = replayed(replays, question.alias, with_models=MODELS in question.sides)
    return Ground(_together(made), ahead)


def _replays(
    replay: Callable[..., Replay], directory: Directory, applied: tuple[Migration, ...] | None
) -> tuple[Replay, ...]:
    """Return what is to be replayed: first the files applied, as they were, if that is known.

    Applied out of order, what is there and what a new database gets are made one by one.
    """
    everything = directory.migrations
    if applied is None:
        return (replay(applied=None, pending=everything),)
    done = {migration.version for migration in applied}
    pending = tuple(migration for migration in everything if migration.version not in done)
    if (*applied, *pending) == everything:
        return (replay(applied=applied, pending=pending),)
    return replay(applied=applied, pending=()), replay(applied=None, pending=everything)


def _together(made: tuple[FromFiles, ...]) -> FromFiles:
    """Return what the last replay has made, of all files, with what the one before it applied."""
    all_files = made[-1]
    for applied in made[:-1]:
        all_files = replace(
            all_files,
            applied=applied.applied,
            findings=(*applied.findings, *all_files.findings),
            not_checked=tuple(dict.fromkeys((*applied.not_checked, *all_files.not_checked))),
            is_partial=applied.is_partial or all_files.is_partial,
            schemas=(*applied.schemas, *all_files.schemas),
        )
    return all_files
