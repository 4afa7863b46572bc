"""Adopt an existing database: record files as applied that it has been proven to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from schema_tools.django_models.migrations import Migrations
from schema_tools.errors import ConsentRefused, SchemaChanging
from schema_tools.findings import Finding, NotChecked, Report, Severity, Table
from schema_tools.history.adoption import BASELINE, in_order, plan_baseline
from schema_tools.history.fold import named_file
from schema_tools.history.migration import Migration
from schema_tools.history.other_tools import OtherHistory
from schema_tools.history.plan import Plan, World
from schema_tools.history.progress import LockAwaited, Tell, tell_nobody
from schema_tools.history.standing import Standing, status
from schema_tools.known.sift import Accepted, sift
from schema_tools.postgres.ledger import Happening, row_of
from schema_tools.postgres.lock import check_usable, runner_lock
from schema_tools.postgres.other_histories import last_version, read_other_histories
from schema_tools.reports.words import counted
from schema_tools.services.because import creator_of
from schema_tools.services.fingerprint import fingerprint_of
from schema_tools.services.known_findings import read_accepted
from schema_tools.services.prove import Proof, prove, wanted_of
from schema_tools.services.provenance import provenance
from schema_tools.services.read_history import read_history
from schema_tools.services.status import counts
from schema_tools.services.target import Target, open_target
from schema_tools.services.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before files are recorded though the database differs from them."""

    files: tuple[str, ...]
    differences: tuple[str, ...]


Consent = Callable[[Question], bool | None]
"""Says yes or no to a question; None where nobody can be asked."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was found under the lock: nothing was recorded yet unless ``recorded`` says so.

    ``known`` are differences that the project has accepted.
    """

    plan: Plan
    proof: Proof | None = None
    known: tuple[Finding, ...] = ()
    recorded: bool = False

    @property
    def differences(self) -> tuple[Finding, ...]:
        """Return what stands in the way; a mere note, such as another comment, does not."""
        found = self.proof.findings if self.proof else ()
        return tuple(each for each in found if each.severity > Severity.INFO)

    @property
    def may_be_agreed_to(self) -> bool:
        """Return whether there are differences, and nothing else, in the way."""
        return bool(self.differences and not self.recorded and self.proof and self.proof.files)


def adopt(
    alias: str,
    version: str,
    *,
    consent: Consent = lambda _question: None,
    lock_wait: float | None = None,
    tell: Tell = tell_nobody,
) -> Report:
    """Record the files up to VERSION as applied, once a replay of them equals the database.

    A report that is not ok touched nothing. Where they differ, ``consent`` is asked, without the
    lock; ConsentRefused is raised where it says no. Raises what reading settings, files and
    servers raises.
    """
    accepted = read_accepted(alias)
    with open_target(alias, purpose="sqlmigrate_baseline", direct=True) as target:
        check_usable(target.connection, target.connect)
        last = _named(target, version)
        work = _Adoption(target, wanted_of(target), last, accepted, lock_wait, tell)
        found = work.attempt()
        if found.may_be_agreed_to:
            answer = consent(_question(found))
            if answer is False:
                raise ConsentRefused("nothing was recorded")
            if answer:
                found = work.attempt(agreed=found)
        return work.report(found)


def _named(target: Target, version: str) -> Migration:
    history = read_history(target)
    return named_file(target.directory, history, version)


def _beside_django(proof: Proof, migrations: Migrations) -> Proof:
    """Return the proof without what migrations of Django's create by SQL: no file can say it."""
    makers = [(each, creator_of(each, migrations)) for each in proof.findings]
    notes = tuple(
        NotChecked(str(each.subject), f"{maker} creates it by SQL of its own")
        for each, maker in makers
        if maker
    )
    left = tuple(each for each, maker in makers if not maker)
    return replace(proof, findings=left, not_checked=(*proof.not_checked, *notes))


def _question(found: _Outcome) -> Question:
    return Question(
        tuple(step.migration.version for step in found.plan.steps),
        tuple(each.message for each in found.differences),
    )


