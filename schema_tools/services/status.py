"""Where each migration stands: files and history held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema_tools.conf import get_settings
from schema_tools.errors import HistoryError
from schema_tools.findings import Finding, Report, Severity, Table
from schema_tools.history import problems as problem
from schema_tools.history.fold import fold, outlived
from schema_tools.history.migration import number_of
from schema_tools.history.plan import plan_apply
from schema_tools.history.record import History
from schema_tools.history.standing import Standing, State
from schema_tools.history.standing import status as standings_of
from schema_tools.postgres.lock import who_runs
from schema_tools.postgres.other_histories import read_other_histories
from schema_tools.services.folder import has_no_folder, lost_folder
from schema_tools.services.keep_lock import lock_trouble
from schema_tools.services.read_history import read_history
from schema_tools.services.target import Target, open_target

_WORDS = {
    State.APPLIED: "applied",
    State.PENDING: "pending",
    State.CHANGED: "CHANGED since it was applied",
    State.MISSING: "MISSING: applied, but there is no file",
    State.BROKEN: "BROKEN: the file cannot be used",
    State.OUT_OF_ORDER: "OUT OF ORDER: pending, with a number below an applied one",
    State.FAILED: "FAILED",
    State.RUNNING: "running now",
}


def status(alias: str, *, seconds: float = 0.0) -> Report:
    """Return the report on files and history; it changes nothing in the database.

    ``seconds`` limit how long to wait for the server, as ``open_target`` does. A project need not
    have any files; raises HistoryError where it has lost those that are on record as applied.
    """
    files = not has_no_folder(get_settings(alias), alias)
    with open_target(alias, files=files, seconds=seconds, purpose="sqlmigrate_status") as target:
        history = read_history(target)
        if history.applied and not files:
            lost = lost_folder(target.settings, (row.version for row in history.applied))
            raise HistoryError(lost.message, hint=lost.hint)
        return _report(target, history)


def _report(target: Target, history: History) -> Report:
    directory, folded = fold(target.directory, history)
    standings = standings_of(directory, folded)
    lock = lock_trouble(target.settings.migrations_dir) if target.directory.path else ()
    findings = (
        *directory.problems,
        *history_findings(standings, target.alias),
        *lock,
        *_may_go(target, folded),
    )
    intact = not any(finding.severity is Severity.CRITICAL for finding in findings)
    all_applied = all(standing.state is State.APPLIED for standing in standings)
    database = target.facts
    return Report(
        title=f"Migrations of {database['name']} on {target.place} "
        f"(PostgreSQL {database['server_version']}), "
        + (f"files in {target.directory.path}" if target.directory.path else "no SQL files"),
        findings=findings,
        summary=_summary(target, history, standings, intact=intact),
        tables=(_table(standings),) if standings else (),
        facts={
            "database": database,
            "migrations": counts(standings),
            "history": [_row(standing) for standing in standings],
        },
        ok=intact and all_applied,
    )


def _may_go(target: Target, history: History) -> Iterator[Finding]:
    for each in outlived(target.directory, history):
        yield problem.may_go(each.file, len(tuple(each.within())))


def counts(standings: Iterable[Standing]) -> dict[str, object]:
    """Return the versions by state, as reports state them; of the applied ones the number."""
    by_state: dict[State, list[str]] = {state: [] for state in State}
    for standing in standings:
        by_state[standing.state].append(standing.version)
    applied = len(by_state.pop(State.APPLIED))
    return {"applied": applied, **{state.value: names for state, names in by_state.items()}}


def history_findings(standings: Iterable[Standing], alias: str) -> list[Finding]:
    """Return what is wrong between files and history of the database of an alias."""
    standings = tuple(standings)
    highest = max((s.version for s in standings if s.applied), key=number_of, default="")
    found = []
    for standing in standings:
        state, run = standing.state, standing.unfinished
        if state is State.FAILED and run:
            found.append(problem.half_done(run, alias, is_gone=standing.is_gone))
        match standing:
            case Standing(migration=file, is_changed=True) if file and state is not State.RUNNING:
                found.append(problem.changed(file, alias))
            case Standing(state=State.MISSING, version=version, is_told=False):
                found.append(problem.missing(version, alias))
            case Standing(state=State.OUT_OF_ORDER, migration=migration) if migration:
                found.append(problem.out_of_order(migration, highest))
    return found


def _summary(
    target: Target, history: History, standings: tuple[Standing, ...], *, intact: bool
) -> str:
    applied = sum(standing.state is State.APPLIED for standing in standings)
    pending = [standing for standing in standings if standing.state is State.PENDING]
    failed = sum(standing.state is State.FAILED for standing in standings)
    so_far = f"{applied} applied, {len(pending)} pending" + f", {failed} failed" * bool(failed)
    if applied < len(standings) and (runner := who_runs(target.connection, str(target.ledger))):
        return f"{so_far}; a run is going on: {runner}"
    if not intact:
        return f"{so_far}. The CRITICAL problems come first."
    if any(standing.state is State.RUNNING for standing in standings):
        return f"{so_far}; a run is going on."
    if pending:
        return f"{so_far}. {_next_step(target, history)}"
    if not standings:
        create = target.command("sqlmigrate_create", "NAME")
        return f"There are no SQL files yet; {create} makes the first."
    if applied == 1:
        return "The only migration is applied and intact."
    return f"All {applied} migrations are applied and intact."


def _next_step(target: Target, history: History) -> str:
    """Return what to do about pending files; another tool may have made the tables before."""
    apply = target.command("sqlmigrate_apply")
    for refusal in plan_apply(target.world(), history).problems:
        place = f"{refusal.locations[0]}: " if refusal.locations else ""
        return f"sqlmigrate_apply will refuse them. {place}{refusal.message}. {refusal.hint}"
    others = () if history.applied else read_other_histories(target.connection)
    if not others:
        return f"Next: {apply}"
    tools = " and ".join(sorted({each.tool for each in others}))
    return (
        f"{tools} has a history here: where the tables are there already, next: "
        f"{target.command('sqlmigrate_baseline', 'VERSION')}; else: {apply}"
    )


def _table(standings: Iterable[Standing]) -> Table:
    rows = tuple(
        (standing.version, _state_words(standing), *_when_and_who(standing))
        for standing in standings
    )
    return Table(("migration", "state", "applied at", "by"), rows)


def _state_words(standing: Standing) -> str:
    words, run = _WORDS[standing.state], standing.unfinished
    if standing.applied and (names := standing.applied.stands_for):
        return f"{words} (as {names[0]} to {names[-1]})"
    if run is None:
        return words
    return f"{words}, {run.place}"


def _when_and_who(standing: Standing) -> tuple[str, str]:
    row = standing.applied
    if row is None:
        return "", ""
    when = row.applied_at.strftime("%Y-%m-%d %H:%M:%S %Z").strip() if row.applied_at else ""
    return when, row.applied_by


def _row(standing: Standing) -> dict[str, object]:
    row, run, migration = standing.applied, standing.unfinished, standing.migration
    return {
        "version": standing.version,
        "state": standing.state.value,
        "path": migration.path if migration else None,
        "checksum": migration.checksum if migration else None,
        "applied_checksum": (row.checksum or None) if row else None,
        "applied_at": row.applied_at.isoformat() if row and row.applied_at else None,
        "applied_by": (row.applied_by or None) if row else None,
        "execution_time_ms": row.execution_time_ms if row else None,
        "environment": (row.environment or None) if row else None,
        "statements_done": run.done if run else None,
        "statements_total": run.total if run else None,
        "error": (run.error or None) if run else None,
        "stands_for": list(row.stands_for) if row else [],
    }
