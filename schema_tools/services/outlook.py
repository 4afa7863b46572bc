"""What can be settled about a migration, and what not: each flag with its offer or its reason."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from schema_tools.errors import ScratchUnavailable
from schema_tools.findings import NotChecked
from schema_tools.history.case import Case, Doubt
from schema_tools.history.record import History
from schema_tools.history.settlement import (
    APPLIED,
    ROLLED_BACK,
    Deed,
    Offer,
    Refusal,
    accept,
    accept_unseen,
    backward,
    forward,
)
from schema_tools.history.texts import added, runs_the_same, unified
from schema_tools.postgres.scratch import open_scratch
from schema_tools.reports.difference import text
from schema_tools.schema.difference import Difference, difference
from schema_tools.services.evidence import Evidence, gather_evidence, wanted_of
from schema_tools.services.inquiry import Inquiry, Situation, inquire
from schema_tools.services.read_history import read_history
from schema_tools.services.target import Target

ACCEPT, RESTORE = "--accept-checksum", "--restore"
FLAGS = (APPLIED, ROLLED_BACK, ACCEPT, RESTORE)
Answers = Mapping[str, Offer | Refusal]

_WRITE_ANOTHER = (
    "Put the applied text back, and write what is to be changed as a new migration: "
    "manage.py sqlmigrate_create NAME"
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a changed file makes otherwise; ``offer`` is None where that depends on the database.

    ``only_comments`` says that no statement of it is another.
    """

    only_comments: bool = False
    offer: Offer | Refusal | None = None
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """All that is known of a migration at one moment, and what may be done."""

    inquiry: Inquiry
    history: History
    evidence: Evidence
    case: Case
    answers: Answers
    change: Change = field(default_factory=Change)
    difference: str = ""
    not_checked: tuple[NotChecked, ...] = ()

    @property
    def diff(self) -> tuple[str, ...]:
        """Return what was changed in the file since it ran, as lines of a diff."""
        inquiry = self.inquiry
        if inquiry.file is None or inquiry.past is None:
            return ()
        name, origin = f"{inquiry.version}.sql", inquiry.past.origin
        return unified(inquiry.past.text, inquiry.file.text, name=name, origin=origin)

    @property
    def goes_on(self) -> str:
        """Return the command that may simply be run next, or ""."""
        situation, case = self.inquiry.situation, self.case
        if situation is Situation.PENDING:
            return "sqlmigrate_apply" if 0 in case.fits else ""
        if self.inquiry.basis is not self.inquiry.file or not case.goes_on():
            return ""
        if situation is Situation.STOPPED_BACK:
            return "sqlmigrate_rollback"
        return "sqlmigrate_apply" if situation is Situation.STOPPED else ""

    def again(self, target: Target) -> Answers:
        """Return the answers that the database gives now."""
        live = self.evidence.read(target.connection)
        return _answers(self.inquiry, self.evidence.case(live), self.change)


def look(target: Target, name: str) -> Look:
    """Look at a version; nothing is changed. Raises what ``inquire`` raises."""
    history = read_history(target)
    inquiry = inquire(target, history, name)
    try:
        with open_scratch(target.alias, target.settings, live=target.connection) as scratch:
            evidence = gather_evidence(target, history, inquiry, scratch)
            live = evidence.read(target.connection)
            evidence = evidence.reworded(live, scratch)
            change = Change()
            if inquiry.situation is Situation.CHANGED:
                new = inquiry.replaced_by_file()
                change = _change(inquiry, evidence, gather_evidence(target, history, new, scratch))
    except ScratchUnavailable as error:
        evidence = Evidence(inquiry, wanted_of(target), unseen=str(error))
        change = _change(inquiry, evidence, evidence)
        live = evidence.read(target.connection)
    live = evidence.in_its_words(live)
    case = evidence.case(live)
    seen, steps = case.seen, evidence.steps
    apart = ""
    if seen and steps and not seen.fits:
        found = Difference(steps.states[seen.nearest], live, {}, seen.difference)
        apart = text(found)
    return Look(
        inquiry,
        history,
        evidence,
        case,
        _answers(inquiry, case, change),
        change,
        apart,
        (
            *(NotChecked(what, reason) for what, reason in live.not_seen),
            *(steps.not_checked if steps else ()),
        ),
    )


