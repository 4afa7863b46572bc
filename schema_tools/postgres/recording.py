"""Record in the file's own transaction what it has done, in our own name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from schema_tools.history.passwords import without_passwords
from schema_tools.history.plan import Step
from schema_tools.postgres.history_tables import TRUST_ONLY_CATALOG, AnyConnection
from schema_tools.postgres.ledger import Happening, Writing, row_of
from schema_tools.postgres.runner import Runner
from schema_tools.postgres.timeouts import Timeouts

_OURS_TO_SET = (
    "SET LOCAL session_authorization TO DEFAULT",
    "SET LOCAL role TO DEFAULT",
    "SET LOCAL client_encoding TO DEFAULT",
)
_LONGEST_LITERAL = 65_536


def record(runner: Runner, step: Step, timeouts: Timeouts, milliseconds: int) -> None:
    """Write the history row and the event into the open transaction, and commit.

    Deferred constraints are checked first, in the file's name, while there is a transaction to
    speak of.
    """
    work, ledger, migration = runner.work, runner.ledger, step.migration
    if work.info.transaction_status == TransactionStatus.IDLE:
        raise psycopg.ProgrammingError("a statement of the file has ended the transaction")
    runner.check()
    happening = Happening(
        step.event,
        migration.version,
        migration.checksum,
        migration.text,
        execution_time_ms=milliseconds,
    )
    row = None if step.direction == "down" else row_of(migration, runner.by, milliseconds)
    before = ("SET CONSTRAINTS ALL IMMEDIATE", *_in_our_name(timeouts))
    record = ledger.record(work, happening, runner.by, row)
    _commit(work, before, record, as_text=_may_stand_in_sql(migration.text))


def commit_with(work: AnyConnection, timeouts: Timeouts, writing: Writing) -> None:
    """Write a row into the open transaction, and commit."""
    _commit(work, _in_our_name(timeouts), writing)


def _in_our_name(timeouts: Timeouts) -> tuple[str, ...]:
    """Return what leaves role, search_path and the like of the file behind until the end."""
    return (*_OURS_TO_SET, *timeouts.for_the_record, TRUST_ONLY_CATALOG)


def _may_stand_in_sql(text: str) -> bool:
    """Return whether a file's text can be a literal.

    The server sees it as part of a statement, then, and puts it into its log where that fails.
    """
    return len(text) <= _LONGEST_LITERAL and without_passwords(text) == text


def _commit(
    work: AnyConnection, before: tuple[str, ...], writing: Writing, *, as_text: bool = True
) -> None:
    """Run SQL, write the row and COMMIT: in one exchange, where the row can be sent as text.

    What the file's own encoding lacks could not be sent before that is left behind. Not by
    libpq's pipeline mode: what interrupts a run there leaves it in an error of its own.
    """
    if as_text and work.info.encoding == "utf-8":
        cursor = _sent(work, (*before, writing.as_text(work), "COMMIT"))
    else:
        _sent(work, before)
        writing.run(work)
        cursor = _sent(work, ("COMMIT",))
    _check_committed(cursor.statusmessage)


def _sent(work: AnyConnection, parts: Iterable[str]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Send SQL at once; return where the last answer is. After an error the rest does not run."""
    cursor = work.execute("; ".join(parts).encode())
    while cursor.nextset():
        pass
    return cursor


def _check_committed(tag: str | None) -> None:
    """Raise an error where the server has rolled back instead, which it says by the tag only."""
    if tag != "COMMIT":
        raise psycopg.ProgrammingError(f"COMMIT was answered with {tag}")
