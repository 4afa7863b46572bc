"""Carry a plan out: lock, plan again under the lock, then step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db import connections

from schema_tools.errors import LockHeld
from schema_tools.findings import Finding, Report, Table
from schema_tools.history.passwords import without_passwords
from schema_tools.history.plan import Plan, Step, status
from schema_tools.history.progress import LockAwaited, Tell
from schema_tools.history.record import History
from schema_tools.postgres.activity import AnyConnection, backend_pid
from schema_tools.postgres.aftermath import explained_between_files, what_is_applied
from schema_tools.postgres.executor import run_step
from schema_tools.postgres.lock import RunnerLock, check_usable, runner_lock
from schema_tools.postgres.runner import Retries, Runner
from schema_tools.postgres.stop import NEVER, Stop
from schema_tools.postgres.timeouts import Limits
from schema_tools.postgres.watch import watching
from schema_tools.reports.words import counted
from schema_tools.services.provenance import provenance
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
    target: Target, planner: Planner, waiting: Waiting, tell: Tell, *, stop: Stop = NEVER
) -> Done:
    """Run what the planner says under the lock; with problems or without steps, nothing."""
    connection, settings = target.connection, target.settings
    check_usable(connection, target.connect)
    wait = settings.lock_wait if waiting.lock_wait is None else waiting.lock_wait
    with runner_lock(
        connection,
        str(target.ledger),
        wait=wait,
        on_wait=lambda holder: tell(LockAwaited(holder, wait)),
        pause=stop.pause,
    ) as lock:
        history = target.ledger.read(connection)
        _check_nobody_runs(history)
        plan = planner(history)
        if plan.problems or not plan.steps:
            return Done(plan)
        target.ledger.prepare(connection)
        with explained_between_files(target.ledger, connection):
            took = tuple(_run_steps(target, plan, lock, waiting=waiting, tell=tell, stop=stop))
            _keep_fingerprint(target)
        return Done(plan, took)


def _keep_fingerprint(target: Target) -> None:
    from schema_tools.services.fingerprint import keep_fingerprint  # only a run that ran needs it

    keep_fingerprint(target)


def _run_steps(
    target: Target, plan: Plan, lock: RunnerLock, *, waiting: Waiting, tell: Tell, stop: Stop
) -> Iterator[int]:
    """Run step by step; yield the milliseconds of each."""
    state = partial(what_is_applied, target.ledger, lock.connection)
    with target.connect() as work, stop.watching(work):
        runner = _runner(target, lock, work=work, waiting=waiting, tell=tell, stop=stop)
        with lock.working_in(runner.process), watching(runner.side, runner.process) as watch:
            runner = replace(runner, watch=watch)
            for index, step in enumerate(plan.steps, start=1):
                lock.check()
                tell_before(step, target.alias, first=index == 1, state=state)
                yield run_step(runner, step, index=index, count=len(plan.steps))
                tell_after(step, target.alias)


def _runner(
    target: Target,
    lock: RunnerLock,
    *,
    work: AnyConnection,
    waiting: Waiting,
    tell: Tell,
    stop: Stop,
) -> Runner:
    settings = target.settings

    def check() -> None:
        stop.check()
        lock.glance()

    return Runner(
        work,
        lock.connection,
        target.ledger,
        provenance(settings.migrations_dir, settings.environment),
        limits_of(target, waiting),
        tell,
        advice=getattr(connections[target.alias], "missing_feature_advice", lambda _error: ""),
        retries=Retries(
            settings.retries if waiting.retries is None else waiting.retries, sleep=stop.pause
        ),
        check=check,
        backend=backend_pid(work),
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


def shown(target: Target, plan: Plan, findings: tuple[Finding, ...], *, command: str) -> Report:
    """Return the report on a plan that is only to be looked at."""
    return Report(
        title=f"Plan for {target.facts['name']}: {counted(len(plan.steps), 'file')}",
        findings=findings,
        summary=f"Nothing was touched. To run this plan: {command}",
        body="\n\n".join(_step_text(step) for step in plan.steps),
        facts=facts(target, plan=[_step_facts(step) for step in plan.steps]),
    )


def finished(
    target: Target, done: Done, *, summary: str, findings: tuple[Finding, ...] = ()
) -> Report:
    """Return the report on what a run did, with the history as it is now."""
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
    return Report(
        title=f"Run on {target.facts['name']}" if steps else "",
        findings=findings,
        summary=summary,
        tables=(Table(("migration", "took"), rows),) if rows else (),
        facts=facts(target, executed=executed),
    )


def facts(
    target: Target, *, plan: Sequence[object] = (), executed: Sequence[object] = ()
) -> dict[str, object]:
    """Return what every report of a run says to programs: the same keys, whatever happened."""
    history = target.ledger.read(target.connection)
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
