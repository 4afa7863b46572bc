"""Run the files of a plan for a look, and say what each statement locks and rewrites."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import psycopg

from schema_tools.errors import MigrationFailed, ScratchUnavailable
from schema_tools.findings import Finding, Location, NotChecked, Report, Table
from schema_tools.history.files import parse_migration
from schema_tools.history.migration import Migration
from schema_tools.history.plan import Plan
from schema_tools.history.progress import LockAwaited, Tell
from schema_tools.postgres.dry_run import (
    NeedsCommit,
    fits_one_transaction,
    run_and_roll_back,
    run_in_copy,
)
from schema_tools.postgres.lock import check_usable, runner_lock
from schema_tools.postgres.observer import Observation, TableLock, table_sizes
from schema_tools.postgres.replay_failure import FROM_EMPTY
from schema_tools.postgres.scratch import Scratch, open_scratch
from schema_tools.postgres.stop import NEVER, Stop
from schema_tools.reports.words import counted
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.script import script
from schema_tools.schema.objects import Draft, Schema
from schema_tools.services.live import beside, history_tables
from schema_tools.services.read_history import read_history
from schema_tools.services.run import Planner, Waiting, facts, limits_of, refused
from schema_tools.services.target import Target
from schema_tools.services.wanted import Wanted

# Who else is kept out while a lock is held (PostgreSQL documentation, "Explicit Locking").
_BLOCKS = {
    "ACCESS EXCLUSIVE": "blocks reads and writes",
    "EXCLUSIVE": "blocks writes",
    "SHARE ROW EXCLUSIVE": "blocks writes",
    "SHARE": "blocks writes",
    "SHARE UPDATE EXCLUSIVE": "blocks no reads or writes",
}
_UNSEEN = "not seen: it runs outside a transaction"
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a dry run saw, and where; ``sizes`` are those of the live database, in bytes."""

    observations: tuple[Observation, ...]
    sizes: dict[str, int]
    in_copy: bool
    not_checked: tuple[NotChecked, ...] = ()


def dry_run(
    target: Target, planner: Planner, waiting: Waiting, tell: Tell, *, stop: Stop = NEVER
) -> Report:
    """Return the report on a run of which nothing stays.

    It is made under the lock of a real one. Raises what a real run raises; the message then says
    that nothing was changed.
    """
    check_usable(target.connection, target.connect)
    wait = target.settings.lock_wait if waiting.lock_wait is None else waiting.lock_wait
    with runner_lock(
        target.connection,
        str(target.ledger),
        wait=wait,
        on_wait=lambda holder: tell(LockAwaited(holder, wait)),
        pause=stop.pause,
    ):
        plan = planner(read_history(target))
        if plan.problems:
            return refused(target, plan)
        seen = _look(target, plan, waiting, stop) if plan.steps else _Seen((), {}, in_copy=False)
        return _report(target, plan, seen)


def _look(target: Target, plan: Plan, waiting: Waiting, stop: Stop) -> _Seen:
    if fits_one_transaction(plan.steps):
        try:
            with target.connect() as work, stop.watching(work):
                limits = limits_of(target, waiting)
                found = run_and_roll_back(work, plan.steps, limits, alias=target.alias, stop=stop)
            return _Seen(found, _sizes(target, found), in_copy=False)
        except NeedsCommit:
            pass
    return _in_copy(target, plan, stop)


def _sizes(target: Target, found: Sequence[Observation]) -> dict[str, int]:
    """Return the sizes of rewritten tables; one that cannot be had is no reason to fail."""
    tables = [table for each in found for table in each.rewritten]
    try:
        return table_sizes(target.connection, tables, seconds=target.settings.lock_timeout or 5)
    except psycopg.Error:
        return {}


def _in_copy(target: Target, plan: Plan, stop: Stop) -> _Seen:
    settings = target.settings
    wanted = Wanted(settings.schemas, passed_over=history_tables(settings))
    # Not over the connection that holds the lock: its search path is not that of the files.
    with target.connect() as connection:
        wanted = beside(wanted, connection, settings)
        live = wanted.read(connection)
    with open_scratch(target.alias, settings) as scratch:
        found, missing, failure = _run_in_copy(scratch, wanted, live, plan, stop)
    stop.check()
    if failure is not None:
        raise _failed(failure)
    return _Seen(found, _sizes(target, found), in_copy=True, not_checked=missing)


