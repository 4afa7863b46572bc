"""Note what a validation finds now, so that later ones report what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding, Report, Severity
from schema_tools.history.directory import shown
from schema_tools.known.baseline import write_notes
from schema_tools.known.note import Note, Notes, can_be_noted, note_of
from schema_tools.known.sift import Accepted
from schema_tools.reports.words import counted
from schema_tools.services.known_findings import (
    read_baseline,
    rewrite_command,
    rules_of,
    without_known,
)
from schema_tools.services.question import Question
from schema_tools.services.validate import look
from schema_tools.services.validation_report import report
from schema_tools.services.whole_file import check_place, replace_file


@dataclass(frozen=True, slots=True)
class _Noted:
    """The notes to write, and what became of those that were there."""

    notes: tuple[Note, ...]
    kept: int = 0
    lost_reasons: tuple[Note, ...] = ()


def write_baseline(question: Question, path: Path | None = None) -> Report:
    """Write the present findings to a file, by default that of the setting; return what is left.

    Findings that IGNORE names are not noted. Raises ConfigurationError for a look at a part, and
    what ``validate`` raises.
    """
    if not question.is_whole:
        raise ConfigurationError(
            "--write-baseline notes what is wrong anywhere, and this would look at a part of it",
            hint="Leave out --only, --no-database, --expected, --kinds and --tables.",
        )
    settings = get_settings(question.alias)
    place = path or settings.baseline
    check_place(place, "--write-baseline" if path else "SCHEMA_TOOLS['BASELINE']")
    before = read_baseline(place)
    rules = rules_of(question.alias)  # what is wrong with them is said before anything is written
    result = look(question)
    ignoring = Accepted(settings.ignore, rewrite=rewrite_command(question.alias))
    findings = without_known(replace(result, is_whole=False), ignoring).findings
    noted = _noted(findings, before.get(question.alias, ()), is_whole=result.is_whole)
    data = write_notes({**before, question.alias: noted.notes})
    if not place.exists() or place.read_bytes() != data:
        replace_file(place, data, "the baseline")
    accepted = replace(ignoring, notes=noted.notes, path=shown(place), rules=rules)
    left = report(without_known(result, accepted), fail_on=question.fail_on)
    words = _words(noted, left, place)
    if place.resolve() != settings.baseline.resolve():
        words += f" Later runs read it where SCHEMA_TOOLS['BASELINE'] names it: {place}."
    return replace(left, summary=words, facts={**left.facts, "baseline": shown(place)})


def _noted(findings: Iterable[Finding], before: tuple[Note, ...], *, is_whole: bool) -> _Noted:
    """Return a note for each finding, with the reason that a person gave the last time."""
    there = Notes(before)
    notes, used = [], set()
    for finding in filter(can_be_noted, findings):
        old = there.of(finding)
        notes.append(note_of(finding, old.reason if old else ""))
        used.add(id(old))
    unmatched = [note for note in before if id(note) not in used]
    # What could not be looked at may be as it was; what says something else now was looked at.
    there_now = {(note.code, note.object) for note in notes}
    kept = [
        note for note in unmatched if not is_whole and (note.code, note.object) not in there_now
    ]
    lost = tuple(note for note in unmatched if note.reason and note not in kept)
    return _Noted((*notes, *kept), len(kept), lost)


def _words(noted: _Noted, left: Report, place: Path) -> str:
    """Return what was written, and what the reader may not have meant by it."""
    critical = sum(note.severity is Severity.CRITICAL for note in noted.notes)
    number = counted(len(noted.notes), "known finding")
    note = f", {critical} of them critical" if critical else ""
    parts = [f"{number} noted in {shown(place)}{note}: later runs show only what is new."]
    if noted.kept:
        parts.append(
            f"{counted(noted.kept, 'note')} stayed, for this run could not look at everything."
        )
    parts += [
        f"Gone, with its reason ({each.reason}): {each.code} of {each.object}."
        for each in noted.lost_reasons
    ]
    if left.findings:
        parts.append(
            f"{counted(len(left.findings), 'finding')} not noted: what is pending and what is "
            "wrong with files, history or IGNORE."
        )
    return " ".join(parts)
