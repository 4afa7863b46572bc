"""A known finding as it was noted: what it was about, and what each side said.

A note holds no text that may be a secret: what is not made of names, types and expressions without
literals is there as a checksum.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schema_tools.findings import Finding, Severity
from schema_tools.known.names import name_of

_TRANSIENT = "migration_pending"
_LONGEST = 200
_PLAIN_KINDS = frozenset(
    (
        "column",
        "constraint",
        "extension",
        "index",
        "materialized_view",
        "policy",
        "schema",
        "sequence",
        "table",
        "trigger",
        "view",
    )
)
_MAY_BE_SECRET = re.compile(r"['$\n]|pass|secret|token|credential|key\s*=|://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Note:
    """One known finding: what it is about, and what each side said.

    ``object`` is the name without the kind, with which ``code`` begins.
    """

    code: str
    object: str
    severity: Severity
    verdict: str
    values: Mapping[str, str | None] = field(default_factory=dict)
    reason: str = ""

    def is_of(self, finding: Finding) -> bool:
        """Return whether the finding says what was noted, and is no worse.

        Where one of the two knows fewer sides, the others have to say the same; who is wrong is
        another matter then.
        """
        if place_of(finding) != (self.code, self.object) or finding.severity > self.severity:
            return False
        said = _values(finding)
        shared = said.keys() & self.values.keys()
        if not shared or any(said[side] != self.values[side] for side in shared):
            return False
        return said.keys() != self.values.keys() or finding.verdict == self.verdict


class Notes:
    """Notes by what they are about: an old project may have thousands."""

    def __init__(self, notes: Iterable[Note]) -> None:
        self._places: dict[tuple[str, str], list[Note]] = defaultdict(list)
        for note in notes:
            self._places[note.code, note.object].append(note)

    def of(self, finding: Finding) -> Note | None:
        """Return the note of a finding, if there is one."""
        about = self._places.get(place_of(finding), ())
        return next((note for note in about if note.is_of(finding)), None)


def place_of(finding: Finding) -> tuple[str, str]:
    """Return code and object, which a note and its finding have in common."""
    return finding.code, name_of(finding.subject) if finding.subject else ""


def can_be_noted(finding: Finding) -> bool:
    """Return whether a baseline takes a finding.

    One about files or history does not: it can mean that nothing else was seen. Nor does what the
    next sqlmigrate_apply settles.
    """
    return finding.subject is not None and finding.verdict != _TRANSIENT


def note_of(finding: Finding, reason: str = "") -> Note:
    """Return the note of a finding that can be noted."""
    code, name = place_of(finding)
    return Note(code, name, finding.severity, finding.verdict, _values(finding), reason)


def _values(finding: Finding) -> dict[str, str | None]:
    said = finding.values or {"message": finding.message}
    plain = bool(finding.values) and _is_plain(finding)
    return {side: _written(text, plain=plain) for side, text in said.items()}


def _is_plain(finding: Finding) -> bool:
    kind, _dot, aspect = finding.code.partition(".")
    return kind in _PLAIN_KINDS and aspect != "comment"


def _written(text: str | None, *, plain: bool) -> str | None:
    if text is None or (plain and len(text) <= _LONGEST and not _MAY_BE_SECRET.search(text)):
        return text
    return f"sha256:{hashlib.sha256(text.encode(errors='backslashreplace')).hexdigest()}"
