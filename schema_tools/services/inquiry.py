"""One migration in doubt: its file, what the history says, and the text that once ran."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath

from schema_tools.errors import LockHeld, MigrationFileError
from schema_tools.history.done import done_checksum
from schema_tools.history.fold import find_counted
from schema_tools.history.migration import Migration, number_of
from schema_tools.history.record import Applied, History, Unfinished
from schema_tools.history.standing import Standing, State, status
from schema_tools.services.past_text import PastText, past_migration, past_text
from schema_tools.services.target import Target


class Situation(enum.StrEnum):
    """Why somebody may want to settle a migration."""

    STOPPED = "stopped"
    STOPPED_BACK = "stopped_back"
    PENDING = "pending"
    APPLIED = "applied"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One migration, and the texts of it that there are.

    ``basis`` is the text whose statements are held against the database: the one that ran, and
    where that is not known the file's. ``past`` is what ran, or was applied, where the file is
    another text.
    """

    standing: Standing
    situation: Situation
    file: Migration | None
    basis: Migration | None
    past: PastText | None = None
    text_is_known: bool = True
    waits_for: str = ""
    """A version below it that is not applied."""

    @property
    def version(self) -> str:
        """Return the version that is looked at."""
        return self.standing.version

    @property
    def is_back(self) -> bool:
        """Return whether it is the rollback that stopped."""
        return self.situation is Situation.STOPPED_BACK

    @property
    def put_aside(self) -> str:
        """Return a name for the file under which no command looks at it."""
        return str(PurePath(self.file.path if self.file else "").with_name(f"_{self.version}.sql"))

    def replaced_by_file(self) -> Inquiry:
        """Return the same about the text that the file has now."""
        return replace(self, basis=self.file)

    @property
    def run(self) -> Unfinished | None:
        """Return the run that has stopped, if one has."""
        return self.standing.unfinished


def inquire(target: Target, history: History, name: str) -> Inquiry:
    """Return what file and history say of a version, which may be named as a user would.

    Raises ConfigurationError for an unknown one, LockHeld where it runs at this moment,
    MigrationFileError where its file cannot be read.
    """
    standings = {each.version: each for each in status(target.directory, history)}
    standing = standings[find_counted(standings, name, target.directory)]
    run, row = standing.unfinished, standing.applied
    if run and run.alive:
        raise LockHeld(
            f"statement {run.running} of {run.version} runs at this moment, in server process "
            f"{run.backend}",
            hint="Wait for it to end, then look again.",
        )
    _refuse_unreadable(target, standing)
    if run is not None:
        return _stopped(target, standing, run)
    file = standing.migration
    if row is None:
        waits_for = _first_pending(standings.values(), standing)
        return Inquiry(standing, Situation.PENDING, file, file, waits_for=waits_for)
    if standing.state is State.APPLIED:
        return Inquiry(standing, Situation.APPLIED, file, file)
    past = past_text(target, row)
    basis = past_migration(row, past)
    situation = Situation.CHANGED if file else Situation.MISSING
    known = basis is not None
    return Inquiry(standing, situation, file, basis or file, past, text_is_known=known)


def _first_pending(standings: Iterable[Standing], standing: Standing) -> str:
    below = number_of(standing.version)
    pending = (
        each.version
        for each in standings
        if not each.applied and each.migration and number_of(each.version) < below
    )
    return next(pending, "")


def _refuse_unreadable(target: Target, standing: Standing) -> None:
    if standing.migration is not None:
        return
    for problem in target.directory.problems:
        for place in problem.locations:
            if PurePath(place.path).name == f"{standing.version}.sql":
                raise MigrationFileError(
                    problem.message, path=place.path, line=place.line, hint=problem.hint
                )


def _stopped(target: Target, standing: Standing, run: Unfinished) -> Inquiry:
    """Return a half-run file with the text that ran; the file, where that stands in it."""
    file = standing.migration
    situation = Situation.STOPPED_BACK if run.direction == "down" else Situation.STOPPED
    if file is not None and _has_what_ran(file, run):
        applied = _other_text(target, file, standing.applied)
        return Inquiry(standing, situation, file, file, applied)
    past = past_text(target, run)
    basis = past_migration(run, past)
    known = basis is not None
    return Inquiry(standing, situation, file, basis or file, past, text_is_known=known)


def _other_text(target: Target, file: Migration, row: Applied | None) -> PastText | None:
    """Return the text that was applied, where a mended rollback part makes the file another."""
    if row is None or row.checksum.lower() in {"", file.checksum}:
        return None
    return past_text(target, row)


def _has_what_ran(file: Migration, run: Unfinished) -> bool:
    if file.checksum == run.checksum:
        return True
    part = file.down if run.direction == "down" else file.up
    done = part.statements[: run.done]
    is_whole = not (run.done and part.transactional)
    # Of a statement whose outcome is not known, the text has to be the same, too.
    return run.is_settled and is_whole and done_checksum(done) == run.done_checksum
