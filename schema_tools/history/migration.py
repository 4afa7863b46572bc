"""A migration file as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement, byte for byte as in the file, without its ``;`` and comments before it.

    ``line`` is the line of the file (from 1) on which ``text`` begins, so that a line of the text
    maps to a line of the file by addition; the same holds in the DOWN part, whose comment marks
    are taken off line by line. ``verb`` is the command's name in capitals, modifiers that matter
    included: ``CREATE TABLE``, ``CREATE INDEX CONCURRENTLY``, ``ALTER TABLE``, ``DO``. ``column``
    (from 1) is where in that line the text begins; in the DOWN part it does not count the
    comment mark.
    """

    text: str
    line: int
    verb: str
    column: int = 1

    def place(self, position: int) -> tuple[int, int]:
        """Return line and column in the file of a character of the text, counted from 1.

        The server counts so too: ``place(int(error.diag.statement_position))``.
        """
        before = self.text[: position - 1]
        breaks = before.count("\n")
        column = len(before) - before.rfind("\n")
        return self.line + breaks, column if breaks else self.column + column - 1


@dataclass(frozen=True, slots=True)
class Part:
    """The UP or the DOWN half of a file.

    ``statements`` leave out the file's own BEGIN and COMMIT; ``explicit`` says that it had them,
    ``modes`` what stood after BEGIN (``ISOLATION LEVEL SERIALIZABLE``), ``preamble`` holds the SET
    statements before BEGIN. ``transactional`` is false where ``Transaction: off`` says so, or
    where there is no BEGIN and a statement cannot run in a transaction.
    """

    statements: tuple[Statement, ...] = ()
    transactional: bool = True
    explicit: bool = False
    modes: str = ""
    preamble: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class LostHeading:
    """A DOWN heading that begins no part, in this line.

    It is a comment of a last statement without ``;``, or stands ``within_transaction``.
    """

    line: int
    within_transaction: bool = False

    @property
    def place(self) -> str:
        """Return where it stands."""
        if self.within_transaction:
            return "within the transaction, before its COMMIT"
        return "behind a statement that no ; ends, and so is a comment of that statement"

    @property
    def mending(self) -> str:
        """Return what to do about it, as the beginning of a sentence."""
        if self.within_transaction:
            return "Move COMMIT above the heading"
        return "End that statement with a ; before the heading"


@dataclass(frozen=True, slots=True)
class Migration:
    """A file of the migrations folder.

    ``version`` is the file's name without ``.sql``, ``number`` its leading number, ``name`` the
    rest of the version. ``path`` is as the user would type it. ``header`` maps keys as written
    (``Purpose``) to values. ``text`` is the decoded file, BOM dropped and CRLF turned into LF;
    ``checksum`` its SHA-256 in hexadecimal. ``down`` has no statements where the file has no
    rollback. ``lost_heading`` is a DOWN heading that stands where it begins no part.
    """

    version: str
    number: int
    name: str
    path: str
    text: str = field(repr=False)
    checksum: str
    header: Mapping[str, str]
    up: Part
    down: Part
    lost_heading: LostHeading | None = None


def number_of(version: str) -> int:
    """Return the number that a version begins with; 0 for one that begins with none."""
    digits = re.match(r"\d+", version)
    return int(digits.group()) if digits else 0