def _change(inquiry: Inquiry, old: Evidence, new: Evidence) -> Change:
    """Judge a change of an applied file by what both texts make."""
    file, past = inquiry.file, inquiry.basis
    if file is None or past is None or not inquiry.text_is_known:
        return Change()
    if runs_the_same(past, file):
        return Change(True, Offer(Deed.ACCEPT, "it no longer counts as changed"))
    unseen = old.unseen or new.unseen or old.stopped_at or new.stopped_at
    if unseen or old.steps is None or new.steps is None:
        return Change(offer=Refusal(f"what the texts make could not be compared: {unseen}"))
    found = difference(old.steps.states[-1], new.steps.states[-1])
    if found:
        reason = "as it is now it makes another schema, as shown"
        return Change(offer=Refusal(reason, _WRITE_ANOTHER), difference=text(found))
    before, after = past.up.statements, file.up.statements
    unprovable = accept(old.case(old.steps.states[-1]), added(after, before), ()).doubts
    removed = [Doubt(each.statement, "it has run, and is no longer there") for each in unprovable]
    case = new.case(new.steps.states[-1])
    return Change(offer=accept(case, added(before, after), removed))


def _answers(inquiry: Inquiry, case: Case, change: Change) -> Answers:
    first, second = _settling(inquiry, case)
    return {
        APPLIED: first,
        ROLLED_BACK: second,
        ACCEPT: _accepting(inquiry, case, change),
        RESTORE: _restoring(inquiry),
    }


def _settling(inquiry: Inquiry, case: Case) -> tuple[Offer | Refusal, Offer | Refusal]:
    """Return the answers to ``--applied`` and ``--rolled-back``."""
    row = inquiry.standing.applied
    if row is not None and row.stands_for:
        return _RECORDED, _several(row.stands_for)
    match inquiry.situation:
        case Situation.STOPPED_BACK:
            return backward(case, back=True), forward(case, back=True)
        case Situation.STOPPED:
            return _recording(inquiry, case), backward(case)
        case Situation.PENDING:
            return _recording(inquiry, case), backward(case)
        case Situation.MISSING:
            return _RECORDED, backward(case)
        case Situation.APPLIED | Situation.CHANGED:
            # Where nothing of it leaves a trace, it may be gone as well as there.
            is_there = case.total in case.fits and 0 not in case.fits
            return _RECORDED, _ALL_THERE if is_there else backward(case)


def _several(stands_for: tuple[str, ...]) -> Refusal:
    return Refusal(
        f"it is on record as the {len(stands_for)} files that it stands for, not as itself",
        "Take these back from version control, and look at the one that is in doubt.",
    )


_RECORDED = Refusal("it is recorded as applied already")
_ALL_THERE = Refusal(
    "all of it is in the database",
    "To undo it: sqlmigrate_rollback on this database, file by file, with the text that was "
    "applied.",
)


def _recording(inquiry: Inquiry, case: Case) -> Offer | Refusal:
    if inquiry.file is None:
        return Refusal("there is no file of it", "Write it again first, with --restore.")
    if inquiry.basis is not inquiry.file:
        return Refusal(
            "the file does not say what has run (see what was changed)",
            "Put the statements that have run back as they were.",
        )
    if inquiry.waits_for:
        return Refusal(f"{inquiry.waits_for} comes before it, and is not applied")
    return forward(case)


def _accepting(inquiry: Inquiry, case: Case, change: Change) -> Offer | Refusal:
    if inquiry.situation is Situation.STOPPED_BACK:
        return Refusal("its rollback has stopped, which comes first")
    if inquiry.situation is not Situation.CHANGED:
        return Refusal("no file was changed that is recorded as applied")
    return change.offer or accept_unseen(case)


def _restoring(inquiry: Inquiry) -> Offer | Refusal:
    if inquiry.file is not None:
        return Refusal(
            "there is a file of that name, which is not written over",
            f"Move it away first: {shlex.join(['mv', inquiry.file.path, inquiry.put_aside])}",
        )
    if inquiry.past is None or inquiry.basis is None:
        return Refusal("its text is not known: neither the history nor git has it")
    return Offer(Deed.RESTORE, f"its text is that of {inquiry.past.origin}")
