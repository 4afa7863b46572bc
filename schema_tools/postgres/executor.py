"""Run one step of a plan, so that the history always tells what the database holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import psycopg
from psycopg.errors import Diagnostic

from schema_tools.history.alone import may_begin_anew, runs_alone
from schema_tools.history.brought_back import sent_again
from schema_tools.history.done import DoneChecksum
from schema_tools.history.migration import Statement
from schema_tools.history.plan import Step
from schema_tools.history.progress import (
    FileFinished,
    FileStarted,
    Noticed,
    StatementStarted,
)
from schema_tools.history.record import Unfinished
from schema_tools.history.waiting import may_wait
from schema_tools.postgres import recording
from schema_tools.postgres.aftermath import explained
from schema_tools.postgres.cut_short import (
    drop_left_by_reindex,
    finish_detaching,
    is_being_detached,
    is_detached,
)
from schema_tools.postgres.indexes import drop_failed_build, refuse_invalid, took_effect
from schema_tools.postgres.run_log import milliseconds_since
from schema_tools.postgres.runner import Runner, position_of
from schema_tools.postgres.running_file import RunningFile, send
from schema_tools.postgres.watch import watching


def run_step(runner: Runner, step: Step, *, index: int = 1, count: int = 1) -> int:
    """Run a file in its direction and record it; return the milliseconds it took.

    Raises MigrationFailed or LockHeld where a statement fails, LockLost where the runner's lock
    is, Interrupted where a signal comes; each says what is in the database then.
    """
    path, direction = step.migration.path, step.direction
    runner.tell(FileStarted(path, direction, index, count))
    runner.log.begun(step)
    position, timeouts = position_of(step), runner.limits.of(step)
    with (
        _told_notices(runner, path),
        explained(runner, step, position),
        nullcontext(runner.watch)
        if runner.watch
        else watching(runner.side, runner.process) as watch,
    ):
        watch.pace(timeouts.lock)
        done = DoneChecksum(step.part.statements)
        file = RunningFile(runner, step, position, watch, timeouts, done)
        if direction == "fake" or step.part.transactional:
            file.attempt(lambda: _run_at_once(file))
        else:
            timeouts.start_session(runner.work)
            _run_one_by_one(file)
            file.attempt(lambda: _record_alone(file))
    milliseconds = milliseconds_since(position.started)
    runner.log.done(step, milliseconds, position.attempts)
    runner.tell(FileFinished(path, direction, milliseconds))
    return milliseconds


def _run_at_once(file: RunningFile) -> None:
    """Run a file in one transaction, its record included."""
    work, part, position = file.work, file.step.part, file.position
    position.statement, position.index = None, 0
    if file.step.direction == "fake":
        file.timeouts.start_session(work, "BEGIN")
    else:
        _begin(file)
        for at, statement in enumerate(part.statements):
            position.index, position.statement = at + 1, statement
            _tell_statement(file, statement)
            refuse_invalid(work, statement)
            with _patience(file, statement, at):
                file.send(statement)
        position.statement = None
    _record(file)


def _begin(file: RunningFile) -> None:
    """Open the file's transaction in a new session, behind what the file sets for that."""
    work, part = file.work, file.step.part
    begin = f"BEGIN {part.modes}"
    if not part.preamble:
        file.timeouts.start_session(work, begin)
        return
    file.timeouts.start_session(work)
    for statement in part.preamble:
        file.position.statement = statement
        send(work, statement.text)
    send(work, begin)


def _run_one_by_one(file: RunningFile) -> None:
    """Run a file's statements each by itself, its progress stored with it.

    Where the server allows it, statement and progress share a transaction. Others have the
    progress stored before and after; ``alone`` says so.
    """
    runner, position, statements = file.runner, file.position, file.step.part.statements
    position.done = _resume(file)
    for at in range(position.done, len(statements)):
        statement = statements[at]
        position.index, position.statement, position.alone = at + 1, statement, False
        position.taken_up = 0
        alone = runs_alone(statement, runner.work.info.server_version)
        _tell_statement(file, statement)
        refuse_invalid(runner.work, statement)
        runner.check()
        _store(runner, file.progress(at, at + 1))
        position.stored = True
        run = partial(_run_alone if alone else _run_in_transaction, file, statement)
        file.attempt(run, anew=not alone or may_begin_anew(statement))
        if alone:
            _store_done(file)
        position.done = at + 1
    position.index, position.statement, position.alone = len(statements), None, False
    position.taken_up = 0


