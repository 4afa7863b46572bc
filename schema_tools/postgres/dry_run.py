"""Run files for a look: in one transaction that is rolled back, or in a scratch copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from schema_tools.findings import Finding
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.plan import Step
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.postgres.failure import failed
from schema_tools.postgres.observer import Observation, Observer
from schema_tools.postgres.replay import Replayer
from schema_tools.postgres.runner import Position
from schema_tools.postgres.stop import NEVER, Stop
from schema_tools.postgres.timeouts import Limits

Connection = psycopg.Connection[Any]

_UNTOUCHED = "nothing was changed: it was a dry run, and has been rolled back"
# As far as a new session can be had within a transaction (PostgreSQL documentation, DISCARD).
_NEW_FILE = """
RESET ALL; RESET SESSION AUTHORIZATION; CLOSE ALL; UNLISTEN *; DEALLOCATE ALL; DISCARD TEMP;
SET CONSTRAINTS ALL DEFERRED
"""


def fits_one_transaction(steps: Sequence[Step]) -> bool:
    """Say whether files can run in one transaction that is rolled back in the end."""
    return all(step.part.transactional and not step.part.modes for step in steps)


class NeedsCommit(Exception):
    """A file uses what an earlier one has made, and that takes a COMMIT between them."""


def run_and_roll_back(
    work: Connection, steps: Sequence[Step], limits: Limits, *, alias: str, stop: Stop = NEVER
) -> tuple[Observation, ...]:
    """Run files on the live database of an alias in one transaction, and roll it back.

    Raises MigrationFailed or LockHeld where a statement fails, NeedsCommit where a value that was
    added to an enum is used: that needs what adds it to be committed.
    """
    limits.of(steps[0]).start_session(work)
    work.execute("BEGIN")
    observer = Observer(work)
    try:
        for number, step in enumerate(steps):
            if number:
                work.execute(_NEW_FILE)
                limits.of(step).set_for_session(work)
            _run(work, step, observer, alias, stop)
    finally:
        if not work.closed:
            work.execute("ROLLBACK")
    return tuple(observer.seen)


def _run(work: Connection, step: Step, observer: Observer, alias: str, stop: Stop) -> None:
    position = Position(done=step.done)
    statements = step.part.statements[step.done :]
    try:
        for position.statement in step.part.preamble:
            work.execute(position.statement.text.encode())
        for position.index, position.statement in enumerate(statements, start=step.done + 1):
            stop.check()
            observer.before()
            work.execute(position.statement.text.encode())
            observer.after(step.migration.path, position.statement, in_transaction=True)
        position.statement = None
        work.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.errors.UnsafeNewEnumValueUsage as error:
        raise NeedsCommit from error
    except psycopg.Error as error:
        if signalled := stop.behind(error):
            raise type(signalled) from error
        raise failed(
            step, error, position=position, state=_UNTOUCHED, advice="", alias=alias
        ) from error


@dataclass(slots=True)
class _Watch:
    """Puts each statement that can be in a transaction into one, so that its locks can be seen."""

    connection: Connection
    observer: Observer
    transactional: bool

    def before(self, _migration: Migration, statement: Statement) -> None:
        if not self.transactional and not self._alone(statement):
            self.connection.execute("BEGIN")
        self.observer.before()

    def after(self, migration: Migration, statement: Statement) -> None:
        alone = not self.transactional and self._alone(statement)
        self.observer.after(migration.path, statement, in_transaction=not alone)
        if not self.transactional and not alone:
            self.connection.execute("COMMIT")

    def _alone(self, statement: Statement) -> bool:
        words = statement.verb.split(" ")[0]
        version = self.connection.info.server_version
        return words in {"DO", "CALL"} or needs_no_transaction(statement, version)


def run_in_copy(
    replayer: Replayer, steps: Sequence[Step]
) -> tuple[tuple[Observation, ...], Finding | None]:
    """Run files in a scratch copy of the schema; return what they did, and what failed."""
    observer = Observer(replayer.connection)
    for step in steps:
        part = replace(step.part, statements=step.part.statements[step.done :])
        watch = _Watch(replayer.connection, observer, part.transactional)
        failure = replayer.watch(replace(step.migration, up=part), watch.before, watch.after)
        if failure is not None:
            return tuple(observer.seen), failure
    return tuple(observer.seen), None
