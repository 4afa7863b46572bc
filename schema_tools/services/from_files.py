"""What SQL files make, found by replaying them in a scratch database, or known from last time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from schema_tools.findings import Finding, NotChecked
from schema_tools.history.migration import Migration
from schema_tools.history.moment import code_that_runs
from schema_tools.history.reach import reaches_outside
from schema_tools.postgres.introspect import made_schemas, read_views
from schema_tools.postgres.replay import Outcome
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.postgres.server_facts import calls_an_extension
from schema_tools.schema.objects import Schema
from schema_tools.services.built import files_key, packed, statements_of, unpacked
from schema_tools.services.cache import Cache
from schema_tools.services.requirements import Requirements
from schema_tools.services.wanted import Wanted


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
class Replay:
    """Files that are to be replayed: those that are applied, and then the pending ones.

    ``applied`` is None where their text is not known: then ``pending`` are all the files.
    ``known`` is what the same files made before, "" the key of what cannot be known.
    """

    alias: str
    scratch: Scratch
    wanted: Wanted
    applied: tuple[Migration, ...] | None
    pending: tuple[Migration, ...]
    cache: Cache
    key: str
    known: FromFiles | None

    @property
    def migrations(self) -> tuple[Migration, ...]:
        """Return all the files, in their order."""
        return (*(self.applied or ()), *self.pending)

    def run(self) -> FromFiles:
        """Read the schema after each group of files; what is known has no database.

        Nothing is asked of Django's connections, and none of the server's but new ones.
        """
        if self.known is not None:
            return replace(self.known, migrations=self.migrations, key=self.key)
        found = replay_files(
            self.alias, self.scratch, self.wanted, applied=self.applied, pending=self.pending
        )
        if not self.key or not _is_lasting(found, self.migrations):
            return replace(found, migrations=self.migrations)
        self.cache.put(self.key, _for_cache(found))
        return replace(found, migrations=self.migrations, key=self.key)


def replay_of(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    *,
    applied: tuple[Migration, ...] | None,
    pending: tuple[Migration, ...],
    cache: Cache,
) -> Replay:
    """Return what there is to do, having looked what is known of it."""
    key = ""
    if cache.is_on:
        key = files_key(alias, scratch, wanted.parts, applied=applied, pending=pending)
    known = _from_cache(cache.get(key)) if key else None
    return Replay(alias, scratch, wanted, applied, pending, cache, key, known)


def _is_lasting(found: FromFiles, migrations: tuple[Migration, ...]) -> bool:
    """Return whether a replay comes to the same whenever nothing in its key has changed."""
    if found.findings or found.database is None:
        return False
    statements = statements_of(migrations)
    if found.not_checked:
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


def replay_files(
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
