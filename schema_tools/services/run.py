"""Carry a plan out: lock, plan again under the lock, then step by step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db import connections

from schema_tools.errors import LockHeld
from schema_tools.findings import Finding, Report, Table
from schema_tools.history.passwords import without_passwords
from schema_tools.history.plan import Plan, Step
from schema_tools.history.progress import LockAwaited, Tell
from schema_tools.history.record import History
from schema_tools.history.standing import status
from schema_tools.postgres.activity import AnyConnection, backend_pid
from schema_tools.postgres.aftermath import explained_between_files, what_is_applied
from schema_tools.postgres.executor import run_step
from schema_tools.postgres.ledger import Provenance
from schema_tools.postgres.lock import RunnerLock, check_usable, runner_lock
from schema_tools.postgres.run_log import RunLog
from schema_tools.postgres.runner import Retries, Runner
from schema_tools.postgres.stop import NEVER, Stop
from schema_tools.postgres.timeouts import Limits
from schema_tools.postgres.watch import watching
from schema_tools.reports.words import counted
from schema_tools.services.beside import NOTHING, Beside
from schema_tools.services.provenance import provenance
from schema_tools.services.read_history import read_history
from schema_tools.services.receivers import tell_after, tell_before
from schema_tools.services.status import counts
from schema_tools.services.target import Target

Planner = Callable[[History], Plan]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long to wait for what, in seconds, and how often; None leaves it to file or settings."""

    lock_wait: float | None = None
    lock_timeout: float | None = None
    statement_timeout: float | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: the plan that held under the lock, and what each step took."""

    plan: Plan
    milliseconds: tuple[int, ...] = ()


def carry_out(
    target: Target,
    planner: Planner,
    waiting: Waiting,
    tell: Tell,
    *,
    stop: Stop = NEVER,
    beside: Beside = NOTHING,
) -> Done:
    """Run what the planner says, and what is beside it, under the lock; with problems nothing."""
    connection, settings = target.connection, target.settings
    check_usable(connection, target.connect)
    wait = settings.lock_wait if waiting.lock_wait is None else waiting.lock_wait
    log = RunLog.of_new_run(target.alias)

    def awaits(holder: str) -> None:
        tell(LockAwaited(holder, wait))
        log.write(logging.WARNING, f"waiting for the lock, held by {holder}", "waiting")

    with runner_lock(
        connection, str(target.ledger), wait=wait, on_wait=awaits, pause=stop.pause
    ) as lock:
        history = read_history(target)
        _check_nobody_runs(history)
        plan = beside.planned(planner(history))
        if plan.problems or not (plan.steps or beside.is_due):
            return Done(plan)
        run = _Run(target, lock, log, waiting, tell, stop, beside)
        if plan.steps:
            target.ledger.prepare(connection)
        with explained_between_files(target.ledger, connection), log.run(len(plan.steps)):
            took = tuple(_run_steps(run, plan)) if plan.steps else ()
            beside.behind(lock)
            if plan.steps:
                _keep_fingerprint(target)
        return Done(plan, took)


def _keep_fingerprint(target: Target) -> None:
    from schema_tools.services.fingerprint import keep_fingerprint  # only a run that ran needs it

    keep_fingerprint(target)


@dataclass(frozen=True, slots=True)
class _Run:
    """What all steps of a run have in common."""

    target: Target
    lock: RunnerLock
    log: RunLog
    waiting: Waiting
    tell: Tell
    stop: Stop
    beside: Beside


def _run_steps(run: _Run, plan: Plan) -> Iterator[int]:
    """Run step by step; yield the milliseconds of each."""
    target, lock, beside = run.target, run.lock, run.beside
    state = partial(what_is_applied, target.ledger, lock.connection)
    count = len(plan.steps) + beside.count
    # Before there is a session: git may take its time, and idle sessions may be ended.
    made_by = provenance(target.settings.migrations_dir, target.settings.environment)
    with target.connect() as work, run.stop.watching(work):
        runner = _runner(run, work, made_by)
        with lock.working_in(runner.process), watching(runner.side, runner.process) as watch:
            runner = replace(runner, watch=watch)
            for index, step in enumerate(plan.steps, start=1):
                lock.glance()
                beside.before(step, lock)
                at = index + beside.done
                tell_before(step, target.alias, first=at == 1, state=state)
                yield run_step(runner, step, index=at, count=count)
                tell_after(step, target.alias)


def _runner(run: _Run, work: AnyConnection, made_by: Provenance) -> Runner:
    target, lock, waiting, stop = run.target, run.lock, run.waiting, run.stop
    settings = target.settings

    def check() -> None:
        stop.check()
        lock.glance()

    return Runner(
        work,
        lock.connection,
        target.ledger,
        made_by,
        limits_of(target, waiting),
        run.tell,
        advice=getattr(connections[target.alias], "missing_feature_advice", lambda _error: ""),
        retries=Retries(
            settings.retries if waiting.retries is None else waiting.retries, sleep=stop.pause
        ),
        check=check,
        backend=backend_pid(work),
        log=run.log,
        stop=stop,
    )


def limits_of(target: Target, waiting: Waiting) -> Limits:
    """Return what holds for each statement, of the command line and of the settings."""
    settings = target.settings
    return Limits(
        settings.lock_timeout,
        settings.statement_timeout,
        waiting.lock_timeout,
        waiting.statement_timeout,
    )


def _check_nobody_runs(history: History) -> None:
    """Refuse where a killed run's statement still goes on in the server."""
    for run in history.unfinished:
        if run.alive:
            raise LockHeld(
                f"statement {run.running} of {run.version} still runs in server process "
                f"{run.backend}, though the command that sent it is gone",
                hint="Wait for it to end, or stop it: "
                f"SELECT pg_terminate_backend({run.backend});",
            )


