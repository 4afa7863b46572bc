"""The live database: its schema, its history, and how far Django's own migrations have come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import psycopg
from django.db.migrations.loader import MigrationLoader

from schema_tools.conf import Settings
from schema_tools.errors import (
    HistoryError,
    MigrationFileError,
    PrivilegeMissing,
    SchemaChanging,
)
from schema_tools.history.directory import Directory
from schema_tools.history.files import parse_migration
from schema_tools.history.fold import fold
from schema_tools.history.migration import Migration
from schema_tools.history.record import Applied
from schema_tools.history.standing import Standing, State
from schema_tools.history.standing import status as standings_of
from schema_tools.keys import Key
from schema_tools.postgres.history_tables import HistoryTables
from schema_tools.postgres.introspect import read_views
from schema_tools.postgres.limit import undisturbed
from schema_tools.postgres.other_histories import read_other_histories
from schema_tools.postgres.roles import Connection, read_runner
from schema_tools.postgres.session import search_path
from schema_tools.schema.objects import Schema, table_key
from schema_tools.services.folder import has_no_folder
from schema_tools.services.read_history import read_history
from schema_tools.services.target import NO_FILES, Target
from schema_tools.services.wanted import Wanted

DJANGO_HISTORY = "django_migrations"
_ROUND = 0.1


@dataclass(frozen=True, slots=True)
class Past:
    """What a database's history says; ``applied`` is None where the applied files' text is lost.

    ``applied`` holds the files as they were applied, in the order in which they were. ``lost``
    are versions on record where the project has no folder of files at all. ``directory`` holds the
    files by which this database goes.
    """

    standings: tuple[Standing, ...] = ()
    applied: tuple[Migration, ...] | None = ()
    lost: tuple[str, ...] = ()
    directory: Directory = NO_FILES


@dataclass(frozen=True, slots=True)
class Live:
    """What a database is and says."""

    schema: Schema
    views: frozenset[tuple[str, str]]
    past: Past
    facts: Mapping[str, object]

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Return where each file stands."""
        return self.past.standings

    @property
    def applied(self) -> tuple[Migration, ...] | None:
        """Return the applied files, None where their text is lost."""
        return self.past.applied


def beside(wanted: Wanted, connection: Connection, settings: Settings) -> Wanted:
    """Return what is wanted in the light of a live database: its search path, its runner.

    Histories that other tools keep there are passed over.
    """
    runner = read_runner(connection, settings.history_schema, settings.history_table)
    found = replace(wanted, search_path=search_path(connection), runner=runner)
    return found.passing_over(read_other_histories(connection))


def read_past(target: Target) -> Past:
    """Read the history of a database; where SQL files are not looked at, only what is lost."""
    if target.directory is NO_FILES:
        return Past(lost=_lost(target))
    directory, history = fold(target.directory, read_history(target))
    standings = standings_of(directory, history)
    return Past(standings, _applied_files(target, standings), directory=directory)


def _lost(target: Target) -> tuple[str, ...]:
    """Return the versions on record whose folder is gone; a table of another tool has none."""
    if not has_no_folder(target.settings, target.alias):
        return ()
    try:
        return tuple(row.version for row in read_history(target).applied)
    except (HistoryError, PrivilegeMissing):
        return ()


def read_live(target: Target, wanted: Wanted, past: Past, *, deferred: bool = False) -> Live:
    """Read the database of a target, whose history was read before.

    With ``deferred`` its objects are made once they are asked for.
    Raises SchemaChanging where the history is another by now: the two would not fit together.
    """
    live = Live(
        schema=wanted.read_deferred(target.connection)
        if deferred
        else wanted.read(target.connection),
        views=read_views(target.connection, wanted.schemas),
        past=past,
        facts=target.facts,
    )
    if read_past(target) != past:
        raise SchemaChanging(
            "migrations were applied or rolled back while the database was read",
            hint="Run the command again when that run has ended.",
        )
    return live


@contextmanager
def reading_live(
    target: Target | None, wanted: Wanted, past: Past, *, deferred: bool
) -> Iterator[Callable[[], Live | None]]:
    """Read the database of a target while the block does other work; yield what waits for it.

    The block must leave the target's connection alone until then. What reading raises is raised
    to who waits.
    """
    if target is None:
        yield lambda: None
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="schema_tools read") as pool:
        begun: list[Future[Live]] = []
        try:
            # Interrupted while its thread starts, the pool would not know of it.
            undisturbed(
                lambda: begun.append(
                    pool.submit(read_live, target, wanted, past, deferred=deferred)
                )
            )
            yield begun[0].result
        except BaseException:
            while begun and not begun[0].done():  # what is cancelled between two queries goes on
                with suppress(psycopg.Error):
                    target.connection.cancel()
                wait(begun, timeout=_ROUND)
            raise


def _applied_files(
    target: Target, standings: tuple[Standing, ...]
) -> tuple[Migration, ...] | None:
    """Return the files as they were applied, in the order in which they were."""
    rows = [(standing.applied, standing) for standing in standings if standing.applied]
    rows.sort(key=lambda pair: pair[0].position)
    files = [_as_applied(target, row, standing) for row, standing in rows]
    known = tuple(file for file in files if file is not None)
    return known if len(known) == len(files) else None


def _as_applied(target: Target, row: Applied, standing: Standing) -> Migration | None:
    if standing.migration is not None and standing.state is State.APPLIED:
        return standing.migration
    text = target.ledger.text_of(target.connection, row)
    if text is None:
        return None
    name = f"{row.version}.sql"
    try:
        return parse_migration(name, text.encode(), name)
    except MigrationFileError:
        return None


def history_tables(settings: Settings) -> frozenset[Key]:
    """Return the keys of tables that hold histories, ours and Django's, and no data of anybody."""
    ours = HistoryTables(settings.history_schema, settings.history_table)
    return frozenset(
        {table_key(ours.schema, name) for name in ours.names}
        | {table_key(schema, DJANGO_HISTORY) for schema in settings.schemas}
    )


def last_migrations(labels: Collection[str]) -> tuple[str, ...]:
    """Return the last of Django's own migrations of some apps: ``auth.0001_initial``."""
    if not labels:
        return ()
    leaves = MigrationLoader(None).graph.leaf_nodes()
    return tuple(f"{app}.{name}" for app, name in sorted(leaves) if app in labels)
