"""Apply pending migrations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from schema_tools.errors import ConfigurationError, ConsentRefused
from schema_tools.findings import Finding, Report
from schema_tools.history import problems as problem
from schema_tools.history.directory import find_migration
from schema_tools.history.migration import Migration
from schema_tools.history.plan import Plan, World, plan_apply
from schema_tools.history.progress import Tell, tell_nobody
from schema_tools.history.record import History
from schema_tools.postgres.aftermath import explained_between_files
from schema_tools.postgres.stop import NEVER, Stop
from schema_tools.reports.words import counted
from schema_tools.services.content_types import create_content_types
from schema_tools.services.run import (
    Done,
    Planner,
    Waiting,
    carry_out,
    finished,
    refused,
    shown,
)
from schema_tools.services.saved_plan import Asked, asked_by, held_to, load_plan, save_plan
from schema_tools.services.target import Target, open_target
from schema_tools.services.whole_file import check_place


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before files are recorded that did not run; ``half_run`` are doubts."""

    files: tuple[str, ...]
    half_run: tuple[str, ...]


Consent = Callable[[Question], bool]


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the command line may say; ``save_plan`` and ``from_plan`` are files."""

    target: str = ""
    plan: bool = False
    dry_run: bool = False
    fake: bool = False
    allow_out_of_order: bool = False
    save_plan: Path | None = None
    from_plan: Path | None = None
    waiting: Waiting = field(default_factory=Waiting)


def apply(
    alias: str,
    options: ApplyOptions = ApplyOptions(),
    *,
    tell: Tell = tell_nobody,
    consent: Consent = lambda question: not question.half_run,
    stop: Stop = NEVER,
) -> Report:
    """Apply pending files up to and with the target; a report that is not ok touched nothing.

    ``consent`` is asked before anything is recorded that did not run; ``stop`` ends a run in a
    thread. Raises ConsentRefused where consent is not given.
    """
    asked = Asked(options.target, options.fake, options.allow_out_of_order)
    saved = load_plan(options.from_plan, asked) if options.from_plan else None
    asked = asked_by(saved) if saved else asked
    if options.save_plan:
        check_place(options.save_plan, "--save-plan")
    with open_target(alias, purpose="sqlmigrate_apply", direct=True) as target:
        planner = _planner(target.world(), asked)
        if saved and options.from_plan:
            planner = held_to(target, planner, saved, options.from_plan)
        history = target.ledger.read(target.connection)
        plan = planner(history)
        if plan.problems:
            return refused(target, plan)
        if options.save_plan:
            save_plan(target, plan, history, asked, options.save_plan)
        if looked := _looked(target, planner, plan, asked, options, tell):
            return looked
        if asked.fake and plan.steps:
            planner = _agreed(planner, plan, consent)
        done = Done(plan)
        if plan.steps:
            done = carry_out(target, planner, options.waiting, tell, stop=stop)
        return _told(target, done, asked)


def _looked(
    target: Target, planner: Planner, plan: Plan, asked: Asked, options: ApplyOptions, tell: Tell
) -> Report | None:
    """Return the report of a run that only looks; None where it is to run."""
    if options.save_plan or (options.plan and plan.steps):
        return _shown(target, plan, asked, options)
    if options.dry_run:
        return _dry_run(target, planner, asked, options.waiting, tell)
    return None


def _agreed(planner: Planner, plan: Plan, consent: Consent) -> Planner:
    """Ask whether files may be recorded that did not run; return the planner that keeps to it."""
    question = _question(plan)
    if not consent(question):
        raise ConsentRefused("nothing was recorded")
    return _within_consent(planner, question)


def _planner(world: World, asked: Asked) -> Planner:
    def plan(history: History) -> Plan:
        return plan_apply(
            world,
            history,
            target=_migration(world, asked.target),
            fake=asked.fake,
            allow_out_of_order=asked.allow_out_of_order,
        )

    return plan


def _within_consent(planner: Planner, agreed: Question) -> Planner:
    """Refuse a plan in which another run has left more half-done than consent was given to."""

    def plan(history: History) -> Plan:
        now = planner(history)
        more = sorted(set(_question(now).half_run) - set(agreed.half_run))
        if more and not now.problems:
            raise ConsentRefused(
                f"nothing was recorded: meanwhile another run has stopped\n  - {more[0]}",
                hint="Look at sqlmigrate_status and decide again.",
            )
        return now

    return plan


def _migration(world: World, target: str) -> Migration | None:
    if not target:
        return None
    by_version = {migration.version: migration for migration in world.directory.migrations}
    return by_version[find_migration(by_version, target)]


def _dry_run(
    target: Target, planner: Planner, asked: Asked, waiting: Waiting, tell: Tell
) -> Report:
    from schema_tools.services.dry_run import dry_run  # a real run needs nothing of it

    if asked.fake:
        raise ConfigurationError(
            "--dry-run with --fake has nothing to run", hint="--plan shows what would be recorded."
        )
    return dry_run(target, planner, waiting, tell)


def _shown(target: Target, plan: Plan, asked: Asked, options: ApplyOptions) -> Report:
    """Return the report on a plan that is only looked at, with the command that runs it."""
    flags = [
        asked.target,
        "--fake" if asked.fake else "",
        "--allow-out-of-order" if asked.allow_out_of_order else "",
    ]
    file = options.save_plan or options.from_plan
    words = ["--from-plan", str(file)] if file else flags
    return shown(
        target,
        plan,
        (*_half_run(plan), *_without_rollback(plan)),
        command=target.command("sqlmigrate_apply", *words),
    )


def _told(target: Target, done: Done, asked: Asked) -> Report:
    """Return the report on a run, once content types are made for what it has applied."""
    if done.plan.problems:
        return refused(target, done.plan)
    if not done.plan.steps:
        up_to = f" up to {asked.target}" if asked.target else ""
        return finished(target, done, summary=f"Nothing to apply{up_to}: all is applied.")
    with explained_between_files(target.ledger, target.connection):
        findings = create_content_types(target.alias, target.settings.apps)
    what = counted(len(done.plan.steps), "migration")
    verb = "recorded as applied, without running" if asked.fake else "applied"
    findings = (*_half_run(done.plan), *findings)
    return finished(target, done, summary=f"{what} {verb}.", findings=findings)


def _without_rollback(plan: Plan) -> tuple[Finding, ...]:
    return tuple(
        problem.no_rollback(step.migration.path)
        for step in plan.steps
        if not step.migration.down.statements and "Irreversible" not in step.migration.header
    )


def _half_run(plan: Plan) -> tuple[Finding, ...]:
    return tuple(
        problem.fake_half_done(step.migration, step.failure)
        for step in plan.steps
        if step.direction == "fake" and step.failure
    )


def _question(plan: Plan) -> Question:
    doubts = tuple(f"{finding.locations[0]}: {finding.message}" for finding in _half_run(plan))
    return Question(tuple(step.migration.version for step in plan.steps), doubts)