def refused(target: Target, plan: Plan) -> Report:
    """Return the report on a plan that has problems."""
    problems = counted(len(plan.problems), "problem")
    return Report(
        title="",
        findings=plan.problems,
        summary=f"Refused before anything was touched: {problems}.",
        facts=facts(target),
        ok=False,
    )


def shown(
    target: Target,
    plan: Plan,
    findings: tuple[Finding, ...],
    *,
    command: str,
    beside: Beside = NOTHING,
) -> Report:
    """Return the report on a plan that is only to be looked at."""
    more = f", {counted(beside.count, 'migration')} of Django's" if beside.count else ""
    texts = [text for step in plan.steps for text in (beside.text_before(step), _step_text(step))]
    return Report(
        title=f"Plan for {target.facts['name']}: {counted(len(plan.steps), 'file')}{more}",
        findings=findings,
        summary=f"Nothing was touched. To run this plan: {command}",
        body="\n\n".join(filter(None, (*texts, beside.text_before(None)))),
        facts=facts(target, plan=[_step_facts(step) for step in plan.steps]),
    )


def finished(
    target: Target, done: Done, *, summary: str, findings: tuple[Finding, ...] = ()
) -> Report:
    """Return the report on what a run did, with the history as it is now.

    Raises LockHeld, with what the run did, where somebody keeps the history locked.
    """
    steps = tuple(zip(done.plan.steps, done.milliseconds, strict=True))
    rows = tuple((step.migration.version, f"{ms} ms") for step, ms in steps)
    executed: list[object] = [
        {
            "version": step.migration.version,
            "path": step.migration.path,
            "direction": step.direction,
            "execution_time_ms": ms,
        }
        for step, ms in steps
    ]
    try:
        told = facts(target, executed=executed)
    except LockHeld as error:
        raise LockHeld(f"{summary} But now {error}", hint=error.hint) from error
    return Report(
        title=f"Run on {target.facts['name']}" if steps else "",
        findings=findings,
        summary=summary,
        tables=(Table(("migration", "took"), rows),) if rows else (),
        facts=told,
    )


def facts(
    target: Target, *, plan: Sequence[object] = (), executed: Sequence[object] = ()
) -> dict[str, object]:
    """Return what every report of a run says to programs: the same keys, whatever happened."""
    history = read_history(target)
    return {
        "database": target.facts,
        "migrations": counts(status(target.directory, history)),
        "plan": list(plan),
        "executed": list(executed),
    }


def _step_text(step: Step) -> str:
    how = "one transaction" if step.part.transactional else "each statement by itself"
    if step.direction == "fake":
        left = f" (an earlier run did {step.done} of {step.failure.total})" if step.failure else ""
        return f"-- {step.migration.path}: recorded as applied, nothing runs{left}"
    resumed = f", goes on after statement {step.done}" if step.done else ""
    lines = [f"-- {step.migration.path} ({step.direction}, {how}{resumed})"]
    lines += [f"{statement.text};" for statement in step.part.preamble]
    lines += [f"{statement.text};" for statement in step.part.statements[step.done :]]
    return without_passwords("\n".join(lines))


def _step_facts(step: Step) -> dict[str, object]:
    return {
        "version": step.migration.version,
        "path": step.migration.path,
        "direction": step.direction,
        "transactional": step.part.transactional,
        "statements_done": step.done,
        "statements": [
            {
                "line": statement.line,
                "verb": statement.verb,
                "text": without_passwords(statement.text),
            }
            for statement in (step.part.statements if step.direction != "fake" else ())
        ],
    }
