"""Roll applied migrations back, last applied first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from schema_tools.errors import ConfigurationError, ConsentRefused
from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.history.fold import find_counted, fold
from schema_tools.history.loss import losses
from schema_tools.history.lost_objects import lost_objects
from schema_tools.history.migration import Statement, number_of
from schema_tools.history.plan import Plan, Step, plan_rollback
from schema_tools.history.progress import Tell, tell_nobody
from schema_tools.history.record import History
from schema_tools.postgres.row_counts import row_words
from schema_tools.reports.words import counted
from schema_tools.services.read_history import read_history
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

    @property
    def names_none(self) -> bool:
        """Return whether the last file is meant, without saying which, or how many."""
        return not self.target and self.steps is None


@dataclass(frozen=True, slots=True)
class Question:
    """What a rollback asks before it begins; ``losses`` are the statements that destroy data.

    ``database`` is its name, and which server it is on.
    """

    files: tuple[str, ...]
    losses: tuple[str, ...]
    database: str


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
    _check(options)
    with open_target(alias, purpose="sqlmigrate_rollback", direct=True) as target:
        planner, history = _planner(target, options), read_history(target)
        plan = planner(history)
        if plan.problems:
            return refused(target, plan)
        if not plan.steps:
            after = f" after {options.target}" if options.target not in {"", "zero"} else ""
            summary = f"Nothing to roll back: no migration is applied{after}."
            return finished(target, Done(plan), summary=summary)
        failed = _failed_after(target, plan, history) if options.names_none else ""
        if options.plan:
            return _shown(target, plan, options, "--steps 1" if failed else "")
        if options.dry_run:
            from schema_tools.services.dry_run import dry_run  # a real run needs nothing of it

            return dry_run(target, planner, options.waiting, tell)
        if failed:
            raise _meant_another(target, plan, failed)
        if not consent(_question(target, plan)):
            raise ConsentRefused("nothing was rolled back")
        return _run(target, _same(planner, plan), options, tell)


def _check(options: RollbackOptions) -> None:
    if options.target and options.steps is not None:
        raise ConfigurationError("TARGET and --steps say the same thing twice", hint="Give one.")
    if options.steps is not None and options.steps < 1:
        raise ConfigurationError(f"--steps {options.steps} is less than 1")


def _shown(target: Target, plan: Plan, options: RollbackOptions, steps: str) -> Report:
    """Return the report on a plan that is only looked at, with the command that runs it."""
    steps = f"--steps {options.steps}" if options.steps else steps
    command = target.command("sqlmigrate_rollback", options.target, steps)
    return shown(target, plan, _losses(target, plan), command=command)


def _failed_after(target: Target, plan: Plan, history: History) -> str:
    """Return the file whose run failed after what is applied, and of which nothing is left."""
    last = plan.steps[0].migration.number
    files = {file.version for file in target.directory.migrations}
    files -= {row.version for row in history.applied}
    found = (
        run.version
        for run in history.unfinished
        if run.version in files and not (run.done or run.alive) and number_of(run.version) > last
    )
    return next(found, "")


def _meant_another(target: Target, plan: Plan, failed: str) -> ConsentRefused:
    """Return the refusal to undo a good file in the place of one that has failed."""
    last = plan.steps[0].migration.version
    return ConsentRefused(
        f"nothing was rolled back: the run of {failed} has failed and left nothing to roll back; "
        f"the last file that is applied is {last}",
        hint=f"To undo {last} all the same: {target.command('sqlmigrate_rollback', '--steps 1')}",
    )


def _planner(target: Target, options: RollbackOptions) -> Planner:
    world = target.world()

    def plan(history: History) -> Plan:
        name = options.target
        if name and name != "zero":
            directory, seen = fold(target.directory, history)
            known = {file.version for file in directory.migrations}
            known |= {row.version for row in seen.applied}
            name = find_counted(known, name, target.directory)
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
    return Question(_versions(plan), tuple(lost), f"{target.facts['name']} on {target.place}")


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
