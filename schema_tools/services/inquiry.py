"""Look at one migration: file, history, what once ran, and how much of it the database has."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from psycopg import Connection

from schema_tools.errors import ConfigurationError, LockHeld, MigrationFileError
from schema_tools.history.directory import find_migration
from schema_tools.history.migration import Migration, Part
from schema_tools.history.plan import Standing, State, done_checksum, number_of, status
from schema_tools.history.record import Applied, History, Unfinished
from schema_tools.history.settlement import Case
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.keys import Key
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.comparison.extent import extent
from schema_tools.schema.objects import Schema
from schema_tools.services.live import beside, history_tables
from schema_tools.services.past_text import PastText, past_migration, past_text
from schema_tools.services.replay_steps import Steps, replay_steps
from schema_tools.services.target import Target
from schema_tools.services.wanted import Wanted


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
    where that is not known the file's. ``past`` is what ran where the file does not have it.
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
    standing = standings[find_migration(standings, name)]
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
            if place.path.endswith(f"{standing.version}.sql"):
                raise MigrationFileError(
                    problem.message, path=place.path, line=place.line, hint=problem.hint
                )


def _stopped(target: Target, standing: Standing, run: Unfinished) -> Inquiry:
    """Return a half-run file with the text that ran; the file, where that stands in it."""
    file = standing.migration
    situation = Situation.STOPPED_BACK if run.direction == "down" else Situation.STOPPED
    if file is not None and _has_what_ran(file, run):
        return Inquiry(standing, situation, file, file)
    past = past_text(target, run)
    basis = past_migration(run, past)
    known = basis is not None
    return Inquiry(standing, situation, file, basis or file, past, text_is_known=known)


def _has_what_ran(file: Migration, run: Unfinished) -> bool:
    if file.checksum == run.checksum:
        return True
    part = file.down if run.direction == "down" else file.up
    # Of a statement whose outcome is not known, the text has to be the same, too.
    is_settled = bool(run.error) or run.running <= run.done
    done = part.statements[: run.done]
    is_whole = not (run.done and part.transactional)
    return is_settled and is_whole and done_checksum(done) == run.done_checksum


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a replay has shown of a migration, to be held against the database now."""

    inquiry: Inquiry
    wanted: Wanted
    steps: Steps | None = None
    unseen: str = ""

    @property
    def stopped_at(self) -> str:
        """Return what failed in the replay, or ""."""
        return self.steps.failure.message if self.steps and self.steps.failure else ""

    def read(self, connection: Connection[Any]) -> Schema:
        """Return what the database has of what was replayed."""
        return self.wanted.read(connection)

    def case(self, live: Schema) -> Case:
        """Return what can be decided on."""
        inquiry, steps = self.inquiry, self.steps
        part = _part(inquiry)
        case = Case(
            part.statements,
            None,
            self.unseen or self.stopped_at,
            run=inquiry.run,
            recorded=inquiry.standing.applied is not None,
            transactional=part.transactional,
            text_is_known=inquiry.text_is_known,
        )
        if steps is None or not steps.states:
            return case
        seen = replace(
            case,
            seen=extent(steps.states, live, later=steps.later),
            replayed=len(steps.states) - 1,
            left_out=steps.left_out,
        )
        return _with_leftover(seen, steps, live)


def gather_evidence(
    target: Target, history: History, inquiry: Inquiry, scratch: Scratch
) -> Evidence:
    """Replay the files that are applied, and the migration among them, a statement at a time."""
    wanted = wanted_of(target)
    unknown = Evidence(inquiry, wanted, unseen="its text is not known")
    if inquiry.basis is None:
        return unknown
    try:
        before, after = _around(target, history, inquiry)
    except ConfigurationError as error:
        return replace(unknown, unseen=str(error))
    basis = inquiry.basis
    if inquiry.is_back:
        basis = replace(basis, up=basis.down)
    steps = replay_steps(target.alias, scratch, wanted, basis, before=before, after=after)
    evidence = Evidence(inquiry, steps.wanted, steps)
    is_cut = steps.failure is not None and bool(after) and steps.later is None
    if steps.failure is not None and (is_cut or not steps.states):
        return replace(evidence, steps=None, unseen=steps.failure.message)
    return evidence


def wanted_of(target: Target) -> Wanted:
    """Return what to read of the database, and of the replays that it is held against."""
    wanted = Wanted(target.settings.schemas, passed_over=history_tables(target.settings))
    return beside(wanted, target.connection, target.settings)


def _around(
    target: Target, history: History, inquiry: Inquiry
) -> tuple[Sequence[Migration], Sequence[Migration]]:
    """Return the files applied before it and those applied after it, as they were then.

    A rollback that has stopped comes after all of them, its own file included.
    """
    files = {each.version: each for each in target.directory.migrations}
    own = inquiry.standing.applied
    before: list[Migration] = []
    after: list[Migration] = []
    for row in history.applied:
        if row.version == inquiry.version and not inquiry.is_back:
            continue
        is_later = own is not None and row.position > own.position and not inquiry.is_back
        (after if is_later else before).append(_as_applied(target, row, files.get(row.version)))
    return before, after


def _as_applied(target: Target, row: Applied, file: Migration | None) -> Migration:
    if file is not None and row.checksum.lower() in {"", file.checksum}:
        return file
    found = past_migration(row, past_text(target, row))
    if found is None:
        raise ConfigurationError(
            f"the text of {row.version}, which is applied too, is not known: settle that first"
        )
    return found


def _part(inquiry: Inquiry) -> Part:
    if inquiry.basis is None:
        return Part()
    return inquiry.basis.down if inquiry.is_back else inquiry.basis.up


def _with_leftover(case: Case, steps: Steps, live: Schema) -> Case:
    """Return the case with the invalid index that a build or drop has left which was cut short."""
    run = case.run
    if run is None or not run.done < run.running <= case.total or run.done >= len(steps.states):
        return case
    stopped_in, before = case.statements[run.running - 1], steps.states[run.done]
    if "INDEX" not in stopped_in.verb or not needs_no_transaction(stopped_in):
        return case
    invalid = [
        key
        for key, found in live.objects.items()
        if getattr(found, "valid", True) is False
        and getattr(before.get(key), "valid", True)
        and _is_named(key, stopped_in.text)
    ]
    if not invalid:
        return case
    mended = extent(steps.states, live.replaced({key: before.get(key) for key in invalid}))
    elsewhere = mended.elsewhere if run.done in mended.fits else case.seen and case.seen.elsewhere
    return replace(
        case,
        seen=case.seen and replace(case.seen, elsewhere=elsewhere),
        leftover=f"{invalid[0].schema}.{invalid[0].name}",
        repairable=run.done in mended.fits,
    )


def _is_named(key: Key, text: str) -> bool:
    """Return whether a statement names an object, rather than leaving its name to the server."""
    return key.name in text.lower() or key.name.replace('"', '""') in text
