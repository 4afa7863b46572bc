"""What ``sqlmigrate_resolve`` says: what was found, and what is safe, as commands to type."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace

from schema_tools.findings import Report
from schema_tools.history.passwords import without_passwords
from schema_tools.history.settlement import APPLIED, ROLLED_BACK, Offer, Refusal, how_far
from schema_tools.reports.characters import visible
from schema_tools.reports.words import counted
from schema_tools.services.inquiry import Situation
from schema_tools.services.outlook import ACCEPT, FLAGS, RESTORE, Look
from schema_tools.services.status import history_findings
from schema_tools.services.target import Target

_MOST_LISTED = 5
_TITLES = {
    Situation.STOPPED: "a run of it has stopped",
    Situation.STOPPED_BACK: "a rollback of it has stopped",
    Situation.PENDING: "it is pending",
    Situation.APPLIED: "it is applied, as the file is",
    Situation.CHANGED: "its file was changed after it had been applied",
    Situation.MISSING: "it is applied, and its file is missing",
}


def looked(target: Target, look: Look) -> Report:
    """Return the report on what a look has found."""
    return _report(target, look, f"{_found(look)} Nothing was touched.", ok=_is_in_order(look))


def _is_in_order(look: Look) -> bool:
    match look.inquiry.situation:
        case Situation.APPLIED:
            return look.case.total in look.case.fits
        case Situation.PENDING:
            return 0 in look.case.fits
    return False


def refused(target: Target, look: Look, flag: str, refusal: Refusal) -> Report:
    """Return the report on a settlement that is not safe."""
    said = f"Refused before anything was touched: {flag} is not safe: {refusal.reason}."
    return _report(target, look, f"{said} {refusal.hint}".strip(), ok=False)


def settled(target: Target, look: Look, flag: str, offer: Offer) -> Report:
    """Return the report on what was settled."""
    return Report(
        title="",
        summary=f"{look.inquiry.version}, {flag}: done; {offer.then}. "
        f"Next: {target.command('sqlmigrate_status')}",
        facts=_facts(target, look, settled=flag),
    )


def _report(target: Target, look: Look, summary: str, *, ok: bool) -> Report:
    inquiry = look.inquiry
    findings = history_findings([inquiry.standing], target.alias)
    return Report(
        title=f"{inquiry.version} in {target.facts['name']}: {_TITLES[inquiry.situation]}",
        findings=tuple(replace(each, hint="") for each in findings),
        not_checked=look.not_checked,
        summary=summary,
        body="\n\n".join("\n".join(map(visible, part)) for part in _body(target, look) if part),
        facts=_facts(target, look),
        ok=ok,
    )


def _found(look: Look) -> str:
    if look.change.only_comments:
        return "The change is in comments, white space or the rollback: it runs the same."
    return f"{how_far(look.case, back=look.inquiry.is_back)}."


def _body(target: Target, look: Look) -> Iterator[list[str]]:
    yield [*_differences(look)]
    yield [*_elsewhere(target, look)]
    yield [*_texts(look)]
    yield [*_safe(target, look)]
    yield [*_unsafe(look)]


def _differences(look: Look) -> Iterator[str]:
    seen = look.case.seen
    if look.difference and seen and not look.case.repairable:
        yield f"What turns the schema {_after(look, seen.nearest)} into the database:"
        yield look.difference
    if look.change.difference:
        yield "What turns the schema that was applied into what the file makes now:"
        yield look.change.difference


def _elsewhere(target: Target, look: Look) -> Iterator[str]:
    seen = look.case.seen
    if seen and seen.elsewhere:
        names = ", ".join(map(str, seen.elsewhere[:_MOST_LISTED]))
        more = ", …" if len(seen.elsewhere) > _MOST_LISTED else ""
        how = target.command("validate_schema", "--only", "migrations,database")
        count = counted(len(seen.elsewhere), "object")
        yield "Elsewhere, apart from this file, the database is not as the SQL files say"
        yield f"({count}: {names}{more}). To see how: {how}"


def _after(look: Look, number: int) -> str:
    what = "its rollback" if look.inquiry.is_back else "it"
    if number in {0, look.case.total}:
        return f"after {what}" if number else f"before {what}"
    statement = look.case.statements[number - 1]
    return f"after statement {number} of {what} ({statement.verb}, line {statement.line})"


def _texts(look: Look) -> Iterator[str]:
    inquiry = look.inquiry
    if inquiry.past is None and not inquiry.text_is_known:
        yield "The text that ran is not known: neither the history nor git has it."
    yield from look.diff
    if inquiry.file is None and inquiry.past is not None:
        yield f"-- {inquiry.version}.sql, from {inquiry.past.origin}:"
        yield without_passwords(inquiry.past.text).rstrip("\n")


def _safe(target: Target, look: Look) -> Iterator[str]:
    yield "Safe now:"
    if look.goes_on:
        yield f"  {target.command(look.goes_on)}"
        yield f"      {_going_on(look)}"
    puts_back = [*_putting_back(target, look)]
    yield from puts_back
    offers = [(flag, each) for flag, each in look.answers.items() if isinstance(each, Offer)]
    for flag, offer in offers:
        yield f"  {_command(target, look, flag, offer)}"
        yield f"      {offer.deed.value}: {offer.then}"
        if offer.doubts:
            yield "      what cannot be seen, and you vouch for with your reason:"
        for doubt in offer.doubts:
            statement = doubt.statement
            yield f"        line {statement.line}, {statement.verb}: {doubt.why}"
    if not (look.goes_on or offers or puts_back):
        yield "  there is nothing to settle" if _is_in_order(look) else "  nothing, as it stands"


def _going_on(look: Look) -> str:
    run, case = look.case.run, look.case
    if run is None:
        return "runs it from its beginning"
    counts = not run.error and run.done not in case.fits and run.running in case.fits
    at = run.running if counts else run.done
    parts = [
        f"drops the invalid index {case.leftover}" * case.repairable,
        f"counts statement {at} as run" * counts,
        f"goes on after statement {at} of {case.total}" if at else "runs it from its beginning",
    ]
    cause = "; mend the cause before" if run.error else ""
    return f"{', '.join(filter(None, parts))}{cause}"


def _putting_back(target: Target, look: Look) -> Iterator[str]:
    """Yield how the text that ran comes back in the place of a changed one."""
    inquiry = look.inquiry
    if inquiry.file is None or inquiry.past is None or not inquiry.text_is_known:
        return
    if look.goes_on or isinstance(look.answers[ACCEPT], Offer):
        return
    yield f"  {shlex.join(['mv', inquiry.file.path, inquiry.put_aside])}"
    yield f"  {target.command('sqlmigrate_resolve', inquiry.version, RESTORE)}"
    yield "      puts back the text that ran; the changed one is kept under the other name"


def _command(target: Target, look: Look, flag: str, offer: Offer) -> str:
    reason = "--reason 'WHY'" if offer.doubts else ""
    return target.command("sqlmigrate_resolve", look.inquiry.version, flag, reason)


_RELEVANT = {
    Situation.STOPPED: (APPLIED, ROLLED_BACK),
    Situation.STOPPED_BACK: (APPLIED, ROLLED_BACK),
    Situation.PENDING: (APPLIED,),
    Situation.APPLIED: (ROLLED_BACK,),
    Situation.CHANGED: (ACCEPT, ROLLED_BACK),
    Situation.MISSING: (ROLLED_BACK, RESTORE),
}


def _unsafe(look: Look) -> Iterator[str]:
    """Yield what is not safe, where somebody might wish it were."""
    if look.goes_on or _is_in_order(look):
        return
    refusals = {
        flag: each
        for flag in _RELEVANT[look.inquiry.situation]
        if isinstance(each := look.answers[flag], Refusal)
    }
    if refusals:
        yield "Refused:"
    for flag, refusal in refusals.items():
        yield f"  {flag}: {refusal.reason}"
        if refusal.hint:
            yield f"      {refusal.hint}"


def _facts(target: Target, look: Look, *, settled: str = "") -> dict[str, object]:
    """Return what every report says to programs: the same keys, whatever happened."""
    inquiry, case = look.inquiry, look.case
    answers = look.answers
    return {
        "database": target.facts,
        "version": inquiry.version,
        "situation": inquiry.situation.value,
        "statements": case.total,
        "fits": list(case.fits),
        "next": look.goes_on or None,
        "offers": [
            {
                "flag": flag,
                "deed": each.deed.name.lower(),
                "command": _command(target, look, flag, each),
                "doubts": [*_doubts(each)],
            }
            for flag in FLAGS
            if isinstance(each := answers[flag], Offer)
        ],
        "refused": [
            {"flag": flag, "reason": each.reason, "hint": each.hint or None}
            for flag in FLAGS
            if isinstance(each := answers[flag], Refusal)
        ],
        "past_text": without_passwords(inquiry.past.text) if inquiry.past else None,
        "settled": settled or None,
    }


def _doubts(offer: Offer) -> Iterable[dict[str, object]]:
    return (
        {"line": each.statement.line, "verb": each.statement.verb, "why": each.why}
        for each in offer.doubts
    )
