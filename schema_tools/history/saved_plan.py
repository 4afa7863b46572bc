"""A plan in a file, to be looked at by somebody and run later exactly as it was agreed to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding
from schema_tools.history.plan import Plan
from schema_tools.history.problems import problem
from schema_tools.history.record import History

FORMAT_VERSION = 1
_ANEW = "Look at the change, and save a new plan with --save-plan."


@dataclass(frozen=True, slots=True)
class SavedStep:
    """A file and its direction; ``done`` statements were completed by an earlier run."""

    version: str
    direction: str
    checksum: str
    done: int


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What was to run, and the state of files, history and schema that it was made for.

    ``target``, ``fake`` and ``allow_out_of_order`` are what the command was asked; ``history`` and
    ``schema`` are fingerprints. ``database`` is the name it was made for, to be told to people: in
    which database a plan runs is not its business, as long as that one is in the same state.
    """

    database: str
    made_at: str
    tool_version: str
    target: str
    fake: bool
    allow_out_of_order: bool
    history: str
    schema: str
    steps: tuple[SavedStep, ...]

    def text(self) -> str:
        """Return what the file holds: JSON."""
        content = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def steps_of(plan: Plan) -> tuple[SavedStep, ...]:
    """Return what a file says of a plan's steps."""
    return tuple(
        SavedStep(step.migration.version, step.direction, step.migration.checksum, step.done)
        for step in plan.steps
    )


def history_fingerprint(history: History) -> str:
    """Return what stands for the history: files applied, in their order, and what is half-done."""
    applied = [(row.version, row.checksum.lower()) for row in history.applied]
    half = [(run.version, run.direction, run.checksum, run.done) for run in history.unfinished]
    return hashlib.sha256(json.dumps([applied, half]).encode()).hexdigest()


def now() -> str:
    """Return the time for ``made_at``."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def moved(saved: SavedPlan, plan: Plan, history: History, schema: str, path: str) -> list[Finding]:
    """Return what has changed since a plan was saved: each of it stops the run."""
    applied = {row.version for row in history.applied}
    found = [
        problem("plan_moved", message, path=path, hint=_ANEW)
        for message in _moved(saved.steps, steps_of(plan), applied)
    ]
    if saved.history != history_fingerprint(history):
        message = "the history has changed since the plan was saved"
        found.append(problem("plan_moved", message, path=path, hint=_ANEW))
    if saved.schema != schema:
        message = "the database's schema has changed since the plan was saved"
        hint = f"validate_schema says what differs from the files. {_ANEW}"
        found.append(problem("plan_moved", message, path=path, hint=hint))
    return found


def _moved(
    before: tuple[SavedStep, ...], after: tuple[SavedStep, ...], applied: Collection[str]
) -> Iterator[str]:
    now_by_version = {step.version: step for step in after}
    for step in before:
        found = now_by_version.pop(step.version, None)
        if found is None and step.version in applied:
            yield f"{step.version} is applied by now"
        elif found is None:
            yield f"{step.version} would no longer run, as the saved plan says"
        elif found.checksum != step.checksum:
            yield f"{step.version} was changed after the plan was saved (its checksum differs)"
        elif found != step:
            yield f"of {step.version} another part would run than the saved plan says"
    for version in now_by_version:
        yield f"{version} would run too, which the saved plan does not know"


def read_plan(data: bytes, path: str) -> SavedPlan:
    """Return the plan of a file; raises ConfigurationError where it is none."""
    try:
        content = json.loads(data)
        version = content.pop("format_version")
        if version != FORMAT_VERSION:
            raise ConfigurationError(
                f"{path} is a plan of format {version}, this version reads {FORMAT_VERSION}",
                hint="Save it anew with the version that runs it.",
            )
        return _plan(content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"{path} is no plan that sqlmigrate_apply --save-plan has written",
            hint="Name the file that --save-plan has written, unchanged.",
        ) from error


def _plan(content: dict[str, Any]) -> SavedPlan:
    steps = tuple(SavedStep(**step) for step in content.pop("steps"))
    plan = SavedPlan(**content, steps=steps)
    texts = (
        plan.database,
        plan.made_at,
        plan.tool_version,
        plan.target,
        plan.history,
        plan.schema,
    )
    step_texts = (text for step in steps for text in (step.version, step.direction, step.checksum))
    right = (
        all(isinstance(text, str) for text in (*texts, *step_texts))
        and all(isinstance(flag, bool) for flag in (plan.fake, plan.allow_out_of_order))
        and all(type(step.done) is int for step in steps)
    )
    if not right:
        raise TypeError("a value is of another type")
    return plan
