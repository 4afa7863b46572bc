"""What every step of a run needs, and how far one has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection

from schema_tools.history.migration import Statement
from schema_tools.history.plan import Step, done_checksum
from schema_tools.history.progress import Tell
from schema_tools.history.record import Unfinished
from schema_tools.postgres.ledger import Ledger, Provenance

AnyConnection = Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Timeouts in seconds: what the command line says, else the file's header, else settings."""

    lock_timeout: float
    statement_timeout: float
    asked_lock_timeout: float | None = None
    asked_statement_timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """What every step of a run needs.

    Files run on ``work``. ``side`` is a second connection, in autocommit mode, on which progress
    and failures are stored whatever becomes of the first. ``advice`` knows more than this module
    about what a certain server lacks.
    """

    work: AnyConnection
    side: AnyConnection
    ledger: Ledger
    by: Provenance
    limits: Limits
    tell: Tell
    advice: Callable[[psycopg.Error], str] = lambda _error: ""


@dataclass(slots=True)
class Position:
    """How far a step has come: statements that have taken effect, and the one that runs.

    ``stored`` says that the progress table tells it too, ``alone`` that the current statement
    runs outside a transaction.
    """

    done: int
    statement: Statement | None = None
    index: int = 0
    alone: bool = False
    stored: bool = False


def progress_of(runner: Runner, step: Step, *, done: int, running: int) -> Unfinished:
    """Return the row of the progress table for a step."""
    statements = step.part.statements
    return Unfinished(
        version=step.migration.version,
        direction=step.direction,
        checksum=step.migration.checksum,
        done=done,
        total=len(statements),
        done_checksum=done_checksum(statements[:done]),
        running=running,
        backend=runner.work.info.backend_pid,
    )
