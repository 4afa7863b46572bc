"""Part findings into what is shown and what is known, and say which entries are of no use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schema_tools.findings import Finding, Location, Severity
from schema_tools.known.ignore import Ignore
from schema_tools.known.names import names_of
from schema_tools.known.note import Note, Notes, place_of
from schema_tools.known.severities import Rule


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a project has accepted: entries of IGNORE, and the notes of the baseline at a path.

    ``rewrite`` is the command that writes the baseline anew, ``rules`` how bad the project calls
    what it has not accepted.
    """

    ignores: tuple[Ignore, ...] = ()
    notes: tuple[Note, ...] = ()
    path: str = ""
    rewrite: str = ""
    rules: tuple[Rule, ...] = ()


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
    shown: list[Finding] = []
    known: list[Finding] = []
    covered: Counter[Ignore] = Counter()
    again: Counter[Ignore] = Counter()
    for finding in judged:
        entries = _covering(finding, accepted.ignores)
        current = [each for each in entries if not each.has_expired(today)]
        covered.update(entries)
        by = _ignored_by(current[0]) if current else _noted_in(notes.of(finding))
        if by:
            known.append(replace(finding, tolerated_by=by))
        else:
            shown.append(finding)
            again.update(entries)
    for entry in accepted.ignores:
        if entry.has_expired(today):
            shown += [_expired(entry, again[entry])] if is_whole or again[entry] else []
        elif is_whole and not covered[entry]:
            shown.append(_unused(entry))
    return Sifted(tuple(shown), tuple(known))


def _covering(finding: Finding, ignores: Iterable[Ignore]) -> list[Ignore]:
    names = names_of(finding)
    return [entry for entry in ignores if entry.covers(finding.code, names)]


def _ignored_by(entry: Ignore) -> str:
    until = f" (until {entry.until})" if entry.until else ""
    return f"IGNORE{until}: {entry.reason}"


def _noted_in(note: Note | None) -> str:
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
