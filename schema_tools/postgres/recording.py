"""Record in the file's own transaction what it has done, in our own name."""

from __future__ import annotations

from contextlib import nullcontext

import psycopg
from psycopg import Pipeline, sql
from psycopg.pq import TransactionStatus

from schema_tools.history.plan import Step
from schema_tools.postgres.history_tables import TRUST_ONLY_CATALOG, AnyConnection
from schema_tools.postgres.ledger import Happening, row_of
from schema_tools.postgres.runner import Runner
from schema_tools.postgres.timeouts import Timeouts

_OURS_TO_SET = tuple(
    sql.SQL("SET LOCAL {} TO DEFAULT").format(sql.Identifier(name))
    for name in ("session_authorization", "role", "client_encoding")
)


def record(runner: Runner, step: Step, timeouts: Timeouts, milliseconds: int) -> None:
    """Write the history row and the event into the open transaction, and commit."""
    work, ledger, migration = runner.work, runner.ledger, step.migration
    if work.info.transaction_status == TransactionStatus.IDLE:
        if step.direction != "fake":
            raise psycopg.ProgrammingError("a statement of the file has ended the transaction")
        work.execute("BEGIN")
    runner.check()
    speak_for_ourselves(work, timeouts)
    happening = Happening(
        step.event,
        migration.version,
        migration.checksum,
        migration.text,
        execution_time_ms=milliseconds,
    )
    with work.pipeline() if Pipeline.is_supported() else nullcontext():
        if step.direction == "down":
            ledger.remove(work, migration.version)
        else:
            ledger.add(work, row_of(migration, runner.by, milliseconds))
        ledger.clear_progress(work, migration.version)
        ledger.log(work, happening, runner.by)
    commit(work)


def speak_for_ourselves(work: AnyConnection, timeouts: Timeouts) -> None:
    """Leave role, search_path and the like of the file behind, until the transaction ends."""
    parts = [*_OURS_TO_SET, timeouts.for_the_record, sql.SQL(TRUST_ONLY_CATALOG)]
    work.execute(sql.SQL("; ").join(parts))


def commit(work: AnyConnection) -> None:
    """Commit; a server that rolls back instead, which it says by the tag only, is an error."""
    cursor = work.execute("COMMIT")
    if cursor.statusmessage != "COMMIT":
        raise psycopg.ProgrammingError(f"COMMIT was answered with {cursor.statusmessage}")
