"""Part findings into what is shown and what is known, and say which entries are of no use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schema_tools.findings import Finding, Location, Severity
from schema_tools.known.ignore import Ignore
from schema_tools.known.note import Note, Notes, place_of


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a project has accepted: entries of IGNORE, and the notes of the baseline at a path.

    ``rewrite`` is the command that writes the baseline anew.
    """

    ignores: tuple[Ignore, ...] = ()
    notes: tuple[Note, ...] = ()
    path: str = ""
    rewrite: str = ""


@dataclass(frozen=True, slots=True)
class Sifted:
    """Findings to show, and those that are known: ``tolerated_by`` says by what, and why."""

    shown: tuple[Finding, ...]
    known: tuple[Finding, ...] = ()


def sift(
    findings: Sequence[Finding], accepted: Accepted, *, today: date, is_whole: bool
) -> Sifted:
    """Part findings; without ``is_whole`` nothing is said of entries that match none of them.

    An entry that has expired is told of where there is something that it would have ignored, too.
    """
    notes = Notes(accepted.notes)
    unused = _unused_notes(accepted, findings, notes) if is_whole else ()
    judged = (*findings, *unused)
    current = [each for each in accepted.ignores if not each.has_expired(today)]
    shown: list[Finding] = []
    known: list[Finding] = []
    for finding in judged:
        by = _accepted_by(finding, current, notes)
        if by:
            known.append(replace(finding, tolerated_by=by))
        else:
            shown.append(finding)
    remarks = (
        _remark(entry, judged, shown, is_current=entry in current, is_whole=is_whole)
        for entry in accepted.ignores
    )
    return Sifted((*shown, *filter(None, remarks)), tuple(known))


def _accepted_by(finding: Finding, ignores: Iterable[Ignore], notes: Notes) -> str:
    for entry in ignores:
        if entry.covers(finding):
            until = f" (until {entry.until})" if entry.until else ""
            return f"IGNORE{until}: {entry.reason}"
    note = notes.of(finding)
    if note is None:
        return ""
    return f"BASELINE: {note.reason}" if note.reason else "BASELINE"


def _unused_notes(
    accepted: Accepted, findings: Iterable[Finding], notes: Notes
) -> Iterator[Finding]:
    used = {id(note) for finding in findings if (note := notes.of(finding))}
    places = {place_of(each) for each in findings}
    for note in accepted.notes:
        if id(note) not in used:
            changed = (note.code, note.object) in places
            what = "says something else now" if changed else "is not there any more"
            yield Finding(
                "baseline.unused",
                Severity.WARNING,
                f"the known finding {note.code} of {note.object} {what}",
                f"Write the baseline anew: {accepted.rewrite}",
                locations=(Location(accepted.path),),
            )


def _remark(
    entry: Ignore,
    judged: Iterable[Finding],
    shown: Iterable[Finding],
    *,
    is_current: bool,
    is_whole: bool,
) -> Finding | None:
    """Return what is to be said of an entry itself, if anything."""
    if is_current:
        used = not is_whole or any(map(entry.covers, judged))
        return None if used else _unused(entry)
    again = sum(map(entry.covers, shown))
    return _expired(entry, again) if again or is_whole else None


def _unused(entry: Ignore) -> Finding:
    return Finding(
        "ignore.unused",
        Severity.WARNING,
        f"the entry of IGNORE for {entry} matches no finding ({entry.reason})",
        "Take it out of SCHEMA_TOOLS['IGNORE'], or mend its patterns.",
    )


def _expired(entry: Ignore, again: int) -> Finding:
    if not again:
        return Finding(
            "ignore.expired",
            Severity.WARNING,
            f"the entry of IGNORE for {entry} ended on {entry.until} ({entry.reason}); it matches "
            "nothing any more",
            "Take it out of SCHEMA_TOOLS['IGNORE'].",
        )
    number = "a finding is" if again == 1 else f"{again} findings are"
    return Finding(
        "ignore.expired",
        Severity.WARNING,
        f"the entry of IGNORE for {entry} ended on {entry.until} ({entry.reason}): {number} "
        "shown again",
        "Mend what it was for, or give the entry another date in SCHEMA_TOOLS['IGNORE'].",
    )
