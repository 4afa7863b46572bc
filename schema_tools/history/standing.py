"""Where each version stands, told by its file and by the history."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

from schema_tools.findings import Finding
from schema_tools.history.directory import Directory
from schema_tools.history.fold import fold
from schema_tools.history.migration import Migration, number_of
from schema_tools.history.record import Applied, History, Unfinished


class State(enum.StrEnum):
    """Where a migration stands; the value is what users and JSON see."""

    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    MISSING = "missing"
    BROKEN = "broken"
    OUT_OF_ORDER = "out_of_order"
    FAILED = "failed"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Standing:
    """A version, its state, and what is known of it from file and history.

    ``is_told`` says that a problem of the folder speaks of it already, ``is_gone`` that there is
    no file, not even one that cannot be read.
    """

    version: str
    state: State
    migration: Migration | None = None
    applied: Applied | None = None
    unfinished: Unfinished | None = None
    is_told: bool = False
    is_gone: bool = False

    @property
    def is_changed(self) -> bool:
        """Return whether the file is not what was applied, and no rollback has begun in it.

        One that has goes on, as an apply does: the rest of its text may be what had to be mended.
        """
        file, row, run = self.migration, self.applied, self.unfinished
        if file is None or row is None or not differs(file, row):
            return False
        if run is None or run.direction != "down" or not run.done:
            return True
        return not (run.is_settled or run.checksum == file.checksum)


def status(directory: Directory, history: History) -> tuple[Standing, ...]:
    """Return where each version stands, files and history rows together, in their order.

    Of a squashed file and what it stands for, those that this database goes by.
    """
    return standings_in(*fold(directory, history))


def standings_in(directory: Directory, history: History) -> tuple[Standing, ...]:
    """Return where each version stands once squashed files are settled (``fold``)."""
    files = {migration.version: migration for migration in directory.migrations}
    rows = {row.version: row for row in history.applied}
    runs = {run.version: run for run in history.unfinished if _matters(run, files, rows)}
    broken = {stem for finding in directory.problems for stem in stems(finding)}
    highest = max(map(number_of, rows), default=-1)
    standings = []
    for version in sorted(
        {*files, *rows, *runs}, key=lambda version: (number_of(version), version)
    ):
        migration, row, run = files.get(version), rows.get(version), runs.get(version)
        state = _state(migration, row, run)
        if state is State.MISSING and version in broken:
            state = State.BROKEN
        if state is State.PENDING and number_of(version) < highest:
            state = State.OUT_OF_ORDER
        is_told = version in directory.lost
        is_gone = migration is None and version not in broken
        standings.append(Standing(version, state, migration, row, run, is_told, is_gone))
    return tuple(standings)


def _state(migration: Migration | None, row: Applied | None, run: Unfinished | None) -> State:
    if run is not None:
        return State.RUNNING if run.alive else State.FAILED
    if migration is None:
        return State.MISSING
    if row is None:
        return State.PENDING
    return State.CHANGED if differs(migration, row) else State.APPLIED


def _matters(run: Unfinished, files: Collection[str], rows: Collection[str]) -> bool:
    """Leave out failures that left nothing behind and that no file waits to mend."""
    waits = run.direction == "up" and run.version in files and run.version not in rows
    return run.may_have_effects or waits


def differs(migration: Migration, row: Applied) -> bool:
    """Return whether a file is not the text that its row has the checksum of."""
    return bool(row.checksum) and row.checksum.lower() != migration.checksum


def stems(finding: Finding) -> set[str]:
    """Return the versions of the files that a finding speaks of."""
    return {PurePath(location.path).stem for location in finding.locations}
