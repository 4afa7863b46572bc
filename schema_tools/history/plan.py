"""Where each migration stands, and what an apply or a rollback would do: values, no I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from schema_tools.findings import Finding
from schema_tools.history import problems as problem
from schema_tools.history.brought_back import set_unseen
from schema_tools.history.dependencies import unmet_dependencies, unmet_requirements
from schema_tools.history.directory import Directory
from schema_tools.history.done import done_checksum
from schema_tools.history.fold import fold
from schema_tools.history.headings import heading_problems
from schema_tools.history.irreversible import irreversible
from schema_tools.history.migration import Migration, Part, number_of
from schema_tools.history.record import History, Unfinished
from schema_tools.history.standing import Standing, State, differs, standings_in, stems
from schema_tools.history.transactions import transaction_problems

# Whether these took effect before a kill nobody can tell. Others are wrapped in a transaction with
# their progress, or do no harm when they run again (a concurrent build, VACUUM, ALTER SYSTEM).
_UNKNOWN_AFTER_A_KILL = frozenset({"DO", "CALL"})


@dataclass(frozen=True, slots=True)
class Step:
    """One file to run in one direction: ``up``, ``down``, or ``fake`` (record it only).

    ``done`` statements were completed by an earlier run, whose record is ``failure``. A file that
    is only recorded carries both for the question whether to.
    """

    migration: Migration
    direction: str
    done: int = 0
    failure: Unfinished | None = None

    @property
    def part(self) -> Part:
        """Return the half of the file that runs."""
        return self.migration.down if self.direction == "down" else self.migration.up

    @property
    def event(self) -> str:
        """Return what the events table calls it: ``apply``, ``rollback`` or ``fake``."""
        return {"up": "apply", "down": "rollback"}.get(self.direction, self.direction)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in their order; with problems nothing of it may run."""

    steps: tuple[Step, ...] = ()
    problems: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """What a plan is made from besides the history: the files, the server, Django's history.

    ``django_applied`` holds Django's applied migrations as ``app_label.0001_name``; ``alias`` is
    the database's, for the commands that are suggested. ``django_known`` are all that there are,
    None where nobody has looked.
    """

    directory: Directory
    server_version: int
    django_applied: Collection[str] = frozenset()
    alias: str = "default"
    django_known: Collection[str] | None = None


def plan_apply(
    world: World,
    history: History,
    *,
    target: Migration | None = None,
    fake: bool = False,
    allow_out_of_order: bool = False,
) -> Plan:
    """Return the steps that apply all pending files up to and with the target."""
    directory, history = fold(world.directory, history)
    standings = standings_in(directory, history)
    ready = {row.version for row in history.applied}
    steps: list[Step] = []
    found = [*directory.problems, *_damage(standings, world.alias)]
    if not allow_out_of_order:
        found += _out_of_order(standings, target)
    for standing in standings:
        if standing.applied or not standing.migration or not _within(standing.version, target):
            continue
        step = Step(standing.migration, "fake" if fake else "up")
        found += unmet_dependencies(standing.migration, ready, world.directory)
        found += unmet_requirements(
            standing.migration, world.django_applied, world.django_known, alias=world.alias
        )
        if fake and standing.unfinished:
            step = replace(step, done=standing.unfinished.done, failure=standing.unfinished)
        elif not fake:
            step, more = _runnable(step, standing.unfinished, world)
            found += more
        steps.append(step)
        ready.add(standing.version)
    return Plan(tuple(steps), tuple(found))


