"""The schema before a migration, after each of its statements, and after the files that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from schema_tools.findings import Finding, NotChecked
from schema_tools.history.migration import Migration, Statement
from schema_tools.postgres.introspect import made_schemas
from schema_tools.postgres.replay import Connection, Replayer
from schema_tools.postgres.replay_failure import StatementFailed, words
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.objects import Schema
from schema_tools.services.requirements import Requirements
from schema_tools.services.wanted import Wanted

# What these do depends on rows, and they make nothing, or what code of theirs makes is in doubt.
_ABOUT_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "DO", "CALL")
_ABOUT_THE_SESSION = ("SET", "SET LOCAL", "RESET")


@dataclass(frozen=True, slots=True)
class Steps:
    """What a replay has shown; ``failure`` is what ended it early.

    The first of ``states`` is the one before the migration; there is none where the files before
    it could not be run. ``left_out`` says by its number (from 1) why a statement did not run.
    ``later`` is None without files that follow. ``wanted`` reads the same of a database.
    """

    wanted: Wanted
    states: tuple[Schema, ...] = ()
    left_out: Mapping[int, str] = field(default_factory=dict)
    later: Schema | None = None
    failure: Finding | None = None
    not_checked: tuple[NotChecked, ...] = ()


@dataclass(slots=True)
class _Camera:
    """Takes the schema after each statement."""

    connection: Connection
    replayer: Replayer
    required: Requirements
    wanted: Wanted
    states: list[Schema] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    _noted: int = 0

    def take(self) -> Schema:
        """Return the schema as it is now."""
        self.wanted = self.wanted.including(made_schemas(self.connection))
        schema = self.wanted.read_replayed(self.connection, self.replayer)
        return self.required.files_only(schema)

    def before(self, _migration: Migration, _statement: Statement) -> None:
        """Remember how much was left out so far."""
        self._noted = len(self.replayer.left_out)

    def after(self, _migration: Migration, statement: Statement) -> None:
        """Take the schema that a statement has led to."""
        for note in self.replayer.left_out[self._noted :]:
            self.left_out[len(self.states)] = note.reason
        changes_nothing = statement.verb in _ABOUT_THE_SESSION
        self.states.append(self.states[-1] if changes_nothing else self.take())

    def forgive(self, failed: StatementFailed) -> bool:
        """Go on after what fails for the rows that it does not find here: a person knows of it."""
        statement = failed.statement
        if statement is None or not statement.verb.startswith(_ABOUT_ROWS):
            return False
        self.left_out[len(self.states)] = f"it fails in a replay: {words(failed.error)}"
        return True


def replay_steps(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    migration: Migration,
    *,
    before: Sequence[Migration] = (),
    after: Sequence[Migration] = (),
) -> Steps:
    """Run files, a migration's UP part statement by statement, and what follows, in scratch."""
    database = scratch.create()
    with closing(database.connect(search_path=wanted.search_path)) as connection:
        replayer = wanted.replayer(connection, database)
        required = Requirements(alias, database, connection, wanted.schemas)
        failure = replayer.run(before, prepare=required.meet).failure
        failure = failure or required.meet(migration)
        if failure is not None:
            return Steps(wanted, failure=failure)
        camera = _Camera(connection, replayer, required, wanted)
        camera.states.append(camera.take())
        failure = replayer.watch(migration, camera.before, camera.after, forgive=camera.forgive)
        later = None
        if failure is None and after:
            failure = replayer.run(after, prepare=required.meet).failure
            later = camera.take() if failure is None else None
        return Steps(
            camera.wanted,
            tuple(camera.states),
            camera.left_out,
            later,
            failure,
            tuple(replayer.left_out),
        )
