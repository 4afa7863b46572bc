"""A file that runs: its statements are sent, watched, and tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from schema_tools.history.done import DoneChecksum
from schema_tools.history.migration import Statement
from schema_tools.history.plan import Step
from schema_tools.history.progress import IndexBuilding, StatementBlocked
from schema_tools.history.record import Unfinished
from schema_tools.postgres.attempts import attempt
from schema_tools.postgres.history_tables import AnyConnection
from schema_tools.postgres.index_progress import read_build
from schema_tools.postgres.run_log import milliseconds_since
from schema_tools.postgres.runner import Position, Runner, progress_of
from schema_tools.postgres.timeouts import Timeouts
from schema_tools.postgres.watch import Watch


@dataclass(frozen=True, slots=True)
class RunningFile:
    """A file that runs: what it needs, how far it is, who watches, how long it may wait.

    ``done`` knows the checksum of the statements that have taken effect.
    """

    runner: Runner
    step: Step
    position: Position
    watch: Watch
    timeouts: Timeouts
    done: DoneChecksum

    def progress(self, done: int, running: int) -> Unfinished:
        """Return the row that says how far it is."""
        checksum = self.done.after(done)
        return progress_of(self.runner, self.step, done=done, running=running, checksum=checksum)

    @property
    def work(self) -> AnyConnection:
        """Return the connection that it runs on."""
        return self.runner.work

    def attempt(self, work: Callable[[], None], *, anew: bool = True) -> None:
        """Do the work, and again where others stood in its way."""
        attempt(self.runner, self.step, self.position, work, anew=anew)

    def send(self, statement: Statement) -> None:
        """Send a statement, unless the right to go on is lost."""
        runner, position = self.runner, self.position
        runner.check()
        begun = time.monotonic()
        with self.watched(statement.line, statement.verb):
            send(self.work, statement.text)
            if position.alone:  # it is done whatever comes now, before that is stored
                position.done = position.index
        took = milliseconds_since(begun)
        runner.log.statement_done(self.step, position.index, took, position.attempts)

    @contextmanager
    def watched(self, line: int = 0, verb: str = "COMMIT") -> Iterator[None]:
        """Tell meanwhile who blocks what runs, and how far it has built an index."""
        path, position = self.step.migration.path, self.position

        def tell(seconds: float, blockers: tuple[str, ...]) -> None:
            index = position.index if line else 0
            event = StatementBlocked(path, index, line, verb, seconds, blockers)
            self.runner.tell(event)
            self.runner.log.blocked(self.step, event, position.attempts)

        def tell_build(side: AnyConnection, backend: int) -> None:
            if build := read_build(side, backend):
                self.runner.tell(IndexBuilding(path, line, verb, build.phase, build.percent))

        try:
            with self.watch.on(tell, tell_build if "INDEX" in verb else None):
                yield
        finally:
            position.blockers = self.watch.blockers


def send(work: AnyConnection, text: str) -> None:
    """Send SQL of a file byte for byte: without parameters a % means nothing to the driver."""
    work.execute(text.encode())
