"""Run migration files in a scratch database, so that nothing outside of it is reached.

What a statement's text shows to reach further is left out. What code hides, a DO block or a
function, is run by a role that has no rights beyond the database, where the server lets it become
one. All that is left out is reported.

A statement about the live database by its name is one about the scratch database here, and the
role that runs the migrations is the replay's own (``history.replay_form``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors

from schema_tools.findings import Finding, NotChecked
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.replay_form import Names
from schema_tools.postgres.replay_failure import StatementFailed, failure_of
from schema_tools.postgres.replay_session import ReplaySession
from schema_tools.schema.names import quoted

Connection = psycopg.Connection[Any]
Watcher = Callable[[Migration, Statement], None]
Prepare = Callable[[Migration], Finding | None]
Forgive = Callable[[StatementFailed], bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a replay: statements left out, and the failure that ended it, if one did."""

    left_out: tuple[NotChecked, ...] = ()
    failure: Finding | None = None


@dataclass(slots=True)
class Replayer:
    """Runs files on a connection to a scratch database, in autocommit mode.

    ``owner`` is a role without rights elsewhere that the connection's role can become, or "". On a
    ``private`` server, where nothing else is, roles that files name are made as they are missed.
    ``runner`` is the role that runs the migrations on the live database, ``live`` that database's
    name; "" for one that is not known.
    """

    connection: Connection
    owner: str = ""
    private: bool = False
    runner: str = ""
    live: str = ""
    left_out: list[NotChecked] = field(default_factory=list)
    _session: ReplaySession = field(init=False)

    def __post_init__(self) -> None:
        row = self.connection.execute("SELECT CURRENT_USER::pg_catalog.text").fetchone()
        me = self.owner or (str(row[0]) if row else "")
        names = Names(self.runner, me, self.live, self.connection.info.dbname)
        self._session = ReplaySession(
            self.connection, self.owner, self.private, names, self.left_out
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles that stand for the runner of the migrations in this replay.

        What only a superuser may make is the connection's own role's, unless files say so.
        """
        connected = self.connection.info.user
        stated = self.owner and quoted(connected) in self._session.put_off.owners
        return tuple(dict.fromkeys([self._session.names.me, *([] if stated else [connected])]))

    @contextmanager
    def as_owned(self) -> Iterator[None]:
        """Give all objects the owners that files name, and the database its settings.

        Until the block ends: the schema is read in it. What cannot be done is left out.
        """
        with self._session.put_off.done() as failures:
            self.left_out += (each for each in failures if each not in self.left_out)
            yield

    def run(
        self, migrations: Iterable[Migration], *, prepare: Prepare = lambda _: None
    ) -> Outcome:
        """Run the UP parts in their order; stop at the first that fails.

        A file is sent as a whole; only where that fails, statement by statement, to see which
        one. ``prepare`` is called before each file and may say why it cannot be run.
        """
        for migration in migrations:
            failure = prepare(migration) or self._run_file(migration)
            self._session.reset()
            if failure is not None:
                return Outcome(tuple(self.left_out), failure)
        return Outcome(tuple(self.left_out))

    def watch(
        self,
        migration: Migration,
        before: Watcher,
        after: Watcher,
        *,
        forgive: Forgive | None = None,
    ) -> Finding | None:
        """Run an UP part; the watchers are told of each statement, inside its transaction.

        ``forgive`` says of a statement that fails whether to go on as if it were not there.
        """
        try:
            self._run_singly(migration, before, after, forgive or _nothing)
        except StatementFailed as failed:
            return failure_of(migration, failed)
        finally:
            self._session.reset()
        return None

    def _run_file(self, migration: Migration) -> Finding | None:
        part = migration.up
        if part.transactional and not any(map(self._session.elevates, part.statements)):
            put_off = len(self._session.put_off.steps)
            try:
                self._run_whole(migration)
            except (psycopg.Error, StatementFailed):
                self._session.reset()
                del self._session.put_off.steps[put_off:]
            else:
                self._note_what_reaches_outside(migration)
                return None
        try:
            self._run_singly(migration, _nobody, _nobody, _nothing)
        except StatementFailed as failed:
            return failure_of(migration, failed)
        return None

    def _run_whole(self, migration: Migration) -> None:
        part, waiting = migration.up, list[str]()
        self._session.become_owner()
        for statement in part.preamble:
            self._session.send(self._session.form(statement).now)
        self._session.send(f"BEGIN {part.modes}")
        for statement in part.statements:
            form = self._session.form(statement)
            if form.now:
                waiting.append(form.now)
            if form.later or form.owner:  # it holds for what is there by now
                self._send_all(waiting)
                waiting.clear()
            self._session.remember(migration, statement, form)
        self._send_all(waiting)
        if self._session.did_nothing():
            raise StatementFailed(None, errors.InsufficientPrivilege())
        self._session.send("COMMIT")

    def _send_all(self, texts: Iterable[str]) -> None:
        # Each on a line of its own: a statement may end in a comment of one line.
        self._session.send("".join(f"{text}\n;\n" for text in texts))

    def _run_singly(
        self, migration: Migration, before: Watcher, after: Watcher, forgive: Forgive
    ) -> None:
        part = migration.up
        self._session.become_owner()
        for statement in part.preamble:
            self._session.run(migration, statement)
        if part.transactional:
            self._session.send(f"BEGIN {part.modes}")
        for statement in part.statements:
            before(migration, statement)
            try:
                self._session.run(migration, statement)
            except StatementFailed as failed:
                if not forgive(failed):
                    raise
            after(migration, statement)
        if part.transactional:
            try:
                self._session.send("COMMIT")
            except psycopg.Error as error:
                raise StatementFailed(None, error) from error

    def _note_what_reaches_outside(self, migration: Migration) -> None:
        for statement in migration.up.statements:
            if reason := self._session.form(statement).left_out:
                self._session.leave_out(migration, statement, reason)


def _nobody(_migration: Migration, _statement: Statement) -> None:
    """Watch nothing."""


def _nothing(_failed: StatementFailed) -> bool:
    """Forgive nothing."""
    return False
