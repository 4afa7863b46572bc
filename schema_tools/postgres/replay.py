"""Run migration files in a scratch database, so that nothing outside of it is reached.

What a statement's text shows to reach further is left out. What code hides, a DO block or a
function, is run by a role that has no rights beyond the database, where the server lets it become
one. All that is left out is reported.

A statement about the live database by its name is one about the scratch database here, and the
role that runs the migrations is the replay's own (``history.replay_form``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.pq import TransactionStatus

from schema_tools.findings import Finding, NotChecked
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.replay_form import Form, Names, form_of
from schema_tools.postgres.put_off import PutOff, has_event_triggers, without_event_triggers
from schema_tools.postgres.replay_failure import StatementFailed, failure_of, words
from schema_tools.postgres.replay_rights import (
    acts_for_another,
    misses_a_role,
    missing_role,
    runs_no_code,
)
from schema_tools.schema.names import quoted

Connection = psycopg.Connection[Any]
Watcher = Callable[[Migration, Statement], None]
Prepare = Callable[[Migration], Finding | None]

# Warnings of a GRANT or REVOKE that did nothing (PostgreSQL documentation, "Error Codes").
_DID_NOTHING = frozenset({"01006", "01007"})
_GRANTING = frozenset({"GRANT", "REVOKE"})


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
    _put_off: PutOff = field(init=False)
    _names: Names = field(init=False)
    _warnings: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        row = self.connection.execute("SELECT CURRENT_USER::text").fetchone()
        me = self.owner or (str(row[0]) if row else "")
        self.connection.add_notice_handler(self._hear)
        self._put_off = PutOff(self.connection)
        self._names = Names(self.runner, me, self.live, self.connection.info.dbname)

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles that stand for the runner of the migrations in this replay.

        What only a superuser may make is the connection's own role's, unless files say so.
        """
        connected = self.connection.info.user
        stated = self.owner and quoted(connected) in self._put_off.owners
        return tuple(dict.fromkeys([self._names.me, *([] if stated else [connected])]))

    @contextmanager
    def as_owned(self) -> Iterator[None]:
        """Give all objects the owners that files name, and the database its settings.

        Until the block ends: the schema is read in it. What cannot be done is left out.
        """
        with self._put_off.done() as failures:
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
            self._reset()
            if failure is not None:
                return Outcome(tuple(self.left_out), failure)
        return Outcome(tuple(self.left_out))

    def watch(self, migration: Migration, before: Watcher, after: Watcher) -> Finding | None:
        """Run an UP part; the watchers are told of each statement, inside its transaction."""
        try:
            self._run_singly(migration, before, after)
        except StatementFailed as failed:
            return failure_of(migration, failed)
        finally:
            self._reset()
        return None

    def _run_file(self, migration: Migration) -> Finding | None:
        if migration.up.transactional and not any(map(self._elevates, migration.up.statements)):
            put_off = len(self._put_off.steps)
            try:
                self._run_whole(migration)
            except (psycopg.Error, StatementFailed):
                self._reset()
                del self._put_off.steps[put_off:]
            else:
                self._note_what_reaches_outside(migration)
                return None
        try:
            self._run_singly(migration, _nobody, _nobody)
        except StatementFailed as failed:
            return failure_of(migration, failed)
        return None

    def _run_whole(self, migration: Migration) -> None:
        part, waiting = migration.up, list[str]()
        self._become_owner()
        for statement in part.preamble:
            self._send(self._form(statement).now)
        self._send(f"BEGIN {part.modes}")
        for statement in part.statements:
            form = self._form(statement)
            if form.now:
                waiting.append(form.now)
            if form.later or form.owner:  # it holds for what is there by now
                self._send_all(waiting)
                waiting.clear()
            self._remember(migration, statement, form)
        self._send_all(waiting)
        if self._did_nothing():
            raise StatementFailed(None, errors.InsufficientPrivilege())
        self._send("COMMIT")

    def _hear(self, diag: psycopg.errors.Diagnostic) -> None:
        self._warnings.append(diag.sqlstate or "")

    def _did_nothing(self) -> bool:
        """Return whether a GRANT or REVOKE did nothing: what it is about is a superuser's here."""
        return bool(self.owner and _DID_NOTHING.intersection(self._warnings))

    def _send_all(self, texts: Iterable[str]) -> None:
        # Each on a line of its own: a statement may end in a comment of one line.
        self._send("".join(f"{text}\n;\n" for text in texts))

    def _run_singly(self, migration: Migration, before: Watcher, after: Watcher) -> None:
        part = migration.up
        self._become_owner()
        for statement in part.preamble:
            self._run_formed(migration, statement)
        if part.transactional:
            self._send(f"BEGIN {part.modes}")
        for statement in part.statements:
            before(migration, statement)
            self._run_formed(migration, statement)
            after(migration, statement)
        if part.transactional:
            try:
                self._send("COMMIT")
            except psycopg.Error as error:
                raise StatementFailed(None, error) from error

    def _run_formed(self, migration: Migration, statement: Statement) -> None:
        form = self._form(statement)
        if form.left_out:
            self._leave_out(migration, statement, form.left_out)
        elif form.now:
            self._run_one(migration, replace(statement, text=form.now))
        self._remember(migration, statement, form)

    def _form(self, statement: Statement) -> Form:
        form = form_of(statement, self._names, keep_owners=bool(self.owner))
        # It means another thing to who is owner meanwhile, and to who will be.
        owners = self._put_off.owners
        if owners and form.grantees & {*owners, quoted(self._names.me)}:
            return replace(form, now="", later=form.now)
        return form

    def _remember(self, migration: Migration, statement: Statement, form: Form) -> None:
        """Put off what has its turn when the schema is read."""
        what = _place(migration, statement)
        if form.later:
            self._put_off.run(form.later, what, may_be_gone=bool(form.grantees))
        if form.owner is None or not self.owner:
            return
        # Who owns everything so far need not be told so.
        if self._put_off.owners or form.owner.role != quoted(self._names.me):
            self._put_off.give(form.owner, what)

    def _elevates(self, statement: Statement) -> bool:
        """Return whether event triggers of the files would get rights from a statement.

        The script of a trusted extension runs as a superuser, and they fire in it.
        """
        extends = statement.verb in {"CREATE EXTENSION", "ALTER EXTENSION"}
        return bool(self.owner) and extends and has_event_triggers(self.connection)

    def _run_one(self, migration: Migration, statement: Statement) -> None:
        """Run a statement, or leave it out for want of a role or a right."""
        self._warnings.clear()
        if self._elevates(statement):
            self._as_superuser(migration, statement)
            return
        try:
            self._try(statement)
        except psycopg.Error as error:
            if misses_a_role(statement, error):
                self._without_role(migration, statement, error)
            elif isinstance(error, errors.InsufficientPrivilege) and self._may_lack(statement):
                self._without_right(migration, statement, error)
            else:
                raise StatementFailed(statement, error) from error
        else:
            if statement.verb in _GRANTING and self._did_nothing():
                self._put_off.run(statement.text, _place(migration, statement))

    def _without_role(
        self, migration: Migration, statement: Statement, error: psycopg.Error
    ) -> None:
        """On a server of our own, make the role that is missed; elsewhere do without."""
        if not self.private:
            self._do_without(migration, statement, words(error))
            return
        role = sql.Identifier(missing_role(error))
        self.connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        self._run_one(migration, statement)

    def _may_lack(self, statement: Statement) -> bool:
        """Return whether a right that is missed says nothing against the file."""
        return bool(self.owner) or acts_for_another(statement)

    def _without_right(
        self, migration: Migration, statement: Statement, error: psycopg.Error
    ) -> None:
        """Give the connection's own rights to what needs them and runs no code of the files.

        A privilege could be used by the code that follows, and so is put off.
        """
        if not self.owner:
            self._do_without(migration, statement, words(error))
        elif statement.verb in _GRANTING:
            self._put_off.run(statement.text, _place(migration, statement))
        elif runs_no_code(statement):
            self._as_superuser(migration, statement)
        else:
            why = "files run without a superuser's rights in a replay"
            self._leave_out(migration, statement, f"{words(error)} ({why})")

    def _as_superuser(self, migration: Migration, statement: Statement) -> None:
        self._send("RESET SESSION AUTHORIZATION")
        # None of them fires on a statement that is about event triggers.
        quiet = "EVENT TRIGGER" not in statement.verb
        try:
            with without_event_triggers(self.connection) if quiet else nullcontext():
                self._try(statement)
        except psycopg.Error as error:
            if not misses_a_role(statement, error):
                raise StatementFailed(statement, error) from error
            self._leave_out(migration, statement, words(error))
        self._become_owner()

    def _do_without(self, migration: Migration, statement: Statement, reason: str) -> None:
        """Leave a statement out; of CREATE SCHEMA only whose the schema is to be."""
        self._leave_out(migration, statement, reason)
        rest = form_of(statement, self._names, keep_owners=True).now
        if statement.verb == "CREATE SCHEMA" and rest != statement.text:
            self._run_one(migration, replace(statement, text=rest))

    def _try(self, statement: Statement) -> None:
        in_transaction = self.connection.info.transaction_status != TransactionStatus.IDLE
        with self.connection.transaction() if in_transaction else nullcontext():
            self._send(statement.text)

    def _become_owner(self) -> None:
        if self.owner:
            become = sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(self.owner))
            self.connection.execute(become)

    def _note_what_reaches_outside(self, migration: Migration) -> None:
        for statement in migration.up.statements:
            if reason := self._form(statement).left_out:
                self._leave_out(migration, statement, reason)

    def _leave_out(self, migration: Migration, statement: Statement, reason: str) -> None:
        what = _place(migration, statement)
        self.left_out.append(NotChecked(what, reason=f"not replayed: {reason}"))

    def _send(self, text: str) -> None:
        """Run SQL as it stands; as bytes, since psycopg reads no placeholders in those."""
        if text.strip():
            self.connection.execute(text.encode())

    def _reset(self) -> None:
        """Leave nothing of what a file set to the next one."""
        self._warnings.clear()
        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            self.connection.execute("ROLLBACK")
        self.connection.execute("DISCARD ALL")


def _nobody(_migration: Migration, _statement: Statement) -> None:
    """Watch nothing."""


def _place(migration: Migration, statement: Statement) -> str:
    return f"{migration.path}:{statement.line}: {statement.verb}"
