"""What may be done about a migration whose history is in doubt, from what the database shows.

Two things can be settled: that statements count as run, and that they count as not run. Each is
offered where the schema proves it. Statements that leave no trace in a schema nobody can see; they
are named, and a person has to vouch for them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from schema_tools.history.case import (
    Case,
    Doubt,
    code_in_doubt,
    not_seen_to_be_undone,
    not_seen_to_run,
    why_unprovable,
)

APPLIED, ROLLED_BACK = "--applied", "--rolled-back"


class Deed(enum.StrEnum):
    """What a settlement does to the history."""

    RECORD = "record it as completely applied"
    TAKE_OUT = "take it out of what is applied"
    FORGET = "forget the run"
    COUNT_AS_RUN = "count the statement that was cut short as run"
    RUN_AGAIN = "count the statement that was cut short as not run"
    ACCEPT = "take the file as it is now for what was applied"
    RESTORE = "write the file again as it was"


@dataclass(frozen=True, slots=True)
class Offer:
    """A settlement that is safe; with doubts, only if a person vouches for these statements.

    ``then`` is what comes after it.
    """

    deed: Deed
    then: str
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a settlement is not safe, and what to do instead."""

    reason: str
    hint: str = ""


def forward(case: Case, *, back: bool = False) -> Offer | Refusal:
    """Return the settlement by which all of it, or what was cut short, counts as run.

    ``back`` says that the statements are those of the rollback.
    """
    if case.seen is None:
        return _unseen(case)
    stopped = case.cut_short
    if stopped and stopped < case.total and stopped in case.fits:
        then = "the next run goes on with the statement after it"
        return Offer(Deed.COUNT_AS_RUN, then, code_in_doubt(case, stopped))
    if case.replayed < case.total:
        return Refusal(
            f"a replay comes no further than statement {case.replayed}, so whether all of "
            f"{_it(back)} is there cannot be proven: {case.unseen}"
        )
    if case.total not in case.fits:
        return Refusal(f"the database does not have all of {_it(back)}", _by_hand(back))
    deed = Deed.TAKE_OUT if back else Deed.RECORD
    then = "it no longer counts as applied" if back else "it counts as applied"
    return Offer(deed, then, tuple(not_seen_to_run(case)))


def backward(case: Case, *, back: bool = False) -> Offer | Refusal:
    """Return the settlement by which nothing of it, or not what was cut short, counts as run."""
    if case.seen is None:
        return _unseen(case)
    stopped = case.cut_short
    if stopped and case.done and case.done in case.fits:
        then = "the next run begins with that statement"
        return Offer(Deed.RUN_AGAIN, then, code_in_doubt(case, stopped))
    if case.run is None and not case.recorded:
        return Refusal("no run of it is recorded, so there is nothing to forget")
    if not case.text_is_known:
        return Refusal(
            "what the run did is not known: the file was changed since, where it had run already",
            "Put the file back as it was (version control has it) and look again.",
        )
    if case.leftover:
        return Refusal(
            f"its invalid index {case.leftover} is left",
            f"The next run drops it; or DROP INDEX CONCURRENTLY {case.leftover};",
        )
    if 0 not in case.fits:
        return Refusal(f"the database has something of {_it(back)}", _by_hand(back))
    doubts = tuple(not_seen_to_be_undone(case, back=back))
    if case.recorded and not back:
        return Offer(Deed.TAKE_OUT, "it no longer counts as applied", doubts)
    then = "it counts as applied" if back else "it counts as pending, and runs from its beginning"
    return Offer(Deed.FORGET, then, doubts)


def _unseen(case: Case) -> Refusal:
    return Refusal(f"what is in the database could not be proven: {case.unseen}")


def _it(back: bool) -> str:
    return "its rollback" if back else "it"


def _by_hand(back: bool) -> str:
    what = "the rest of its rollback" if back else "the rest of it"
    return (
        f"Do {what} by hand, or undo what is there, until this command finds all of it or nothing."
    )


def accept(case: Case, added: Iterable[int], removed: Iterable[Doubt]) -> Offer:
    """Return the offer to take a changed file for what was applied: both make the same schema.

    ``added`` are the numbers of statements that were not in the applied text.
    """
    doubts = [
        Doubt(case.statements[number - 1], why)
        for number in added
        if (why := why_unprovable(case, number))
    ]
    return Offer(Deed.ACCEPT, _NO_LONGER_CHANGED, (*removed, *doubts))


def accept_unseen(case: Case) -> Offer | Refusal:
    """Return whether a file may be taken for what was applied, whose text nobody has kept."""
    found = forward(case)
    if isinstance(found, Refusal):
        return found
    unknown = Doubt(case.statements[0], "what was applied is not known, nor what was changed")
    return Offer(Deed.ACCEPT, _NO_LONGER_CHANGED, (unknown, *found.doubts))


_NO_LONGER_CHANGED = "its checksum is recorded, and it no longer counts as changed"


def how_far(case: Case, *, back: bool = False) -> str:
    """Say how much of it is in the database."""
    if case.seen is None:
        return f"What is in the database could not be proven: {case.unseen}"
    if case.repairable:
        there = _there(case.done, case.total, back=back)
        return (
            f"{there}, and the invalid index {case.leftover} of the statement that was cut short"
        )
    if case.done in case.fits and case.done:
        by_history = ", as the history says: the schema alone does not tell"
        there = _there(case.done, case.total, back=back)
        return there + by_history * (len(case.fits) > 1)
    if not case.fits:
        return (
            f"The database is neither as it was before {_it(back)}, nor as it is after all of it "
            "or any of its statements"
        )
    if len(case.fits) == 1:
        return _there(case.fits[0], case.total, back=back)
    each = "; ".join(_there(number, case.total, back=back) for number in case.fits)
    return f"The schema tells no more than that one of these is true: {each}"


def _there(number: int, total: int, *, back: bool) -> str:
    whole = number in {0, total}
    if whole:
        what = f"{'All' if number else 'Nothing'} of {_it(back)}"
    else:
        what = f"Statement 1 of {total}" if number == 1 else f"Statements 1 to {number} of {total}"
    several = number > 1 and not whole
    if not back:
        return f"{what} {'are' if several else 'is'} there"
    of_it = "" if whole else " of its rollback"
    return f"{what}{of_it} {'have' if several else 'has'} taken effect"