@dataclass(frozen=True, slots=True)
class _Adoption:
    """Files of a target to be recorded, up to one of them."""

    target: Target
    wanted: Wanted
    last: Migration
    accepted: Accepted
    lock_wait: float | None
    tell: Tell

    def attempt(self, *, agreed: _Outcome | None = None) -> _Outcome:
        """Record the files under the lock, if they are proven or what differs was agreed to."""
        target = self.target
        wait = target.settings.lock_wait if self.lock_wait is None else self.lock_wait
        with runner_lock(
            target.connection,
            str(target.ledger),
            wait=wait,
            on_wait=lambda holder: self.tell(LockAwaited(holder, wait)),
        ) as lock:
            found = self._look(target.world(), agreed)
            if found.proof is None or not found.proof.files:
                return found
            if found.differences and agreed is None:
                return found
            lock.check()
            if not found.proof.still_holds(target.connection):
                raise SchemaChanging(
                    "nothing was recorded: the schema was changed since it was compared",
                    hint="Run the command again once nobody changes it.",
                )
            self._record(found)
            return replace(found, recorded=True)

    def _look(self, world: World, agreed: _Outcome | None) -> _Outcome:
        """Plan and prove; what was agreed to must be what is still to be done."""
        history = read_history(self.target)
        plan = plan_baseline(world, history, target=self.last)
        if plan.problems or not plan.steps:
            return _Outcome(plan)
        if agreed is not None and agreed.plan != plan:
            raise ConsentRefused(
                "nothing was recorded: the history has changed since the differences were shown",
                hint="Run the command again, and look at what differs now.",
            )
        if agreed is not None:
            return agreed
        proof = _beside_django(
            prove(
                self.target,
                self.wanted,
                in_order(plan, world, history),
                {step.migration.version for step in plan.steps},
            ),
            Migrations(self.target.alias),
        )
        sifted = sift(
            proof.findings, self.accepted, today=datetime.now(UTC).date(), is_whole=False
        )
        return _Outcome(plan, replace(proof, findings=sifted.shown), sifted.known)

    def _record(self, found: _Outcome) -> None:
        """Write all rows and events in one transaction."""
        target, ledger = self.target, self.target.ledger
        fingerprint = fingerprint_of(target)
        ledger.prepare(target.connection)
        by = provenance(target.settings.migrations_dir, target.settings.environment)
        reason = _reason(found)
        with ledger.tables.transaction(target.connection):
            for step in found.plan.steps:
                ledger.add(target.connection, row_of(step.migration, by))
                ledger.clear_progress(target.connection, step.migration.version)
                happening = Happening(
                    BASELINE,
                    step.migration.version,
                    step.migration.checksum,
                    step.migration.text,
                    reason=reason,
                    fingerprint=fingerprint,
                )
                ledger.log(target.connection, happening, by)

    def report(self, found: _Outcome) -> Report:
        """Return what was found and done, with the history as it is now."""
        proof, plan, target = found.proof, found.plan, self.target
        standings = status(target.directory, read_history(target))
        others = read_other_histories(target.connection)
        seen = [(each, last_version(target.connection, each)) for each in others]
        recorded = [step.migration for step in plan.steps] if found.recorded else []
        return Report(
            title=f"Baseline of {target.facts['name']}: up to {self.last.version}",
            findings=plan.problems or (proof.findings if proof else ()),
            known=found.known,
            not_checked=proof.not_checked if proof else (),
            summary=_summary(found, self.last, target) + _waiting(found, standings, target),
            tables=tuple(_other_tools(seen)),
            facts={
                "database": target.facts,
                "counts": {
                    "objects_compared": proof.objects if proof else 0,
                    "known": len(found.known),
                },
                "migrations": counts(standings),
                "recorded": [
                    {"version": each.version, "path": each.path, "checksum": each.checksum}
                    for each in recorded
                ],
                "other_histories": [
                    {
                        "tool": each.tool,
                        "schema": each.schema,
                        "tables": list(each.tables),
                        "last_version": last,
                    }
                    for each, last in seen
                ],
            },
            ok=found.recorded or not (plan.problems or plan.steps),
        )


def _reason(found: _Outcome) -> str:
    """Return what the events say of how sure it was."""
    parts = ["a replay of the files equals the database"]
    if found.differences:
        parts = [f"agreed to by hand, in spite of {_number(found)}"]
    parts += [each.message for each in (found.proof.findings if found.proof else ())]
    if found.known:
        parts.append(f"{counted(len(found.known), 'known difference')} accepted by the project")
    return "; ".join(parts)


def _number(found: _Outcome) -> str:
    return counted(len(found.differences), "difference")


def _summary(found: _Outcome, last: Migration, target: Target) -> str:
    refused, proof = "Refused before anything was touched", found.proof
    if found.plan.problems:
        return f"{refused}: {counted(len(found.plan.problems), 'problem')}."
    if proof is None:
        return f"Nothing to record: all files up to {last.version} are recorded as applied."
    if not proof.files:
        return f"{refused}: the files fail when they are run from empty, so nothing was compared."
    if not found.recorded:
        between = f"between the files up to {last.version} and the database"
        return f"{refused}: {_number(found)} {between}."
    how = f"in spite of {_number(found)}" if found.differences else "proven by a replay"
    aside = [f"{counted(proof.objects, 'object')} compared"]
    aside += [f"{counted(len(found.known), 'known difference')} aside"] if found.known else []
    return (
        f"{counted(len(found.plan.steps), 'file')} recorded as applied, {how} "
        f"({', '.join(aside)}). Next: {target.command('sqlmigrate_status')}"
    )


def _waiting(found: _Outcome, standings: Iterable[Standing], target: Target) -> str:
    """Say what else may be the difference where a history goes on: files that have yet to run."""
    before = found.plan.steps[:-1]
    refused = found.differences and not found.recorded
    if not refused or not before or all(each.applied is None for each in standings):
        return ""
    first = target.command("sqlmigrate_apply", before[-1].migration.version)
    return f" The files before it are pending, too; where these are what differs, first: {first}"


def _other_tools(seen: list[tuple[OtherHistory, str | None]]) -> Iterator[Table]:
    """Yield the histories of other tools: they stay, and are nobody's here."""
    if seen:
        rows = tuple((each.tool, last or "not known", str(each)) for each, last in seen)
        title = "Other tools' histories, left alone; drop them once the tool is no longer used"
        yield Table(("tool", "last version", "tables"), rows, title=title)
