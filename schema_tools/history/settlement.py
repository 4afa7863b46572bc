"""What may be done about a migration whose history is in doubt, from what the database shows.

Two things can be settled: that statements count as run, and that they count as not run. Each is
offered where the schema proves it. Statements that leave no trace in a schema nobody can see; they
are named, and a person has to vouch for them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schema_tools.history.loss import losses
from schema_tools.history.migration import Statement
from schema_tools.history.record import Unfinished
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.schema.comparison.extent import Extent

APPLIED, ROLLED_BACK = "--applied", "--rolled-back"

# Whether these took effect before a kill only a look can tell: they may commit by themselves.
_CODE = frozenset({"DO", "CALL"})
# They are about the session, or about nothing that anybody could miss.
_PASSING = frozenset("SET RESET SHOW LOCK DISCARD ANALYZE VACUUM CHECKPOINT".split())
# Run in a replay without a trace, they do nothing where there is already, or not, what they name.
_IDEMPOTENT = ("CREATE ", "DROP ", "COMMENT ON", "SECURITY LABEL", "GRANT", "REVOKE")


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
class Doubt:
    """A statement of which nobody can see whether it has run, or what it has done; and why."""

    statement: Statement
    why: str


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


@dataclass(frozen=True, slots=True)
class Case:
    """A migration whose statements in one direction are held against a database.

    ``seen`` is None where the schemas could not be had. ``replayed`` is how many statements a
    replay could run, ``unseen`` why not more; ``left_out`` says by its number why it has passed
    over one. ``run`` is the unfinished run, ``recorded`` whether the file counts as applied.
    ``leftover`` is an invalid index of a build or drop that was cut short; ``repairable`` says
    that but for it the database is where the run stopped, and that the next run takes care of it.
    ``text_is_known`` is false where the run's text is not the one at hand.
    """

    statements: tuple[Statement, ...]
    seen: Extent | None
    unseen: str = ""
    replayed: int = 0
    left_out: Mapping[int, str] = field(default_factory=dict)
    run: Unfinished | None = None
    recorded: bool = False
    transactional: bool = True
    leftover: str = ""
    repairable: bool = False
    text_is_known: bool = True

    @property
    def total(self) -> int:
        """Return the number of statements."""
        return len(self.statements)

    @property
    def fits(self) -> tuple[int, ...]:
        """Return the numbers of statements after which the database may be."""
        return self.seen.fits if self.seen else ()

    @property
    def done(self) -> int:
        """Return how many statements the history knows to have run."""
        if not self.text_is_known:
            return 0
        return self.run.done if self.run else self.total * self.recorded

    @property
    def cut_short(self) -> int:
        """Return the number of the code that was running when its client died; 0 for none."""
        run = self.run
        if run is None or run.error or not run.done < run.running <= self.total:
            return 0
        return run.running if self._verb(run.running) in _CODE else 0

    @property
    def may_have_run(self) -> int:
        """Return the number of the last statement that may have taken effect."""
        if self.run is None:
            return self.total if self.recorded else 0
        is_open = not self.run.error or self._verb(self.run.running) in _CODE
        return max(self.run.done, self.run.running if is_open else 0)

    def _verb(self, number: int) -> str:
        return self.statements[number - 1].verb if 0 < number <= self.total else ""

    def goes_on(self) -> bool:
        """Return whether the same command as before may simply be run again."""
        run = self.run
        if run is None or not self.text_is_known or self.cut_short:
            return False
        after = {run.done}
        if not run.error and 0 < run.running <= self.total:
            statement = self.statements[run.running - 1]
            after |= {run.running} if needs_no_transaction(statement) else set()
        return self.repairable or bool(after.intersection(self.fits))


def forward(case: Case, *, back: bool = False) -> Offer | Refusal:
    """Return the settlement by which all of it, or what was cut short, counts as run.

    ``back`` says that the statements are those of the rollback.
    """
    if case.seen is None:
        return _unseen(case)
    stopped = case.cut_short
    if stopped and stopped < case.total and stopped in case.fits:
        then = "the next run goes on with the statement after it"
        return Offer(Deed.COUNT_AS_RUN, then, _code_in_doubt(case, stopped))
    if case.replayed < case.total:
        return Refusal(
            f"a replay comes no further than statement {case.replayed}, so whether all of "
            f"{_it(back)} is there cannot be proven: {case.unseen}"
        )
    if case.total not in case.fits:
        return Refusal(f"the database does not have all of {_it(back)}", _by_hand(back))
    deed = Deed.TAKE_OUT if back else Deed.RECORD
    then = "it no longer counts as applied" if back else "it counts as applied"
    return Offer(deed, then, tuple(_not_seen_to_run(case)))


def backward(case: Case, *, back: bool = False) -> Offer | Refusal:
    """Return the settlement by which nothing of it, or not what was cut short, counts as run."""
    if case.seen is None:
        return _unseen(case)
    stopped = case.cut_short
    if stopped and case.done and case.done in case.fits:
        then = "the next run begins with that statement"
        return Offer(Deed.RUN_AGAIN, then, _code_in_doubt(case, stopped))
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
    doubts = tuple(_not_seen_to_be_undone(case, back=back))
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


def _code_in_doubt(case: Case, number: int) -> tuple[Doubt, ...]:
    statement = case.statements[number - 1]
    return (Doubt(statement, "its client died while it ran, and it may commit by itself"),)


def _not_seen_to_run(case: Case) -> Iterable[Doubt]:
    """Yield statements of which neither schema nor history prove that they have run."""
    earliest = min(case.fits)
    for number in range(case.done + 1, case.total + 1):
        if why := _why_unprovable(case, number):
            yield Doubt(case.statements[number - 1], why)
        elif number > earliest and not _is_void(case, number):
            yield Doubt(case.statements[number - 1], "without it the schema would be the same")


def _not_seen_to_be_undone(case: Case, *, back: bool) -> Iterable[Doubt]:
    """Yield statements that may have run, and of which a schema cannot show that they have not."""
    latest = max(case.fits)
    destroyed = dict(losses(case.statements)) if back else {}
    for number in range(1, case.may_have_run + 1):
        statement = case.statements[number - 1]
        if why := _why_unprovable(case, number):
            yield Doubt(statement, why)
        elif statement in destroyed:
            yield Doubt(statement, f"it {destroyed[statement]}: data are not seen here")
        elif number <= latest and not _is_void(case, number):
            yield Doubt(statement, "with it the schema would be the same")


def _why_unprovable(case: Case, number: int) -> str:
    """Return why a schema does not show whether a statement has run, "" where it does."""
    statement = case.statements[number - 1]
    if _is_passing(statement):
        return ""
    if number in case.left_out:
        return case.left_out[number]
    if number > case.replayed:
        return "a replay does not come as far"
    if statement.verb in _CODE and not case.transactional:
        return "it may commit by itself before its end"
    return "" if case.seen is None or not _is_traceless(case, number) else "it leaves no trace"


def _is_traceless(case: Case, number: int) -> bool:
    traceless = case.seen is not None and number in case.seen.traceless
    return traceless and not _is_void(case, number)


def _is_void(case: Case, number: int) -> bool:
    """Return whether a statement does nothing here that is to be proven."""
    statement = case.statements[number - 1]
    if _is_passing(statement):
        return True
    traceless = case.seen is not None and number in case.seen.traceless
    return traceless and number not in case.left_out and statement.verb.startswith(_IDEMPOTENT)


def _is_passing(statement: Statement) -> bool:
    return statement.verb.split(" ")[0] in _PASSING


def accept(case: Case, added: Iterable[int], removed: Iterable[Doubt]) -> Offer:
    """Return the offer to take a changed file for what was applied: both make the same schema.

    ``added`` are the numbers of statements that were not in the applied text.
    """
    doubts = [
        Doubt(case.statements[number - 1], why)
        for number in added
        if (why := _why_unprovable(case, number))
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
    it = _it(back)
    if case.done in case.fits and case.done:
        by_schema = len(case.fits) > 1
        return _there(case.done, case.total, it) + ", as the history says, too" * by_schema
    if not case.fits:
        return (
            f"The database is neither as it was before {it}, nor as it is after all of it or any "
            "of its statements"
        )
    if len(case.fits) == 1:
        return _there(case.fits[0], case.total, it)
    each = "; ".join(_there(number, case.total, it) for number in case.fits)
    return f"The schema tells no more than that one of these is true: {each}"


def _there(number: int, total: int, it: str) -> str:
    if number in {0, total}:
        return f"{'All' if number else 'Nothing'} of {it} is there"
    return (
        f"Statement 1 of {total} is there"
        if number == 1
        else f"Statements 1 to {number} of {total} are there"
    )
