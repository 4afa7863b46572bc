"""Run one step of a plan, so that the history always tells what the database holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg.errors import Diagnostic

from schema_tools.history.alone import may_begin_anew, runs_alone
from schema_tools.history.migration import Statement
from schema_tools.history.plan import Step
from schema_tools.history.progress import (
    FileFinished,
    FileStarted,
    IndexBuilding,
    Noticed,
    StatementBlocked,
    StatementStarted,
)
from schema_tools.history.record import Unfinished
from schema_tools.history.waiting import may_wait
from schema_tools.postgres import recording
from schema_tools.postgres.aftermath import explained
from schema_tools.postgres.attempts import attempt
from schema_tools.postgres.cut_short import (
    drop_left_by_reindex,
    finish_detaching,
    is_detached,
)
from schema_tools.postgres.history_tables import AnyConnection
from schema_tools.postgres.index_progress import read_build
from schema_tools.postgres.indexes import drop_failed_build, refuse_invalid, took_effect
from schema_tools.postgres.runner import Position, Runner, progress_of
from schema_tools.postgres.timeouts import Timeouts
from schema_tools.postgres.watch import Watch, watching


@dataclass(frozen=True, slots=True)
class _File:
    """A file that runs: what it needs, how far it is, who watches, how long it may wait."""

    runner: Runner
    step: Step
    position: Position
    watch: Watch
    timeouts: Timeouts

    @property
    def work(self) -> AnyConnection:
        """Return the connection that it runs on."""
        return self.runner.work

    def attempt(self, work: Callable[[], None], *, anew: bool = True) -> None:
        """Do the work, and again where others stood in its way."""
        attempt(self.runner, self.step, self.position, work, anew=anew)

    def send(self, statement: Statement) -> None:
        """Send a statement, unless the right to go on is lost."""
        self.runner.check()
        with self.watched(statement.line, statement.verb):
            _send(self.work, statement.text)

    @contextmanager
    def watched(self, line: int = 0, verb: str = "COMMIT") -> Iterator[None]:
        """Tell meanwhile who blocks what runs, and how far it has built an index."""
        path, position = self.step.migration.path, self.position

        def tell(seconds: float, blockers: tuple[str, ...]) -> None:
            index = position.index if line else 0
            self.runner.tell(StatementBlocked(path, index, line, verb, seconds, blockers))

        def tell_build(side: AnyConnection, backend: int) -> None:
            if build := read_build(side, backend):
                self.runner.tell(IndexBuilding(path, line, verb, build.phase, build.percent))

        try:
            with self.watch.on(tell, tell_build if "INDEX" in verb else None):
                yield
        finally:
            position.blockers = self.watch.blockers


def run_step(runner: Runner, step: Step, *, index: int = 1, count: int = 1) -> int:
    """Run a file in its direction and record it; return the milliseconds it took.

    Raises MigrationFailed or LockHeld where a statement fails, LockLost where the runner's lock
    is, Interrupted where a signal comes; each says what is in the database then.
    """
    path, direction = step.migration.path, step.direction
    runner.tell(FileStarted(path, direction, index, count))
    started = time.monotonic()
    position, timeouts = Position(done=step.done), runner.limits.of(step)
    with (
        _told_notices(runner, path),
        explained(runner, step, position),
        nullcontext(runner.watch)
        if runner.watch
        else watching(runner.side, runner.process) as watch,
    ):
        watch.pace(timeouts.lock)
        file = _File(runner, step, position, watch, timeouts)
        if direction == "fake" or step.part.transactional:
            file.attempt(lambda: _run_at_once(file, started))
        else:
            timeouts.start_session(runner.work)
            _run_one_by_one(file)
            file.attempt(lambda: _record_alone(file, started))
    milliseconds = _milliseconds_since(started)
    runner.tell(FileFinished(path, direction, milliseconds))
    return milliseconds


def _run_at_once(file: _File, started: float) -> None:
    """Run a file in one transaction, its record included."""
    work, part, position = file.work, file.step.part, file.position
    position.statement, position.index = None, 0
    file.timeouts.start_session(work)
    if file.step.direction != "fake":
        for statement in part.preamble:
            position.statement = statement
            _send(work, statement.text)
        _send(work, f"BEGIN {part.modes}")
        for at, statement in enumerate(part.statements):
            position.index, position.statement = at + 1, statement
            _tell_statement(file)
            refuse_invalid(work, statement)
            with _patience(file, statement, part.statements[:at]):
                file.send(statement)
        position.statement = None
        with file.watched():
            _send(work, "SET CONSTRAINTS ALL IMMEDIATE")
    _record(file, started)


def _run_one_by_one(file: _File) -> None:
    """Run a file's statements each by itself, its progress stored with it.

    Where the server allows it, statement and progress share a transaction. Others have the
    progress stored before and after; ``alone`` says so.
    """
    runner, position, statements = file.runner, file.position, file.step.part.statements
    for at in range(_resume(file), len(statements)):
        statement = statements[at]
        position.index, position.statement, position.alone = at + 1, statement, False
        alone = runs_alone(statement, runner.work.info.server_version)
        _tell_statement(file)
        refuse_invalid(runner.work, statement)
        runner.check()
        _store(runner, progress_of(runner, file.step, done=at, running=at + 1))
        position.stored = True
        run = partial(_run_alone if alone else _run_in_transaction, file, statement)
        file.attempt(run, anew=not alone or may_begin_anew(statement))
        if alone:
            _store_done(file)
        position.done = at + 1
    position.statement, position.alone = None, False


def _run_alone(file: _File, statement: Statement) -> None:
    """Run a statement outside a transaction; the next attempt drops what a failed one has left."""
    runner, position = file.runner, file.position
    with _patience(file, statement):
        if position.attempts > 1:
            drop_failed_build(runner.work, statement, "")
        position.alone = True
        file.send(statement)


def _run_in_transaction(file: _File, statement: Statement) -> None:
    """Run a statement in a transaction of its own, with its progress."""
    runner, file.position.alone = file.runner, False
    _send(runner.work, "BEGIN")
    with _patience(file, statement):
        file.send(statement)
    recording.speak_for_ourselves(runner.work, file.timeouts)
    runner.ledger.save_progress(runner.work, _progress_after(file))
    recording.commit(runner.work)


def _progress_after(file: _File) -> Unfinished:
    index = file.position.index
    return progress_of(file.runner, file.step, done=index, running=index)


@contextmanager
def _patience(
    file: _File, statement: Statement, before: Sequence[Statement] = ()
) -> Iterator[None]:
    """Let a statement wait without limit that blocks nobody, such as a concurrent build.

    Cut short that would leave an invalid index.
    """
    with file.timeouts.lifted(file.work) if may_wait(statement, before) else nullcontext():
        yield


def _resume(file: _File) -> int:
    """Return how many statements need not run, once what they had set is brought back.

    What a failed concurrent build left is dropped, a detachment that is pending is finished; one
    that was not stopped when its client was killed counts.
    """
    step, work = file.step, file.work
    statements, run = step.part.statements, step.failure
    for statement in statements[: step.done]:
        if statement.verb.split()[0] in {"SET", "RESET"}:
            _send(work, statement.text)
    if run is None or not run.done < run.running <= len(statements):
        return step.done
    stopped_in = statements[run.running - 1]
    killed = not run.error
    if killed and (took_effect(work, stopped_in, run.since) or is_detached(work, stopped_in)):
        return run.running
    with _patience(file, stopped_in):
        drop_failed_build(work, stopped_in, run.sqlstate)
        drop_left_by_reindex(work, stopped_in)
    return run.running if finish_detaching(work, stopped_in) else step.done


def _record_alone(file: _File, started: float) -> None:
    """Record a file whose statements have run each by itself."""
    _send(file.work, "BEGIN")
    _record(file, started)


def _record(file: _File, started: float) -> None:
    with file.watched():
        recording.record(file.runner, file.step, file.timeouts, _milliseconds_since(started))


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _send(work: AnyConnection, text: str) -> None:
    """Send SQL of a file byte for byte: without parameters a % means nothing to the driver."""
    work.execute(text.encode())


def _tell_statement(file: _File) -> None:
    position, total = file.position, len(file.step.part.statements)
    if position.statement:
        statement = position.statement
        event = StatementStarted(position.index, total, statement.line, statement.verb)
        file.runner.tell(event)


def _store(runner: Runner, run: Unfinished) -> None:
    with runner.ledger.tables.transaction(runner.side):
        runner.ledger.save_progress(runner.side, run)


def _store_done(file: _File) -> None:
    """Store that a statement is done; where the other connection is lost, with the lock, on ours.

    It may be one of which nobody could find out afterwards. What another run has made of the row
    by then stays.
    """
    runner, work = file.runner, file.work
    try:
        _store(runner, _progress_after(file))
    except psycopg.OperationalError:
        _send(work, "BEGIN")
        recording.speak_for_ourselves(work, file.timeouts)
        runner.ledger.advance(work, _progress_after(file))
        recording.commit(work)
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
