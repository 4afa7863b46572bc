"""What a run does as records of the logger ``schema_tools.runner``, which programs can read.

Each record has all ``FIELDS`` as attributes, ``None`` where one says nothing of it. What becomes
of a file is INFO, each statement DEBUG, what others stand in the way of WARNING, a failure ERROR.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from schema_tools.history.plan import Step
from schema_tools.history.progress import StatementBlocked

FIELDS = (
    "run_id",
    "database",
    "version",
    "direction",
    "statement",
    "statements",
    "duration_ms",
    "outcome",
    "sqlstate",
    "attempt",
)

logger = logging.getLogger("schema_tools.runner")
# Where nobody has configured logging, Python would print failures that the command prints, too.
logger.addHandler(logging.NullHandler())

_APPLIED = {"up": "applied", "down": "rolled_back", "fake": "recorded"}


@dataclass(frozen=True, slots=True)
class RunLog:
    """The log of one run on one database; its records have the same ``run_id``."""

    database: str = ""
    run_id: str = ""

    @classmethod
    def of_new_run(cls, database: str) -> RunLog:
        """Return the log of a run that begins."""
        return cls(database, uuid.uuid4().hex)

    def write(
        self, level: int, message: str, outcome: str, step: Step | None = None, **facts: object
    ) -> None:
        """Write a record; ``facts`` are those of its fields that ``step`` does not know."""
        if not logger.isEnabledFor(level):
            return
        fields = dict.fromkeys(FIELDS) | {
            "run_id": self.run_id,
            "database": self.database,
            "outcome": outcome,
        }
        if step is not None:
            fields["version"], fields["direction"] = step.migration.version, step.direction
            fields["statements"] = len(step.part.statements)
        one_line = " ".join(message.split())
        logger.log(level, "%s", one_line, extra=fields | facts, stacklevel=2)

    @contextmanager
    def run(self, files: int) -> Iterator[None]:
        """Write when a run begins and ends."""
        started = time.monotonic()
        self.write(logging.INFO, f"run begins: {files} to do", "begun")
        try:
            yield
        except BaseException:
            took = milliseconds_since(started)
            self.write(logging.ERROR, f"run stopped after {took} ms", "stopped", duration_ms=took)
            raise
        took = milliseconds_since(started)
        self.write(logging.INFO, f"run finished in {took} ms", "finished", duration_ms=took)

    def begun(self, step: Step) -> None:
        """Write that a file begins, or goes on behind the statements that an earlier run did."""
        version, outcome = step.migration.version, "resumed" if step.done else "begun"
        after = f" after statement {step.done}" if step.done else ""
        what = f"{version} {outcome}{after} ({step.direction})"
        self.write(logging.INFO, what, outcome, step, statement=step.done or None)

    def done(self, step: Step, milliseconds: int, attempt: int) -> None:
        """Write that a file is done and recorded."""
        outcome = _APPLIED[step.direction]
        what = f"{step.migration.version} {outcome.replace('_', ' ')} in {milliseconds} ms"
        facts = {"duration_ms": milliseconds, "attempt": attempt}
        self.write(logging.INFO, what, outcome, step, **facts)

    def statement_done(self, step: Step, index: int, milliseconds: int, attempt: int) -> None:
        """Write that a statement has run."""
        what = f"{step.migration.version} statement {index} ran in {milliseconds} ms"
        facts = {"statement": index, "duration_ms": milliseconds, "attempt": attempt}
        self.write(logging.DEBUG, what, "ran", step, **facts)

    def blocked(self, step: Step, event: StatementBlocked, attempt: int) -> None:
        """Write who keeps a statement, or the COMMIT, waiting for a lock."""
        blockers = "; ".join(event.blockers)
        what = f"{event.verb} has waited {event.seconds:.1f} s, blocked by {blockers}"
        facts = {"statement": event.index or None, "attempt": attempt}
        self.write(logging.WARNING, f"{step.migration.version}: {what}", "blocked", step, **facts)


def milliseconds_since(started: float) -> int:
    """Return how many milliseconds ago a moment of the monotonic clock is."""
    return round((time.monotonic() - started) * 1000)
