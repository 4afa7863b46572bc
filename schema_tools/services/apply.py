"""Apply pending migrations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from schema_tools.errors import ConfigurationError, ConsentRefused
from schema_tools.findings import Finding, Report
from schema_tools.history import problems as problem
from schema_tools.history.fold import named_file
from schema_tools.history.migration import Migration
from schema_tools.history.plan import Plan, World, plan_apply
from schema_tools.history.progress import Tell, tell_nobody
from schema_tools.history.record import History
from schema_tools.postgres.aftermath import explained_between_files
from schema_tools.postgres.stop import NEVER, Stop
from schema_tools.reports.words import counted
from schema_tools.services.beside import NOTHING, Beside
from schema_tools.services.content_types import create_content_types
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
    with_django: bool = False
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
    _check_fits(options)
    saved = load_plan(options.from_plan, asked) if options.from_plan else None
    asked = asked_by(saved) if saved else asked
    if options.save_plan:
        check_place(options.save_plan, "--save-plan")
    with (
        open_target(alias, purpose="sqlmigrate_apply", direct=True) as target,
        _beside(target, options, tell, stop) as beside,
    ):
        call = _Call(target, asked, options, beside, tell, stop)
        planner = _planner(beside.world(target.world()), asked)
        if saved and options.from_plan:
            planner = held_to(target, planner, saved, options.from_plan)
        history = read_history(target)
        plan = beside.planned(planner(history))
        if plan.problems:
            return refused(target, plan)
        if options.save_plan:
            save_plan(target, plan, history, asked, options.save_plan)
        if looked := _looked(call, planner, plan):
            return beside.told(looked)
        if asked.fake and (plan.steps or beside.count):
            planner = _agreed(planner, plan, consent, beside)
        done = Done(plan)
        if plan.steps or beside.is_due:
            done = carry_out(target, planner, options.waiting, tell, stop=stop, beside=beside)
        return beside.told(_told(call, done))


_CREATE = ("sqlmigrate_create", "NAME")


@dataclass(frozen=True, slots=True)
class _Call:
    """What was asked for, of which database, and what runs beside its files."""

    target: Target
    asked: Asked
    options: ApplyOptions
    beside: Beside
    tell: Tell
    stop: Stop


def _looked(call: _Call, planner: Planner, plan: Plan) -> Report | None:
    """Return the report of a run that only looks; None where it is to run."""
    options, work = call.options, bool(plan.steps or call.beside.count)
    if options.save_plan or (options.plan and work):
        return _shown(call, plan)
    if options.plan:
        return _told(call, Done(plan))
    return _dry_run(call, planner) if options.dry_run else None


def _check_fits(options: ApplyOptions) -> None:
    """Refuse a saved plan of files and Django's migrations: it holds files alone."""
    if options.with_django and (options.save_plan or options.from_plan):
        raise ConfigurationError(
            "a saved plan holds SQL files alone, so it cannot be one --with-django",
            hint="Run Django's migrations that the files require first, then save the plan.",
        )


@contextmanager
def _beside(target: Target, options: ApplyOptions, tell: Tell, stop: Stop) -> Iterator[Beside]:
    """Yield what runs beside the files, where that is asked for."""
    if not options.with_django:
        yield NOTHING
        return
    from schema_tools.services.with_django import How, with_django  # heavy, and seldom asked for

    how = How(fake=options.fake, look=options.dry_run, to_the_end=not options.target)
    with with_django(target, how, options.waiting, tell, stop) as found:
        yield found


def _agreed(planner: Planner, plan: Plan, consent: Consent, beside: Beside) -> Planner:
    """Ask whether files may be recorded that did not run; return the planner that keeps to it."""
    question = _question(plan, beside)
    if not consent(question):
        raise ConsentRefused("nothing was recorded")
    return _within_consent(planner, question)


def _planner(world: World, asked: Asked) -> Planner:
    def plan(history: History) -> Plan:
        return plan_apply(
            world,
            history,
            target=_migration(world, history, asked.target),
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


def _migration(world: World, history: History, target: str) -> Migration | None:
    return named_file(world.directory, history, target) if target else None


def _dry_run(call: _Call, planner: Planner) -> Report:
    from schema_tools.services.dry_run import dry_run  # a real run needs nothing of it

    if call.asked.fake:
        raise ConfigurationError(
            "--dry-run with --fake has nothing to run", hint="--plan shows what would be recorded."
        )
    return dry_run(call.target, planner, call.options.waiting, call.tell, stop=call.stop)


def _shown(call: _Call, plan: Plan) -> Report:
    """Return the report on a plan that is only looked at, with the command that runs it."""
    asked, options = call.asked, call.options
    flags = [
        asked.target,
        "--fake" if asked.fake else "",
        "--allow-out-of-order" if asked.allow_out_of_order else "",
        "--with-django" if options.with_django else "",
    ]
    file = options.save_plan or options.from_plan
    words = ["--from-plan", str(file)] if file else flags
    return shown(
        call.target,
        plan,
        (*_half_run(plan), *_without_rollback(plan)),
        command=call.target.command("sqlmigrate_apply", *words),
        beside=call.beside,
    )


def _told(call: _Call, done: Done) -> Report:
    """Return the report on a run, once content types are made for what it has applied."""
    target, asked, beside = call.target, call.asked, call.beside
    if done.plan.problems:
        return refused(target, done.plan)
    if not done.plan.steps:
        up_to = f" up to {asked.target}" if asked.target else ""
        nothing = f"Nothing to apply{up_to}: all is applied."
        if not target.directory.migrations and not target.directory.problems:
            nothing = f"There are no SQL files yet; {target.command(*_CREATE)} makes the first."
        django = f"No file to apply{up_to}; {_of_django(beside, asked)}."
        return finished(target, done, summary=django if beside.done else nothing)
    with explained_between_files(target.ledger, target.connection):
        findings = create_content_types(target.alias, target.settings.apps)
    what = counted(len(done.plan.steps), "migration")
    django = f"; {_of_django(beside, asked)}" if beside.done else ""
    findings = (*_half_run(done.plan), *findings)
    return finished(target, done, summary=f"{what} {_verb(asked)}{django}.", findings=findings)


def _verb(asked: Asked) -> str:
    return "recorded as applied, without running" if asked.fake else "applied"


def _of_django(beside: Beside, asked: Asked) -> str:
    return f"{counted(beside.done, 'migration')} of Django's {_verb(asked)}"


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


def _question(plan: Plan, beside: Beside = NOTHING) -> Question:
    doubts = tuple(f"{finding.locations[0]}: {finding.message}" for finding in _half_run(plan))
    files = tuple(step.migration.version for step in plan.steps)
    return Question((*files, *beside.names), doubts)