def _run_in_copy(
    scratch: Scratch, wanted: Wanted, live: Schema, plan: Plan, stop: Stop
) -> tuple[tuple[Observation, ...], tuple[NotChecked, ...], Finding | None]:
    database = scratch.create()
    with (
        closing(database.connect(search_path=wanted.search_path)) as connection,
        stop.watching(connection),
    ):
        replayer = wanted.replayer(connection, database)
        empty = wanted.read(connection, roles=replayer.roles)
        failure = replayer.run(_as_files(script(diff(empty, live), empty, live))).failure
        if failure is not None:
            raise ScratchUnavailable(
                f"the live schema could not be made in a scratch database: {failure.message}",
                hint="Files that cannot be rolled back as a whole run there in a dry run; "
                "--plan shows them without running any.",
            )
        made = wanted.read_replayed(connection, replayer)
        missing = _not_copied(made, live)
        found, failure = run_in_copy(replayer, plan.steps)
        return found, (*missing, *replayer.left_out), failure


def _as_files(drafted: Draft) -> tuple[Migration, ...]:
    """Return the live schema as a file; none where there is nothing in it yet."""
    if not drafted.statements:
        return ()
    text = "".join(f"{each};\n" for each in drafted.statements)
    data = f"BEGIN;\n{text}COMMIT;\n".encode()
    return (parse_migration("000_live_schema.sql", data, "the live schema"),)


def _not_copied(made: Schema, live: Schema) -> tuple[NotChecked, ...]:
    keys = sorted({change.key for change in diff(made, live)})
    return tuple(
        NotChecked(f"{key.kind} {'.'.join(filter(None, key.path))}", "the copy has it otherwise")
        for key in keys
    )


def _failed(failure: Finding) -> MigrationFailed:
    place = f"  {failure.locations[0]}\n" if failure.locations else ""
    at = failure.locations[0] if failure.locations else Location("")
    said = failure.message.partition(f"{FROM_EMPTY}: ")[2] or failure.message
    return MigrationFailed(
        f"❌ CRITICAL: Migration failed in a scratch copy of the schema\n{place}"
        f"  {said}\n  Now: nothing was changed: it was a dry run",
        hint=failure.hint,
    ).at(at.path, at.line)


def _report(target: Target, plan: Plan, seen: _Seen) -> Report:
    files = counted(len(plan.steps), "file")
    where = (
        "in a scratch copy of the schema, without rows"
        if seen.in_copy
        else "in a transaction that was rolled back"
    )
    rows = tuple(_row(each, seen.sizes) for each in seen.observations)
    headings = ("statement", "took", "new locks on tables", "rewrites")
    return Report(
        title=f"Dry run on {target.facts['name']}: {files} ran {where}" if rows else "",
        summary="Nothing was changed." if plan.steps else "Nothing to run.",
        tables=(Table(headings, rows),) if rows else (),
        not_checked=seen.not_checked,
        facts={**facts(target), "dry_run": _facts(seen)},
    )


def _row(found: Observation, sizes: dict[str, int]) -> tuple[str, ...]:
    statement = found.statement
    locks = _UNSEEN if found.locks is None else "; ".join(map(_lock, found.locks))
    rewritten = ", ".join(_rewritten(table, sizes) for table in found.rewritten)
    return (
        f"{found.path}:{statement.line} {statement.verb}",
        f"{found.milliseconds:.0f} ms",
        locks or "no new one",
        rewritten or "none",
    )


def _lock(lock: TableLock) -> str:
    blocks = _BLOCKS.get(lock.mode)
    return f"{lock.mode} on {lock.table}" + (f" ({blocks})" if blocks else "")


def _rewritten(table: str, sizes: dict[str, int]) -> str:
    return f"{table} ({size_words(sizes[table])})" if table in sizes else table


def size_words(size: int) -> str:
    """Return a number of bytes as ``512 bytes``, ``16 kB``, ``1.5 GB``."""
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    digits = 1 if unit > 1 and amount < 10 else 0
    return f"{amount:.{digits}f} {_UNITS[unit]}"


def _facts(seen: _Seen) -> dict[str, object]:
    return {
        "where": "scratch" if seen.in_copy else "transaction",
        "statements": [
            {
                "path": each.path,
                "line": each.statement.line,
                "verb": each.statement.verb,
                "execution_time_ms": round(each.milliseconds),
                "locks": None
                if each.locks is None
                else [{"table": lock.table, "mode": lock.mode} for lock in each.locks],
                "rewritten": [
                    {"table": table, "bytes": seen.sizes.get(table)} for table in each.rewritten
                ],
            }
            for each in seen.observations
        ],
    }
