"""Read a migration file into a Migration value."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from schema_tools.errors import MigrationFileError
from schema_tools.history.blocks import part_of
from schema_tools.history.header import BadHeader, read_header
from schema_tools.history.headings import Heading, direction_of
from schema_tools.history.migration import LostHeading, Migration, Part, Statement
from schema_tools.history.rollback import lines_inside_statements, rollback_statements
from schema_tools.history.statements import Stretch, comments_behind, statements_of, stretches
from schema_tools.lexer import Token, UnreadableSql, line_at

_FILE_NAME = re.compile(r"(?P<number>[0-9]{3,})_(?P<name>[a-z0-9]+(?:_[a-z0-9]+)*)\.sql", re.ASCII)
_TIMESTAMP_DIGITS = 14
_OPENING = frozenset({"BEGIN", "START TRANSACTION"})
_CLOSING = frozenset({"COMMIT", "END", "ROLLBACK", "ABORT"})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_migration(path: Path, shown: str) -> Migration:
    """Return the migration in a file; ``shown`` is its path as the user would type it.

    Raises MigrationFileError.
    """
    split_name(path.name, shown)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MigrationFileError(
            f"the file cannot be read: {error.strerror}",
            path=shown,
            hint="It must be a file that the user who runs this may read.",
        ) from None
    return parse_migration(path.name, data, shown)


def parse_migration(file_name: str, data: bytes, shown: str) -> Migration:
    """Return the migration that a file of that name and content is.

    Raises MigrationFileError.
    """
    number, name = split_name(file_name, shown)
    text = decoded(data, shown)
    try:
        header, up, down, lost_heading = _read(text, shown)
    except (UnreadableSql, BadHeader) as error:
        raise MigrationFileError(
            error.message, path=shown, line=error.line, hint=error.hint
        ) from None
    return Migration(
        version=file_name.removesuffix(".sql"),
        number=number,
        name=name,
        path=shown,
        text=text,
        checksum=hashlib.sha256(text.encode()).hexdigest(),
        header=header,
        up=up,
        down=down,
        lost_heading=lost_heading,
    )


def split_name(file_name: str, shown: str) -> tuple[int, str]:
    """Return the number and the name in ``004_add_phone.sql``; raises MigrationFileError."""
    match = _FILE_NAME.fullmatch(file_name)
    if match is None:
        raise MigrationFileError(
            "the file is not named as a migration",
            path=shown,
            hint=(
                "Name it NNN_snake_case_name.sql, with three digits or more and lower-case "
                "letters, or begin the name with _ to have it left alone."
            ),
        )
    return int(match["number"]), match["name"]


def is_timestamp(number: int) -> bool:
    """Return whether a migration's number is a time of 14 digits, not a place in a sequence."""
    return len(str(number)) == _TIMESTAMP_DIGITS


def decoded(data: bytes, shown: str) -> str:
    """Return the text of a file, BOM dropped and CRLF turned into LF.

    Raises MigrationFileError.
    """
    if data.startswith(_UTF16):
        raise MigrationFileError(
            "the file is UTF-16, not UTF-8", path=shown, hint="Save the file as UTF-8."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MigrationFileError(
            f"the file is not UTF-8: byte {data[error.start]:#04x} is no part of a character",
            path=shown,
            line=data.count(b"\n", 0, error.start) + 1,
            hint="Save the file as UTF-8.",
        ) from None
    text = text.replace("\r\n", "\n")
    if "\0" in text:
        raise MigrationFileError(
            "the file holds a NUL byte, which PostgreSQL takes nowhere",
            path=shown,
            line=line_at(text, text.index("\0")),
            hint="Take the byte out; is this a text file?",
        )
    return text


def _read(text: str, path: str) -> tuple[dict[str, str], Part, Part, LostHeading | None]:
    marked: list[Stretch] = []
    statements = statements_of(text, _keeping_marked(stretches(text), marked))
    headings = headings_in(text, marked, path)
    down = next((each for each in headings if each.direction == "DOWN"), None)
    border = down.start if down else len(text)
    first = [token for token in marked[0].comments if token.start < border]
    header = read_header((line_at(text, token.start), token.text) for token in first)
    off = "Transaction" in header
    forward = [each for each in statements if down is None or each.line < down.line]
    up = part_of(forward, path=path, transaction_off=off)
    if not up.statements:
        raise MigrationFileError(
            "the file holds no SQL to apply",
            path=path,
            hint="Write at least one statement, before the DOWN heading if there is one.",
        )
    backward: Sequence[Statement] = rollback_statements(text, down.end) if down else ()
    lost = None if down else _lost_heading(text, marked)
    return header, up, part_of(backward, path=path, transaction_off=off), lost


def _keeping_marked(found: Iterable[Stretch], marked: list[Stretch]) -> Iterator[Stretch]:
    """Pass stretches on, and keep those that headings are found by: of data there are too many.

    The last one is kept in any case.
    """
    for each in found:
        is_control = each.verb in _OPENING or each.verb in _CLOSING
        if each.comments or is_control or not marked or not each.complete:
            marked.append(each)
        yield each


def headings_in(text: str, found: Sequence[Stretch], path: str) -> list[Heading]:
    """Return the headings outside BEGIN … COMMIT; UP, then DOWN, each at most once."""
    inside = {id(each) for each in _inside_transaction(found)}
    headings = [
        heading
        for stretch in found
        if id(stretch) not in inside
        for heading in _headings_among(text, stretch.comments)
    ]
    headings = _outside_rollback(text, headings)
    for before, after in itertools.pairwise(headings):
        if (before.direction, after.direction) != ("UP", "DOWN"):
            raise MigrationFileError(
                f"a heading for {after.direction} comes after the one for {before.direction} "
                f"in line {before.line}",
                path=path,
                line=after.line,
                hint="A file has at most one UP heading and then at most one DOWN heading.",
            )
    return headings


def _inside_transaction(found: Sequence[Stretch]) -> Iterator[Stretch]:
    """Yield what follows a BEGIN, up to and with its COMMIT."""
    inside = False
    for stretch in found:
        if inside:
            yield stretch
        if stretch.verb in _OPENING:
            inside = True
        elif stretch.verb in _CLOSING:
            inside = False


def _lost_heading(text: str, found: Sequence[Stretch]) -> LostHeading | None:
    """Return the first DOWN heading inside BEGIN … COMMIT, or behind a last open statement."""
    for stretch in _inside_transaction(found):
        for each in _headings_among(text, stretch.comments):
            if each.direction == "DOWN":
                return LostHeading(each.line, within_transaction=True)
    behind = _headings_among(text, comments_behind(text, found[-1]))
    return next((LostHeading(each.line) for each in behind if each.direction == "DOWN"), None)


def _outside_rollback(text: str, found: list[Heading]) -> list[Heading]:
    """Leave out the lines of the rollback's SQL that read as headings, such as a column down."""
    first = next((at for at, each in enumerate(found, 1) if each.direction == "DOWN"), len(found))
    if first == len(found):
        return found
    inside = lines_inside_statements(text, found[first - 1].end)
    return [*found[:first], *(each for each in found[first:] if each.line not in inside)]


def _headings_among(text: str, comments: Sequence[Token]) -> list[Heading]:
    found = []
    for token in comments:
        direction = direction_of(token.text)
        alone = not text[text.rfind("\n", 0, token.start) + 1 : token.start].strip()
        if direction and alone:
            line = line_at(text, token.start)
            found.append(Heading(direction, line, token.start, token.end))
    return found
