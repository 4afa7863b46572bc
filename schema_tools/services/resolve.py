"""Look at a failed, changed or missing migration, and settle it where that is proven safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from schema_tools.errors import ConfigurationError, ConsentRefused
from schema_tools.findings import Report
from schema_tools.history.done import done_checksum
from schema_tools.history.settlement import Deed, Offer, Refusal
from schema_tools.postgres.ledger import Happening, Provenance, row_of
from schema_tools.postgres.lock import check_usable, runner_lock
from schema_tools.services.fingerprint import keep_fingerprint
from schema_tools.services.outlook import Look, look
from schema_tools.services.provenance import provenance
from schema_tools.services.resolve_report import looked, refused, settled
from schema_tools.services.target import Target, open_target

_SETTLED = "its client died; settled with sqlmigrate_resolve"


@dataclass(frozen=True, slots=True)
class ResolveOptions:
    """What the command line may say; ``flag`` is "" for only looking."""

    version: str
    flag: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before anything is settled; ``doubts`` is what nobody can see."""

    version: str
    deed: str
    then: str
    doubts: tuple[str, ...] = ()
    writes_file: bool = False


Consent = Callable[[Question], bool]


def resolve(
    alias: str, options: ResolveOptions, *, consent: Consent = lambda question: not question.doubts
) -> Report:
    """Return the report on a version, once it is settled as the options say.

    A report that is not ok where something was to be settled touched nothing. Raises
    ConsentRefused where ``consent`` says no.
    """
    with open_target(alias, purpose="sqlmigrate_resolve", direct=True) as target:
        found = look(target, options.version)
        if not options.flag:
            return looked(target, found)
        answer = found.answers[options.flag]
        if isinstance(answer, Refusal):
            return refused(target, found, options.flag, answer)
        question = Question(
            found.inquiry.version,
            answer.deed.value,
            answer.then,
            tuple(
                f"line {each.statement.line}, {each.statement.verb}: {each.why}"
                for each in answer.doubts
            ),
            answer.deed is Deed.RESTORE,
        )
        if not consent(question):
            raise ConsentRefused("nothing was settled")
        _settle(target, found, answer, options)
        return settled(target, found, options.flag, answer)


def _settle(target: Target, found: Look, answer: Offer, options: ResolveOptions) -> None:
    """Write what was agreed to, under the lock, if the database still proves it."""
    connection, settings = target.connection, target.settings
    check_usable(connection, target.connect)
    with runner_lock(connection, str(target.ledger), wait=settings.lock_wait):
        is_same = target.ledger.read(connection) == found.history
        if not is_same or found.again(target)[options.flag] != answer:
            raise ConsentRefused(
                "nothing was settled: history or schema have changed since they were looked at",
                hint="Look again, and decide again.",
            )
        by = provenance(settings.migrations_dir, settings.environment)
        reason = f"{options.flag}: {answer.deed}. {options.reason}".rstrip()
        target.ledger.prepare(connection)
        with target.ledger.tables.transaction(connection):
            _write(target, found, answer.deed, by)
            target.ledger.log(connection, _happening(found, answer.deed, reason), by)
        keep_fingerprint(target)


def _write(target: Target, found: Look, deed: Deed, by: Provenance) -> None:
    ledger, connection, inquiry = target.ledger, target.connection, found.inquiry
    version, file = inquiry.version, inquiry.file
    if deed in {Deed.RUN_AGAIN, Deed.COUNT_AS_RUN}:
        _move_on(target, found, deed)
    elif deed is Deed.RESTORE and inquiry.past is not None:
        _write_file(target.settings.migrations_dir / f"{version}.sql", inquiry.past.text)
    elif deed is Deed.ACCEPT and file is not None:
        ledger.set_checksum(connection, version, file.checksum)
    else:
        if deed is Deed.TAKE_OUT:
            ledger.remove(connection, version)
        elif deed is Deed.RECORD and file is not None and not ledger.has(connection, version):
            ledger.add(connection, row_of(file, by))
        ledger.clear_progress(connection, version)


def _move_on(target: Target, found: Look, deed: Deed) -> None:
    """Store that the statement which was cut short has run, or that it has not."""
    run = found.inquiry.run
    if run is None:
        return
    at = run.running if deed is Deed.COUNT_AS_RUN else run.done
    done = done_checksum(found.case.statements[:at])
    settled = replace(run, done=at, done_checksum=done, error=_SETTLED, backend=0)
    target.ledger.save_progress(target.connection, settled)


def _write_file(path: Path, text: str) -> None:
    """Write a file that is not there; never over one that has come meanwhile."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(f"{path} could not be written: {error.strerror}") from error


def _happening(found: Look, deed: Deed, reason: str) -> Happening:
    """Return the event, with the text that counts from now on."""
    inquiry = found.inquiry
    text = inquiry.basis if deed not in {Deed.ACCEPT, Deed.RECORD} else inquiry.file
    run = inquiry.run or inquiry.standing.applied
    checksum = run.checksum if run else ""
    return Happening(
        "resolve",
        inquiry.version,
        text.checksum if text else checksum,
        text.text if text else "",
        reason=reason,
    )
