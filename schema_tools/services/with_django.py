"""Run Django's own migrations with the SQL files, in one order and under one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db.backends.base.base import BaseDatabaseWrapper

from schema_tools.findings import Finding, NotChecked, Report, Table
from schema_tools.history import problems as problem
from schema_tools.history.header import listed
from schema_tools.history.plan import Plan, Step, World
from schema_tools.history.progress import Tell
from schema_tools.history.turns import Turn, in_turns
from schema_tools.postgres.lock import RunnerLock
from schema_tools.postgres.stop import Stop
from schema_tools.reports.words import counted
from schema_tools.services.beside import Beside
from schema_tools.services.django_graph import DjangoGraph, own_connection
from schema_tools.services.django_run import DjangoRun
from schema_tools.services.run import Waiting, limits_of
from schema_tools.services.target import Target

_LOOK_SECONDS = 0.2
_MOST = 5  # are named where they do not run
# Django loads modules anew and keeps models in one registry: not by several threads at a time.
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, slots=True)
class How:
    """What is asked of a run: recorded only, files only for a look, up to a file or to the end."""

    fake: bool = False
    look: bool = False
    to_the_end: bool = True


class WithDjango(Beside):
    """Django's migrations that files require before each of them; all others in the end."""

    def __init__(
        self, target: Target, wrapper: BaseDatabaseWrapper, how: How, run: DjangoRun, stop: Stop
    ) -> None:
        self._target, self._wrapper, self._how, self._stop = target, wrapper, how, stop
        self._run = run
        self._turns: tuple[Turn, ...] = ()

    @property
    def count(self) -> int:  # type: ignore[override]  # it is not known before there is a plan
        """Return how many of Django's migrations are to run."""
        return len(self._pending)

    @property
    def done(self) -> int:  # type: ignore[override]  # as above
        """Return how many of them have."""
        return len(self._run.ran)

    @property
    def is_due(self) -> bool:
        """Return whether to go on without a file: to the end, Django's signals are sent."""
        return self._how.to_the_end or bool(self.count)

    @property
    def names(self) -> tuple[str, ...]:
        """Return what is to run, as a question names it."""
        return tuple(f"{name} (Django)" for name in self._pending)

    @property
    def _pending(self) -> tuple[str, ...]:
        return tuple(name for turn in self._turns for name in turn.django)

    def world(self, world: World) -> World:
        """Take what files require for applied, as it will be; but not for a look."""
        if self._how.look:
            return world
        required = {
            name
            for file in self._target.directory.migrations
            for name in listed(file.header, "Requires")
        }
        return replace(world, django_applied=frozenset(required))

    def planned(self, plan: Plan) -> Plan:
        """Put both in order, as files and history are now; name what is required and unknown."""
        with self._turn():
            graph = self._run.graph = DjangoGraph(self._wrapper, self._run.progress)
        applied = graph.applied
        self._turns = in_turns(
            plan.steps,
            applied,
            needs=graph.needs,
            rest=graph.ends if self._how.to_the_end else (),
        )
        unknown = tuple(_unknown(plan, lambda name: name in applied or graph.knows(name)))
        return replace(plan, problems=(*plan.problems, *unknown))

    def before(self, step: Step, lock: RunnerLock) -> None:
        """Run what a file requires."""
        for at, turn in enumerate(self._turns):
            if turn.version == step.migration.version and turn.django:
                self._migrate(turn, lock, files=at)

    def behind(self, lock: RunnerLock) -> None:
        """Run the rest, and tell Django's receivers that all is done."""
        if not self.is_due:
            return
        *files, rest = self._turns
        self._migrate(rest, lock, files=len(files))
        with self._turn():
            self._run.finish(self._pending, lock)

    def text_before(self, step: Step | None) -> str:
        """Return Django's migrations before a file with what they do, in Django's words."""
        version = step.migration.version if step else None
        return "\n\n".join(
            self._run.text(name)
            for turn in self._turns
            if turn.version == version
            for name in turn.django
        )

    def told(self, report: Report) -> Report:
        """Return the report with Django's migrations."""
        ran = self._run.ran
        facts: list[object] = [
            {"migration": name, "before": turn.version, "execution_time_ms": ran.get(name)}
            for turn in self._turns
            for name in turn.django
        ]
        rows = tuple((name, f"{milliseconds} ms") for name, milliseconds in ran.items())
        table = (Table(("Django's migration", "took"), rows),) if rows else ()
        missed = (self._not_looked_at(),) if self._how.look and self._pending else ()
        return replace(
            report,
            tables=(*report.tables, *table),
            not_checked=(*report.not_checked, *missed),
            facts={**report.facts, "django": facts},
        )

    def _not_looked_at(self) -> NotChecked:
        names = ", ".join(self._pending[:_MOST]) + (" …" if self.count > _MOST else "")
        what = counted(self.count, "migration")
        return NotChecked(f"{what} of Django's ({names})", "a dry run runs SQL files alone")

    def _migrate(self, turn: Turn, lock: RunnerLock, *, files: int) -> None:
        self._run.files, self._run.total = files, len(self._turns) - 1 + self.count
        with self._turn():
            self._run.migrate(self._pending, turn.django, lock)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other thread is at Django's migrations."""
        while not _ONE_AT_A_TIME.acquire(timeout=_LOOK_SECONDS):
            self._stop.check()
        try:
            yield
        finally:
            _ONE_AT_A_TIME.release()


@contextmanager
def with_django(
    target: Target, how: How, waiting: Waiting, tell: Tell, stop: Stop
) -> Iterator[WithDjango]:
    """Yield what runs Django's migrations beside the files, over a connection of their own."""
    with own_connection(target.alias, target.way.alias) as wrapper:
        run = DjangoRun(
            target, wrapper, limits_of(target, waiting), tell=tell, stop=stop, fake=how.fake
        )
        yield WithDjango(target, wrapper, how, run, stop)


def _unknown(plan: Plan, knows: Callable[[str], bool]) -> Iterator[Finding]:
    for step in plan.steps:
        for name in listed(step.migration.header, "Requires"):
            if not knows(name):
                yield problem.unknown_requirement(step.migration, name)