def plan_rollback(world: World, history: History, *, target: str = "", count: int = 1) -> Plan:
    """Return the steps that undo, last applied first: ``count`` files, or all after a target.

    The target is an applied version, which stays, or ``zero``. Trouble with other files does not
    stand in the way of a rollback.
    """
    directory, history = fold(world.directory, history)
    world = replace(world, directory=directory)
    newest_first = sorted(history.applied, key=lambda row: row.position, reverse=True)
    versions = [row.version for row in newest_first]
    if target and target != "zero" and target not in versions:
        return Plan(problems=(problem.not_applied(target, world.alias),))
    if target:
        count = len(versions) if target == "zero" else versions.index(target)
    standings = {standing.version: standing for standing in standings_in(directory, history)}
    found = [
        problem.half_done(run, world.alias, is_gone=standings[run.version].is_gone)
        for run in history.unfinished
        if run.direction == "up" and run.done and not run.alive
    ]
    steps: list[Step] = []
    for version in versions[:count]:
        step, more = _rollback_step(standings[version], world)
        found += more
        steps += [step] if step else []
    return Plan(tuple(steps), tuple(found))


def _within(version: str, target: Migration | None) -> bool:
    return target is None or number_of(version) <= target.number


def _damage(standings: Iterable[Standing], alias: str) -> Iterator[Finding]:
    for standing in standings:
        run = standing.unfinished
        if run and run.direction == "down" and not run.alive:
            yield problem.half_done(run, alias, is_gone=standing.is_gone)
        elif standing.applied and standing.migration is None:
            if standing.state is not State.BROKEN and not standing.is_told:
                yield problem.missing(standing.version, alias)
        elif standing.applied and standing.migration:
            if differs(standing.migration, standing.applied):
                yield problem.changed(standing.migration, alias)
        elif run and standing.migration is None and run.done:
            yield problem.half_done(run, alias, is_gone=standing.is_gone)


def _out_of_order(standings: Iterable[Standing], target: Migration | None) -> Iterator[Finding]:
    standings = tuple(standings)
    rows = [standing.version for standing in standings if standing.applied]
    highest = max(rows, key=number_of, default="")
    for standing in standings:
        late = not standing.applied and number_of(standing.version) < number_of(highest)
        if late and standing.migration and _within(standing.version, target):
            yield problem.out_of_order(standing.migration, highest)


def _rollback_step(standing: Standing, world: World) -> tuple[Step | None, tuple[Finding, ...]]:
    migration = standing.migration
    if migration is None:
        said = tuple(p for p in world.directory.problems if standing.version in stems(p))
        return None, said or (problem.missing(standing.version, world.alias),)
    if standing.is_changed:
        return None, (problem.changed(migration, world.alias),)
    if standing.applied and standing.applied.stands_for:
        return None, (problem.rollback_of_squashed(migration, standing.applied.stands_for),)
    reason = migration.header.get("Irreversible")
    if reason is not None or not migration.down.statements:
        return None, (irreversible(migration, reason, world.alias),)
    return _runnable(Step(migration, "down"), standing.unfinished, world)


def _runnable(
    step: Step, run: Unfinished | None, world: World
) -> tuple[Step, tuple[Finding, ...]]:
    """Return the step, resumed where an earlier run stopped, and what speaks against it."""
    refused = transaction_problems(step.migration, world.server_version)
    refused += heading_problems(step.migration)
    if step.direction == "down":  # trouble with the UP half must not stop a rollback
        lines = {statement.line for statement in step.part.statements}
        refused = tuple(f for f in refused if lines & {place.line for place in f.locations})
    # Whoever runs it holds the lock, and under the lock the plan is made again.
    if run is None or run.alive or run.direction != step.direction:
        return step, refused
    statements = step.part.statements
    killed = not run.error and run.done < run.running <= len(statements)
    if killed and statements[run.running - 1].verb in _UNKNOWN_AFTER_A_KILL:
        stopped_in = statements[run.running - 1]
        found = problem.unknown_effect(step.migration, stopped_in, run, world.alias)
        return step, (*refused, found)
    if run.done and (
        step.part.transactional or done_checksum(statements[: run.done]) != run.done_checksum
    ):
        return step, (*refused, problem.done_part_changed(step.migration, run, world.alias))
    if 0 < run.done < len(statements) and (code := set_unseen(statements, run.done)):
        found = problem.session_lost(step.migration, code, statements[run.done], world.alias)
        return step, (*refused, found)
    return replace(step, done=run.done, failure=run), refused
