"""What recording files of an existing database as applied would do: a plan, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.findings import Finding
from schema_tools.history.command import command
from schema_tools.history.fold import fold
from schema_tools.history.migration import Migration, number_of
from schema_tools.history.plan import Plan, Step, World, plan_apply
from schema_tools.history.problems import half_done, problem
from schema_tools.history.record import Applied, History

BASELINE = "baseline"


def plan_baseline(world: World, history: History, *, target: Migration) -> Plan:
    """Return the steps that record what is not recorded yet, up to and with the target.

    Rows that are there stay as they are; one without a file, one of another text, and one after
    a file that is to be recorded are problems, as is all that keeps an apply from starting.
    """
    plan = plan_apply(world, history, target=target, fake=True, allow_out_of_order=True)
    steps = tuple(replace(step, direction=BASELINE) for step in plan.steps)
    _directory, history = fold(world.directory, history)
    found = [*plan.problems, *_half_done(steps, world.alias)]
    found += _out_of_order(steps, history, world.alias)
    return Plan(steps, tuple(found))


def in_order(plan: Plan, world: World, history: History) -> tuple[Migration, ...]:
    """Return the files that a history will hold once a plan without problems is carried out."""
    directory, history = fold(world.directory, history)
    files = {migration.version: migration for migration in directory.migrations}
    recorded = (files[row.version] for row in history.applied)
    return (*recorded, *(step.migration for step in plan.steps))


def _half_done(steps: tuple[Step, ...], alias: str) -> Iterator[Finding]:
    """Yield the files of which an earlier run did a part: they are not what the replay makes."""
    for step in steps:
        run = step.failure
        if run is not None and run.alive:
            yield problem(
                "running",
                f"statement {run.running} of {run.version} still runs in server process "
                f"{run.backend}",
                hint="Wait for it to end.",
            )
        elif run is not None and (run.done or not run.error):
            yield half_done(run, alias)


def _out_of_order(steps: tuple[Step, ...], history: History, alias: str) -> Iterator[Finding]:
    """Yield what is recorded already though it comes after a file that is not."""
    if not steps:
        return
    first = min(step.migration.number for step in steps)
    for row in history.applied:
        if number_of(row.version) > first:
            yield _recorded_first(row, steps[0].migration, alias)


def _recorded_first(row: Applied, first: Migration, alias: str) -> Finding:
    return problem(
        "recorded_first",
        f"{row.version} is recorded as applied already, and {first.version}, which comes before "
        "it, is not: the order of the history would be another than that of the files",
        hint="Where both are in the database, delete that row (a row is a record and nothing "
        f"else), then run: {command('sqlmigrate_baseline', row.version, alias=alias)}",
    )
