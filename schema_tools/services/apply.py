"""Apply pending migrations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from schema_tools.errors import ConsentRefused
from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.history.directory import find_migration
from schema_tools.history.migration import Migration
from schema_tools.history.plan import Plan, World, plan_apply
from schema_tools.history.progress import Tell, tell_nobody
from schema_tools.history.record import History
from schema_tools.postgres.aftermath import explained_between_files
from schema_tools.services.content_types import create_content_types
from schema_tools.services.run import (
    Done,
    Planner,
    Waiting,
    carry_out,
    counted,
    finished,
    refused,
    shown,
)
from schema_tools.services.target import Target, open_target

Consent = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the command line may say."""

    target: str = ""
    plan: bool = False
    fake: bool = False
    allow_out_of_order: bool = False
    waiting: Waiting = field(default_factory=Waiting)


def apply(
    alias: str,
    options: ApplyOptions = ApplyOptions(),
    *,
    tell: Tell = tell_nobody,
    consent: Consent = lambda _question: True,
) -> Report:
    """Apply pending files up to and with the target; a report that is not ok touched nothing.

    ``consent`` is asked before anything is recorded that did not run.
    """
    with open_target(alias) as target:
        planner = _planner(target.world(), options)
        plan = planner(target.ledger.read(target.connection))
        if plan.problems:
            return refused(target, plan)
        if options.plan and plan.steps:
            flags = [
                "--fake" if options.fake else "",
                "--allow-out-of-order" if options.allow_out_of_order else "",
            ]
            command = target.command("sqlmigrate_apply", options.target, *flags)
            return shown(target, plan, _without_rollback(plan), command=command)
        if options.fake and plan.steps and not consent(_fake_question(plan)):
            raise ConsentRefused("nothing was recorded", hint="Say yes, or give --noinput.")
        return _run(target, planner, plan, options, tell)


def _planner(world: World, options: ApplyOptions) -> Planner:
    def plan(history: History) -> Plan:
        return plan_apply(
            world,
            history,
            target=_migration(world, options.target),
            fake=options.fake,
            allow_out_of_order=options.allow_out_of_order,
        )

    return plan


def _migration(world: World, target: str) -> Migration | None:
    if not target:
        return None
    by_version = {migration.version: migration for migration in world.directory.migrations}
    return by_version[find_migration(by_version, target)]


def _run(
    target: Target, planner: Planner, plan: Plan, options: ApplyOptions, tell: Tell
) -> Report:
    done = carry_out(target, planner, options.waiting, tell) if plan.steps else Done(plan)
    if done.plan.problems:
        return refused(target, done.plan)
    if not done.plan.steps:
        up_to = f" up to {options.target}" if options.target else ""
        return finished(target, done, summary=f"Nothing to apply{up_to}: all is applied.")
    with explained_between_files(target.ledger, target.connection):
        findings = create_content_types(target.alias, target.settings.apps)
    what = counted(len(done.plan.steps), "migration")
    verb = "recorded as applied, without running" if options.fake else "applied"
    return finished(target, done, summary=f"{what} {verb}.", findings=findings)


def _without_rollback(plan: Plan) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "history.no_rollback",
            Severity.INFO,
            "it has no rollback part: once applied it cannot be rolled back",
            hint="Write one under a heading `-- ROLLBACK MIGRATION (DOWN)`, or give the reason in "
            "the header: `-- Irreversible: why`.",
            locations=(Location(step.migration.path),),
        )
        for step in plan.steps
        if not step.migration.down.statements and "Irreversible" not in step.migration.header
    )


def _fake_question(plan: Plan) -> str:
    names = ", ".join(step.migration.version for step in plan.steps)
    return f"Record as applied, without running anything: {names}?"
