"""A migration in doubt: what of it a schema, or the history, proves to have run, and what not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schema_tools.history.loss import losses
from schema_tools.history.migration import Statement
from schema_tools.history.record import Unfinished
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.schema.comparison.extent import Extent

# Whether these took effect before a kill only a look can tell: they may commit by themselves.
_CODE = frozenset({"DO", "CALL"})
# They are about the session, or about nothing that anybody could miss.
_PASSING = frozenset("SET RESET SHOW LOCK DISCARD ANALYZE VACUUM CHECKPOINT".split())
# Run in a replay without a trace, they do nothing where there is already, or not, what they name.
_IDEMPOTENT = ("CREATE ", "DROP ", "COMMENT ON", "SECURITY LABEL", "GRANT", "REVOKE")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A statement of which nobody can see whether it has run, or what it has done; and why."""

    statement: Statement
    why: str


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
        if self.transactional:
            return self.run.done
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


def code_in_doubt(case: Case, number: int) -> tuple[Doubt, ...]:
    """Return the doubt about code that was running when its client died."""
    statement = case.statements[number - 1]
    return (Doubt(statement, "its client died while it ran, and it may commit by itself"),)


def not_seen_to_run(case: Case) -> Iterator[Doubt]:
    """Yield statements of which neither schema nor history prove that they have run."""
    earliest = min(case.fits)
    for number in range(case.done + 1, case.total + 1):
        if why := why_unprovable(case, number):
            yield Doubt(case.statements[number - 1], why)
        elif number > earliest and not _is_void(case, number):
            yield Doubt(case.statements[number - 1], "without it the schema would be the same")


def not_seen_to_be_undone(case: Case, *, back: bool) -> Iterator[Doubt]:
    """Yield statements that may have run, and of which a schema cannot show that they have not."""
    latest = max(case.fits)
    destroyed = dict(losses(case.statements)) if back else {}
    for number in range(1, case.may_have_run + 1):
        statement = case.statements[number - 1]
        if why := why_unprovable(case, number):
            yield Doubt(statement, why)
        elif statement in destroyed:
            yield Doubt(statement, f"it {destroyed[statement]}: data are not seen here")
        elif number <= latest and not _is_void(case, number):
            yield Doubt(statement, "with it the schema would be the same")


def why_unprovable(case: Case, number: int) -> str:
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
