"""What runs beside the files of a plan, under the same lock: nothing, where nobody says more."""

from __future__ import annotations

from schema_tools.findings import Report
from schema_tools.history.plan import Plan, Step, World
from schema_tools.postgres.lock import RunnerLock


class Beside:
    """Nothing runs beside the files.

    A run asks it for the world and the plan, which may become others, and lets it work ``before``
    each file and ``behind`` the last. ``count`` is how much it has to do, ``done`` how much is.
    """

    count = 0
    done = 0

    @property
    def is_due(self) -> bool:
        """Return whether there is something to do though no file is pending."""
        return False

    @property
    def names(self) -> tuple[str, ...]:
        """Return what is to run, as a question names it."""
        return ()

    def world(self, world: World) -> World:
        """Return what a plan of the files is made from."""
        return world

    def planned(self, plan: Plan) -> Plan:
        """Take note of the files' plan; return it with what speaks against it."""
        return plan

    def before(self, step: Step, lock: RunnerLock) -> None:
        """Do what has to be done before a file."""

    def behind(self, lock: RunnerLock) -> None:
        """Do what is left once all files are applied."""

    def text_before(self, step: Step | None) -> str:
        """Return what would run before a file, or behind the last, for people to read."""
        return ""

    def told(self, report: Report) -> Report:
        """Return the report of a run, or of a look, with what belongs to it."""
        return report


NOTHING = Beside()
