"""Run one step of a plan, so that the history always tells what the database holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus

from schema_tools.history.header import timeout
from schema_tools.history.migration import Statement
from schema_tools.history.plan import Step
from schema_tools.history.progress import (
    FileFinished,
    FileStarted,
    Noticed,
    StatementStarted,
)
from schema_tools.history.record import Applied, Unfinished
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.postgres.aftermath import explained
from schema_tools.postgres.history_tables import AnyConnection, trust_only_catalog
from schema_tools.postgres.indexes import drop_failed_build, refuse_invalid, took_effect
from schema_tools.postgres.ledger import Happening, Provenance
from schema_tools.postgres.runner import Position, Runner, progress_of

# These may commit by themselves or, on a partitioned table, need to: the text does not show it.
_MAY_COMMIT = frozenset({"DO", "CALL", "REINDEX", "CLUSTER"})
_OURS_TO_SET = (
    "session_authorization",
    "role",
    "lock_timeout",
    "statement_timeout",
    "client_encoding",
)


def run_step(runner: Runner, step: Step, *, index: int = 1, count: int = 1) -> int:
    """Run a file in its direction and record it; return the milliseconds it took.

    Raises MigrationFailed or LockHeld where a statement fails, Interrupted where a signal comes;
    each says what is in the database then.
    """
    path, direction = step.migration.path, step.direction
    runner.tell(FileStarted(path, direction, index, count))
    started = time.monotonic()
    position = Position(done=step.done)
    with _told_notices(runner, path), explained(runner, step, position):
        _start_session(runner, step)
        if direction == "fake":
            pass
        elif step.part.transactional:
            _run_at_once(runner, step, position)
        else:
            _run_one_by_one(runner, step, position)
        milliseconds = round((time.monotonic() - started) * 1000)
        _record(runner, step, milliseconds)
    runner.tell(FileFinished(path, direction, milliseconds))
    return milliseconds


def _start_session(runner: Runner, step: Step) -> None:
    """Begin with the state of a new session: what an earlier file has set is gone."""
    work, header, limits = runner.work, step.migration.header, runner.limits
    work.execute("DISCARD ALL")
    for name, asked, default in (
        ("lock_timeout", limits.asked_lock_timeout, limits.lock_timeout),
        ("statement_timeout", limits.asked_statement_timeout, limits.statement_timeout),
    ):
        in_file = timeout(header, name.title().replace("_", "-"))
        seconds = next(value for value in (asked, in_file, default) if value is not None)
        work.execute(sql.SQL("SET {} = {}").format(sql.Identifier(name), round(seconds * 1000)))


def _run_at_once(runner: Runner, step: Step, position: Position) -> None:
    """Run a file in one transaction, which stays open for the record."""
    work, part = runner.work, step.part
    for statement in part.preamble:
        position.statement = statement
        _send(work, statement.text)
    _send(work, f"BEGIN {part.modes}")
    for position.index, position.statement in enumerate(part.statements, start=1):
        _tell_statement(runner, step, position)
        refuse_invalid(work, position.statement)
        _send(work, position.statement.text)
    position.statement = None
    _send(work, "SET CONSTRAINTS ALL IMMEDIATE")


def _run_one_by_one(runner: Runner, step: Step, position: Position) -> None:
    """Run a file's statements each by itself, its progress stored with it.

    Where the server allows it, statement and progress share a transaction. Others have the
    progress stored before and after; ``alone`` says so.
    """
    statements = step.part.statements
    for at in range(_resume(runner, step), len(statements)):
        position.index, position.statement = at + 1, statements[at]
        position.alone = _runs_alone(statements[at], runner.work.info.server_version)
        _tell_statement(runner, step, position)
        refuse_invalid(runner.work, statements[at])
        _store(runner, progress_of(runner, step, done=at, running=at + 1))
        position.stored = True
        after = progress_of(runner, step, done=at + 1, running=at + 1)
        if position.alone:
            with _patience(runner, step, statements[at]):
                _send(runner.work, statements[at].text)
            _store(runner, after)
        else:
            _send(runner.work, "BEGIN")
            _send(runner.work, statements[at].text)
            _speak_for_ourselves(runner.work)
            runner.ledger.save_progress(runner.work, after)
            _commit(runner.work)
        position.done = at + 1
    position.statement = None
    _send(runner.work, "BEGIN")


def _runs_alone(statement: Statement, server_version: int) -> bool:
    may_commit = statement.verb.split(" ")[0] in _MAY_COMMIT
    return may_commit or needs_no_transaction(statement, server_version)


@contextmanager
def _patience(runner: Runner, step: Step, statement: Statement) -> Iterator[None]:
    """Let a concurrent build wait, unless somebody asked for its lock_timeout.

    It waits for other transactions without blocking them, and cut short it leaves an invalid
    index. The settings' short lock_timeout is meant for what blocks others.
    """
    query = (
        "SELECT setting FROM pg_catalog.pg_settings "
        "WHERE name OPERATOR(pg_catalog.=) 'lock_timeout'"
    )
    default = str(round(runner.limits.lock_timeout * 1000))
    asked = runner.limits.asked_lock_timeout is not None or "Lock-Timeout" in step.migration.header
    by_default = not asked and runner.work.execute(query).fetchone() == (default,)
    if not (by_default and statement.verb.endswith("CONCURRENTLY")):
        yield
        return
    runner.work.execute("SET lock_timeout = 0")
    yield
    runner.work.execute(sql.SQL("SET lock_timeout = {}").format(default))


def _resume(runner: Runner, step: Step) -> int:
    """Return how many statements need not run, once what they had set is brought back.

    What a failed concurrent build left is dropped; one that was not stopped when its client was
    killed counts.
    """
    statements, run = step.part.statements, step.failure
    for statement in statements[: step.done]:
        if statement.verb.split()[0] in {"SET", "RESET"}:
            _send(runner.work, statement.text)
    if run is None or not run.done < run.running <= len(statements):
        return step.done
    stopped_in = statements[run.running - 1]
    if not run.error and took_effect(runner.work, stopped_in):
        return run.running
    drop_failed_build(runner.work, stopped_in, run.sqlstate)
    return step.done


def _record(runner: Runner, step: Step, milliseconds: int) -> None:
    """Write the history row and the event into the open transaction, and commit."""
    work, ledger, migration, by = runner.work, runner.ledger, step.migration, runner.by
    if work.info.transaction_status == TransactionStatus.IDLE:
        if step.direction != "fake":
            raise psycopg.ProgrammingError("a statement of the file has ended the transaction")
        _send(work, "BEGIN")
    _speak_for_ourselves(work)
    if step.direction == "down":
        ledger.remove(work, migration.version)
    else:
        ledger.add(work, _row(step, by, milliseconds))
    ledger.clear_progress(work, migration.version)
    happening = Happening(
        step.event,
        migration.version,
        migration.checksum,
        migration.text,
        execution_time_ms=milliseconds,
    )
    ledger.log(work, happening, by)
    _commit(work)


def _row(step: Step, by: Provenance, milliseconds: int) -> Applied:
    migration = step.migration
    return Applied(
        version=migration.version,
        name=migration.name,
        checksum=migration.checksum,
        applied_at=None,
        applied_by=by.user,
        environment=by.environment,
        execution_time_ms=milliseconds,
        tool_version=by.tool_version,
        git_commit=by.git_commit,
    )


def _speak_for_ourselves(work: AnyConnection) -> None:
    """Leave role, search_path and the like of the file behind, until the transaction ends."""
    for setting in _OURS_TO_SET:
        work.execute(sql.SQL("SET LOCAL {} TO DEFAULT").format(sql.Identifier(setting)))
    trust_only_catalog(work)


def _commit(work: AnyConnection) -> None:
    """Commit; a server that rolls back instead, which it says by the tag only, is an error."""
    cursor = work.execute("COMMIT")
    if cursor.statusmessage != "COMMIT":
        raise psycopg.ProgrammingError(f"COMMIT was answered with {cursor.statusmessage}")


def _send(work: AnyConnection, text: str) -> None:
    """Send SQL of a file byte for byte: without parameters a % means nothing to the driver."""
    work.execute(text.encode())


def _tell_statement(runner: Runner, step: Step, position: Position) -> None:
    if position.statement:
        total = len(step.part.statements)
        statement = position.statement
        runner.tell(StatementStarted(position.index, total, statement.line, statement.verb))


def _store(runner: Runner, run: Unfinished) -> None:
    with runner.ledger.tables.transaction(runner.side):
        runner.ledger.save_progress(runner.side, run)


@contextmanager
def _told_notices(runner: Runner, path: str) -> Iterator[None]:
    def tell(diagnostic: Diagnostic) -> None:
        severity, message = diagnostic.severity or "NOTICE", diagnostic.message_primary or ""
        runner.tell(Noticed(path, severity, message))

    runner.work.add_notice_handler(tell)
    try:
        yield
    finally:
        runner.work.remove_notice_handler(tell)
