"""Run single statements of a replay, with the rights that each can have.

What needs more than the replay's own role has, and runs no code of the files, is run with the
connection's; what cannot be run is left out.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.pq import TransactionStatus

from schema_tools.findings import NotChecked
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.replay_form import Form, Names, form_of
from schema_tools.postgres.put_off import PutOff, has_event_triggers, without_event_triggers
from schema_tools.postgres.replay_failure import StatementFailed, words
from schema_tools.postgres.replay_rights import (
    acts_for_another,
    misses_a_role,
    missing_role,
    runs_no_code,
)
from schema_tools.schema.names import quoted

Connection = psycopg.Connection[Any]

# Warnings of a GRANT or REVOKE that did nothing (PostgreSQL documentation, "Error Codes").
_DID_NOTHING = frozenset({"01006", "01007"})
_GRANTING = frozenset({"GRANT", "REVOKE"})


@dataclass(slots=True)
class ReplaySession:
    """Runs statements on a connection to a scratch database.

    ``owner`` and ``private`` are as a Replayer has them; ``names`` says what names mean here.
    """

    connection: Connection
    owner: str
    private: bool
    names: Names
    left_out: list[NotChecked]
    put_off: PutOff = field(init=False)
    _warnings: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.put_off = PutOff(self.connection)
        self.connection.add_notice_handler(self._hear)

    def form(self, statement: Statement) -> Form:
        """Return how a statement is run here."""
        form = form_of(statement, self.names, keep_owners=bool(self.owner))
        # It means another thing to who is owner meanwhile, and to who will be.
        owners = self.put_off.owners
        if owners and form.grantees & {*owners, quoted(self.names.me)}:
            return replace(form, now="", later=form.now)
        return form

    def remember(self, migration: Migration, statement: Statement, form: Form) -> None:
        """Put off what has its turn when the schema is read."""
        what = _place(migration, statement)
        if form.later:
            self.put_off.run(form.later, what, may_be_gone=bool(form.grantees))
        if form.owner is None or not self.owner:
            return
        # Who owns everything so far need not be told so.
        if self.put_off.owners or form.owner.role != quoted(self.names.me):
            self.put_off.give(form.owner, what)

    def run(self, migration: Migration, statement: Statement) -> None:
        """Run a statement in its form; raise StatementFailed where that says the file is wrong."""
        form = self.form(statement)
        if form.left_out:
            self.leave_out(migration, statement, form.left_out)
        elif form.now:
            self._run_one(migration, replace(statement, text=form.now))
        self.remember(migration, statement, form)

    def leave_out(self, migration: Migration, statement: Statement, reason: str) -> None:
        """Note that a statement is not run, and why."""
        what = _place(migration, statement)
        self.left_out.append(NotChecked(what, reason=f"not replayed: {reason}"))

    def elevates(self, statement: Statement) -> bool:
        """Return whether event triggers of the files would get rights from a statement.

        The script of a trusted extension runs as a superuser, and they fire in it.
        """
        extends = statement.verb in {"CREATE EXTENSION", "ALTER EXTENSION"}
        return bool(self.owner) and extends and has_event_triggers(self.connection)

    def did_nothing(self) -> bool:
        """Return whether a GRANT or REVOKE did nothing: what it is about is a superuser's here."""
        return bool(self.owner and _DID_NOTHING.intersection(self._warnings))

    def become_owner(self) -> None:
        """Give up the rights that go beyond the database."""
        if self.owner:
            become = sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(self.owner))
            self.connection.execute(become)

    def send(self, text: str) -> None:
        """Run SQL as it stands; as bytes, since psycopg reads no placeholders in those."""
        if text.strip():
            self.connection.execute(text.encode())

    def reset(self) -> None:
        """Leave nothing of what a file set to the next one."""
        self._warnings.clear()
        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            self.connection.execute("ROLLBACK")
        self.connection.execute("DISCARD ALL")

    def _run_one(self, migration: Migration, statement: Statement) -> None:
        """Run a statement, or leave it out for want of a role or a right."""
        self._warnings.clear()
        if self.elevates(statement):
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
            if statement.verb in _GRANTING and self.did_nothing():
                self.put_off.run(statement.text, _place(migration, statement))

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
            self.put_off.run(statement.text, _place(migration, statement))
        elif runs_no_code(statement):
            self._as_superuser(migration, statement)
        else:
            why = "files run without a superuser's rights in a replay"
            self.leave_out(migration, statement, f"{words(error)} ({why})")

    def _as_superuser(self, migration: Migration, statement: Statement) -> None:
        self.send("RESET SESSION AUTHORIZATION")
        # None of them fires on a statement that is about event triggers.
        quiet = "EVENT TRIGGER" not in statement.verb
        try:
            with without_event_triggers(self.connection) if quiet else nullcontext():
                self._try(statement)
        except psycopg.Error as error:
            if not misses_a_role(statement, error):
                raise StatementFailed(statement, error) from error
            self.leave_out(migration, statement, words(error))
        self.become_owner()

    def _do_without(self, migration: Migration, statement: Statement, reason: str) -> None:
        """Leave a statement out; of CREATE SCHEMA only whose the schema is to be."""
        self.leave_out(migration, statement, reason)
        rest = form_of(statement, self.names, keep_owners=True).now
        if statement.verb == "CREATE SCHEMA" and rest != statement.text:
            self._run_one(migration, replace(statement, text=rest))

    def _try(self, statement: Statement) -> None:
        in_transaction = self.connection.info.transaction_status != TransactionStatus.IDLE
        with self.connection.transaction() if in_transaction else nullcontext():
            self.send(statement.text)

    def _hear(self, diag: psycopg.errors.Diagnostic) -> None:
        self._warnings.append(diag.sqlstate or "")


def _place(migration: Migration, statement: Statement) -> str:
    return f"{migration.path}:{statement.line}: {statement.verb}"