def _run_alone(file: RunningFile, statement: Statement) -> None:
    """Run a statement outside a transaction; the next attempt drops what a failed one has left."""
    runner, position = file.runner, file.position
    with _patience(file, statement):
        if position.attempts > 1:
            drop_failed_build(runner.work, statement, "")
        position.alone = True
        file.send(statement)


def _run_in_transaction(file: RunningFile, statement: Statement) -> None:
    """Run a statement in a transaction of its own, with its progress."""
    runner, file.position.alone = file.runner, False
    send(runner.work, "BEGIN")
    with _patience(file, statement):
        file.send(statement)
    progress = runner.ledger.progress(file.progress(file.position.index, file.position.index))
    recording.commit_with(runner.work, file.timeouts, progress)


@contextmanager
def _patience(file: RunningFile, statement: Statement, before: int = 0) -> Iterator[None]:
    """Let a statement wait without limit that blocks nobody, such as a concurrent build.

    Cut short that would leave an invalid index. ``before`` is how many came before it in its
    transaction.
    """
    may = may_wait(statement)  # most may not, and then those before it are not looked at
    if may and before:
        may = may_wait(statement, file.step.part.statements[:before])
    with file.timeouts.lifted(file.work) if may else nullcontext():
        yield


def _resume(file: RunningFile) -> int:
    """Return how many statements need not run, once what they had set is brought back.

    What a failed concurrent build left is dropped, a detachment that is pending is finished; one
    that the server went on with when its client was gone counts.
    """
    step, work = file.step, file.work
    statements, run = step.part.statements, step.failure
    _set_again(file)
    if run is None or not run.done < run.running <= len(statements):
        return step.done
    file.runner.check()
    stopped_in = statements[run.running - 1]
    killed = not run.error
    if killed and (took_effect(work, stopped_in, run.since) or is_detached(work, stopped_in)):
        return run.running
    with _patience(file, stopped_in):
        drop_failed_build(work, stopped_in, run.sqlstate)
        drop_left_by_reindex(work, stopped_in)
    if not is_being_detached(work, stopped_in):
        return step.done
    # Whoever strikes now may leave it detached: the next run looks, as after a kill.
    _store(file.runner, file.progress(step.done, run.running))
    finish_detaching(work, stopped_in)
    return run.running


def _set_again(file: RunningFile) -> None:
    """Bring back what the statements that are done have set in the session of an earlier run."""
    position, statements = file.position, file.step.part.statements[: file.step.done]
    for at in sent_again(statements):
        position.index, position.statement = at + 1, statements[at]
        send(file.work, statements[at].text)
    position.index, position.statement = 0, None


def _record_alone(file: RunningFile) -> None:
    """Record a file whose statements have run each by itself."""
    send(file.work, "BEGIN")
    _record(file)


def _record(file: RunningFile) -> None:
    took = milliseconds_since(file.position.started)
    with file.watched():
        recording.record(file.runner, file.step, file.timeouts, took)


def _tell_statement(file: RunningFile, statement: Statement) -> None:
    index, total = file.position.index, len(file.step.part.statements)
    file.runner.tell(StatementStarted(index, total, statement.line, statement.verb))


def _store(runner: Runner, run: Unfinished) -> None:
    with runner.ledger.tables.transaction(runner.side):
        runner.ledger.save_progress(runner.side, run)


def _store_done(file: RunningFile) -> None:
    """Store that a statement is done; where the other connection is lost, with the lock, on ours.

    It may be one of which nobody could find out afterwards. What another run has made of the row
    by then stays.
    """
    runner, work, index = file.runner, file.work, file.position.index
    progress = file.progress(index, index)
    try:
        _store(runner, progress)
    except psycopg.OperationalError:
        send(work, "BEGIN")
        recording.commit_with(work, file.timeouts, runner.ledger.advance(progress))
        runner.check()
        raise


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
