"""Roll applied migrations back, last applied first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from schema_tools.errors import ConfigurationError, ConsentRefused
from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.history.directory import find_migration
from schema_tools.history.loss import losses
from schema_tools.history.lost_objects import lost_objects
from schema_tools.history.migration import Statement
from schema_tools.history.plan import Plan, Step, plan_rollback
from schema_tools.history.progress import Tell, tell_nobody
from schema_tools.history.record import History
from schema_tools.postgres.row_counts import row_words
from schema_tools.reports.words import counted
from schema_tools.services.run import (
    Done,
    Planner,
    Waiting,
    carry_out,
    finished,
    refused,
    shown,
)
from schema_tools.services.target import Target, open_target

_LONGEST_STATEMENT = 100


@dataclass(frozen=True, slots=True)
class RollbackOptions:
    """What the command line may say; ``target`` is a version, which stays, or ``zero``."""

    target: str = ""
    steps: int | None = None
    plan: bool = False
    dry_run: bool = False
    waiting: Waiting = field(default_factory=Waiting)


@dataclass(frozen=True, slots=True)
class Question:
    """What a rollback asks before it begins; ``losses`` are the statements that destroy data."""

    files: tuple[str, ...]
    losses: tuple[str, ...]


Consent = Callable[[Question], bool]


def rollback(
    alias: str,
    options: RollbackOptions = RollbackOptions(),
    *,
    consent: Consent,
    tell: Tell = tell_nobody,
) -> Report:
    """Undo the last applied file, or as many as the options say.

    A report that is not ok touched nothing. Raises ConsentRefused where ``consent`` says no.
    """
    if options.target and options.steps is not None:
        raise ConfigurationError("TARGET and --steps say the same thing twice", hint="Give one.")
    if options.steps is not None and options.steps < 1:
        raise ConfigurationError(f"--steps {options.steps} is less than 1")
    with open_target(alias, purpose="sqlmigrate_rollback", direct=True) as target:
        planner = _planner(target, options)
        plan = planner(target.ledger.read(target.connection))
        if plan.problems:
            return refused(target, plan)
        if not plan.steps:
            after = f" after {options.target}" if options.target not in {"", "zero"} else ""
            summary = f"Nothing to roll back: no migration is applied{after}."
            return finished(target, Done(plan), summary=summary)
        if options.plan:
            steps = f"--steps {options.steps}" if options.steps else ""
            command = target.command("sqlmigrate_rollback", options.target, steps)
            return shown(target, plan, _losses(target, plan), command=command)
        if options.dry_run:
            from schema_tools.services.dry_run import dry_run  # a real run needs nothing of it

            return dry_run(target, planner, options.waiting, tell)
        if not consent(_question(target, plan)):
            raise ConsentRefused("nothing was rolled back")
        return _run(target, _same(planner, plan), options, tell)


def _planner(target: Target, options: RollbackOptions) -> Planner:
    world = target.world()

    def plan(history: History) -> Plan:
        name = options.target
        if name and name != "zero":
            files = {migration.version for migration in target.directory.migrations}
            name = find_migration(files | {row.version for row in history.applied}, name)
        return plan_rollback(world, history, target=name, count=options.steps or 1)

    return plan


def _same(planner: Planner, consented: Plan) -> Planner:
    """Refuse a plan that is no longer the one that consent was given to."""

    def plan(history: History) -> Plan:
        now = planner(history)
        if not now.problems and _versions(now) != _versions(consented):
            raise ConsentRefused(
                f"meanwhile another run has changed the history: to be rolled back were "
                f"{', '.join(_versions(consented))}, now it would be "
                f"{', '.join(_versions(now)) or 'nothing'}",
                hint="Look at sqlmigrate_status and decide again.",
            )
        return now

    return plan


def _run(target: Target, planner: Planner, options: RollbackOptions, tell: Tell) -> Report:
    done = carry_out(target, planner, options.waiting, tell)
    if done.plan.problems:
        return refused(target, done.plan)
    what = counted(len(done.plan.steps), "migration")
    return finished(target, done, summary=f"{what} rolled back.")


def _question(target: Target, plan: Plan) -> Question:
    lost = (f"{finding.locations[0]} {finding.message}" for finding in _losses(target, plan))
    return Question(_versions(plan), tuple(lost))


def _losses(target: Target, plan: Plan) -> tuple[Finding, ...]:
    """Return a warning for each statement that may destroy data, with what the database holds."""
    found = [
        (step, statement, what)
        for step in plan.steps
        for statement, what in losses(step.part.statements[step.done :])
    ]
    if not found:
        return ()
    with target.connect() as connection:  # whose search path is that of the files
        return tuple(
            _loss(step, statement, what, row_words(connection, lost_objects(statement)))
            for step, statement, what in found
        )


def _loss(step: Step, statement: Statement, what: str, held: Sequence[str]) -> Finding:
    now = f" ({'; '.join(held)})" if held else ""
    return Finding(
        "history.data_loss",
        Severity.WARNING,
        f"{what}: {_cut(statement.text)}{now}",
        locations=(Location(step.migration.path, statement.line),),
    )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_STATEMENT else f"{line[: _LONGEST_STATEMENT - 1]}…"


def _versions(plan: Plan) -> tuple[str, ...]:
    return tuple(step.migration.version for step in plan.steps)
