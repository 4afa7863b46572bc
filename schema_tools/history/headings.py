"""Tell the comment lines that begin the UP and the DOWN part of a migration file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.migration import Migration

_WORDS = frozenset(
    "forward backward reverse rollback revert up down migration section part".split()
)
# ℹ or a digit counts as an emoji where the variation selector says so; all others are no letters.
_EMOJI = re.compile(r".\ufe0f\u20e3?")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: ``direction`` is ``UP`` or ``DOWN``, ``start`` and ``end`` are offsets."""

    direction: str
    line: int
    start: int
    end: int


def direction_of(comment: str) -> str:
    """Return ``UP`` or ``DOWN`` for a heading, "" for any other comment.

    A heading holds nothing but words of the headings' own (emoji, punctuation and case aside),
    and one of UP and DOWN among them: ``-- 🔙 DOWN MIGRATION (ROLLBACK)``.
    """
    if not comment.startswith("--"):
        return ""
    words = {word.lower() for word in _WORD.findall(_EMOJI.sub(" ", comment))}
    if not words <= _WORDS or {"up", "down"} <= words:
        return ""
    return "UP" if "up" in words else "DOWN" if "down" in words else ""


def heading_problems(migration: Migration) -> tuple[Finding, ...]:
    """Return what is wrong with a DOWN heading that begins no part.

    The file runs, and its rollback part is lost without a word.
    """
    lost = migration.lost_heading
    if lost is None:
        return ()
    found = Finding(
        code="file.heading",
        severity=Severity.CRITICAL,
        message=f"this heading begins no part: it stands {lost.place}",
        hint=f"{lost.mending}.",
        locations=(Location(migration.path, lost.line),),
    )
    return (found,)
