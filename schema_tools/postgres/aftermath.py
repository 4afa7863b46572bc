"""After a failure or a signal: roll back, store what happened, say what the database holds."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from schema_tools.errors import Interrupted, LockLost, SchemaToolsError
from schema_tools.history.plan import Step
from schema_tools.history.record import History
from schema_tools.postgres import failure
from schema_tools.postgres.indexes import left_invalid
from schema_tools.postgres.ledger import Happening, Ledger
from schema_tools.postgres.run_log import milliseconds_since
from schema_tools.postgres.runner import AnyConnection, Position, Runner, progress_of

logger = logging.getLogger(__name__)

_MOST_LISTED = 5
# Classes of SQLSTATE: connection exceptions, and those with which an operator ends sessions
# (PostgreSQL documentation, PostgreSQL Error Codes).
_SESSION_LOST = ("08", "57P")
_UNREADABLE = (
    "the server does not answer, so what is applied could not be read; once it does, "
    "sqlmigrate_status says it"
)


@contextmanager
def explained(runner: Runner, step: Step, position: Position) -> Iterator[None]:
    """Turn an error or a signal into one that says what is in the database now."""
    try:
        with _logged(runner, step, position):
            yield
    except psycopg.Error as error:
        _roll_back(runner.work)
        _store_failure(runner, step, position, error)
        if signalled := runner.stop.behind(error):
            raise _interrupted_in(runner, step, position, signalled) from error
        raise failure.failed(
            step,
            error,
            position=position,
            state=_state(runner, step) + _invalid_index(runner, position, error),
            advice=runner.advice(error),
            alias=runner.log.database,
        ) from error
    except LockLost as error:
        _roll_back(runner.work)
        # Nothing is stored: another run may have the lock by now, and its own story to store.
        place = f"  Stopped in {step.migration.path}"
        raise LockLost(
            f"{error}\n{place}\n  Now: {_state(runner, step)}", hint=error.hint
        ) from error
    except KeyboardInterrupt as error:
        _roll_back(runner.work)
        if not _is_unknown(position):
            interruption = psycopg.OperationalError(f"interrupted by {_signal(error).name}")
            _store_failure(runner, step, position, interruption)
        raise _interrupted_in(runner, step, position, error) from error
    except BaseException:
        _roll_back(runner.work)
        raise


@contextmanager
def _logged(runner: Runner, step: Step, position: Position) -> Iterator[None]:
    """Log where a file stops, and why."""
    try:
        yield
    except BaseException as error:
        signalled = runner.stop.behind(error)
        why = _signal(signalled).name if signalled else failure.words(error)
        outcome = "interrupted" if signalled else "failed"
        runner.log.write(
            logging.ERROR,
            f"{step.migration.version} {outcome} {_place(step, position)}: {why}",
            outcome,
            step,
            statement=position.taken_up or (position.index if position.statement else None),
            duration_ms=milliseconds_since(position.started),
            sqlstate=getattr(error, "sqlstate", None),
            attempt=position.attempts or None,
        )
        raise


def _place(step: Step, position: Position) -> str:
    if position.taken_up:
        return failure.taken_up(step, position)
    if position.statement is None:
        return "at COMMIT" if position.index else "before its first statement"
    return f"in statement {position.index} of {len(step.part.statements)}"


@contextmanager
def explained_between_files(ledger: Ledger, connection: AnyConnection) -> Iterator[None]:
    """Turn a signal that comes while no file runs into an error that says what is applied."""
    try:
        yield
    except KeyboardInterrupt as error:
        state = what_is_applied(ledger, connection)
        raise _interrupted(error, f"while no file was running; {state}") from error


def what_is_applied(ledger: Ledger, connection: AnyConnection) -> str:
    """Say which files the history calls applied."""
    history = _read(ledger, connection)
    return _UNREADABLE if history is None else _applied_files(history)


def _interrupted_in(
    runner: Runner, step: Step, position: Position, error: KeyboardInterrupt
) -> Interrupted:
    again = failure.taken_up(step, position)
    where = f"in {step.migration.path}{again and f', {again}'}"
    return _interrupted(error, f"{where}; {_state(runner, step)}")


def _interrupted(error: KeyboardInterrupt, where: str) -> Interrupted:
    number = _signal(error)
    return Interrupted(
        f"stopped by {number.name} {where}",
        signal_number=number,
        hint="Run the same command again to go on.",
    )


def _signal(error: BaseException) -> signal.Signals:
    return signal.Signals(getattr(error, "signal_number", signal.SIGINT))


def _roll_back(work: AnyConnection) -> None:
    try:
        work.rollback()
    except psycopg.Error:  # the session is lost, and the server rolls back by itself
        work.close()


def _store_failure(runner: Runner, step: Step, position: Position, error: psycopg.Error) -> None:
    """Record the failure, unless the server is gone: the first error is the one to show."""
    run = replace(
        progress_of(runner, step, done=position.done, running=position.index),
        sqlstate=error.sqlstate or "",
        error=failure.words(error),
    )
    migration = step.migration
    happening = Happening(
        f"{step.event}_failed",
        migration.version,
        migration.checksum,
        migration.text,
        sqlstate=run.sqlstate or None,
        error=run.error,
    )
    ledger, side = runner.ledger, runner.side
    try:
        with ledger.tables.transaction(side):
            if ledger.has(side, migration.version) == (step.direction != "down"):
                return  # the COMMIT that seemed to fail did reach the server
            if position.taken_up or (_is_unknown(position) and _said_nothing(error)):
                pass  # the row stays: that of the earlier run, or of one that was killed
            elif position.stored:
                if position.alone:  # what has run by itself is done, stored or not
                    ledger.advance(run).run(side)
                ledger.mark_failed(side, run)
            elif step.direction != "fake":  # how far a real run has come stays
                ledger.save_progress(side, run)
            ledger.log(side, happening, runner.by)
    except (psycopg.Error, SchemaToolsError) as error:
        why = " ".join(str(error).split())
        logger.warning("the failure could not be stored in %s: %s", ledger, why)


def _is_unknown(position: Position) -> bool:
    """Return whether nobody here knows if the current statement took effect.

    In a transaction it did not. Outside of one the server may be done with it, or still at it.
    """
    return position.alone and position.done < position.index


def _said_nothing(error: psycopg.Error) -> bool:
    """Return whether the session was lost without a word on the statement that ran in it."""
    return not error.sqlstate or error.sqlstate.startswith(_SESSION_LOST)


def _state(runner: Runner, step: Step) -> str:
    """Say what the database holds now, as its history tables tell it."""
    history = _read(runner.ledger, runner.side)
    if history is None and not runner.work.closed:
        runner.work.execute("DISCARD ALL")
        history = _read(runner.ledger, runner.work)
    if history is None:
        return _UNREADABLE
    return f"{_file_state(step, history)}; {_applied_files(history)}"


def _invalid_index(runner: Runner, position: Position, error: psycopg.Error) -> str:
    """Say which invalid index the statement that failed has left, if any."""
    if position.statement is None:
        return ""
    try:
        left = left_invalid(runner.work, position.statement, error.sqlstate or "")
    except psycopg.Error:
        return ""
    if not left:
        return ""
    return f"; it has left the invalid index {', '.join(left)}, which the next run drops"


def _read(ledger: Ledger, connection: AnyConnection) -> History | None:
    try:
        return ledger.read(connection)
    except (psycopg.Error, SchemaToolsError):
        return None


def _applied_files(history: History) -> str:
    applied = [row.version for row in history.applied]
    listed = ", ".join(applied[-_MOST_LISTED:]) if applied else "none"
    more = f" and {len(applied) - _MOST_LISTED} before" if len(applied) > _MOST_LISTED else ""
    return f"applied files: {listed}{more}"


def _file_state(step: Step, history: History) -> str:
    version, back = step.migration.version, step.direction == "down"
    recorded = any(row.version == version for row in history.applied)
    if recorded != back:
        return f"this file is completely {'rolled back' if back else 'applied'}"
    run = next((run for run in history.unfinished if run.version == version), None)
    if run is None or not run.done:
        return f"nothing of this file was {'rolled back' if back else 'applied'}"
    these = "statement 1" if run.done == 1 else f"statements 1 to {run.done}"
    what = f"of the rollback of {version} " if back else ""
    return f"{these} of {run.total} {what}{'have' if run.done > 1 else 'has'} taken effect"
