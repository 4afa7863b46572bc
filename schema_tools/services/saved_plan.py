"""Save the plan of an apply, and hold a later run to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from schema_tools import __version__
from schema_tools.errors import ConfigurationError
from schema_tools.history.plan import Plan
from schema_tools.history.record import History
from schema_tools.history.saved_plan import (
    SavedPlan,
    history_fingerprint,
    moved,
    now,
    read_plan,
    steps_of,
)
from schema_tools.services.run import Planner
from schema_tools.services.target import Target
from schema_tools.services.whole_file import replace_file


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks of an apply, and a saved plan repeats."""

    target: str = ""
    fake: bool = False
    allow_out_of_order: bool = False


def save_plan(target: Target, plan: Plan, history: History, asked: Asked, path: Path) -> None:
    """Write the plan, and what it was made for; raises Unavailable where that cannot be."""
    from schema_tools.services.fingerprint import fingerprint_of  # only a saved plan needs it

    saved = SavedPlan(
        database=str(target.facts["name"]),
        made_at=now(),
        tool_version=__version__,
        target=asked.target,
        fake=asked.fake,
        allow_out_of_order=asked.allow_out_of_order,
        history=history_fingerprint(history),
        schema=fingerprint_of(target),
        steps=steps_of(plan),
    )
    replace_file(path, saved.text().encode(), "the plan")


def load_plan(path: Path, asked: Asked) -> SavedPlan:
    """Return a saved plan; raises ConfigurationError where the command line asks for its own."""
    if asked != Asked():
        raise ConfigurationError(
            "--from-plan says what runs; TARGET, --fake and --allow-out-of-order cannot be given "
            "beside it",
            hint="Give them to --save-plan.",
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--from-plan {path} cannot be read: {error.strerror}") from error
    return read_plan(data, str(path))


def asked_by(saved: SavedPlan) -> Asked:
    """Return what was asked of the apply whose plan was saved."""
    return Asked(saved.target, saved.fake, saved.allow_out_of_order)


def held_to(target: Target, planner: Planner, saved: SavedPlan, path: Path) -> Planner:
    """Refuse a plan where files, history or schema are not as they were when it was saved."""
    from schema_tools.services.fingerprint import fingerprint_of  # only a saved plan needs it

    def plan(history: History) -> Plan:
        found = planner(history)
        changed = moved(saved, found, history, fingerprint_of(target), str(path))
        return replace(found, problems=(*found.problems, *changed))

    return plan
