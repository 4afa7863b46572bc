"""The statements of one file as a section among others: edited where it would not fit in.

What is left out belongs to a file as a whole: its header, its headings, its transaction. What a
section sets is set back at its end. All other text stays byte for byte, comments included.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from schema_tools.history.files import headings_in
from schema_tools.history.header import is_known_line
from schema_tools.history.headings import direction_of
from schema_tools.history.migration import Migration
from schema_tools.history.rollback import rollback_stretches, uncommented
from schema_tools.history.session_state import set_back
from schema_tools.history.statements import Stretch, comments_behind, stretches
from schema_tools.lexer import Kind, Token

_OF_THE_FILE = frozenset(
    {
        "BEGIN",
        "START TRANSACTION",
        "COMMIT",
        "END",
        "SET SESSION CHARACTERISTICS",
        "SET TRANSACTION",
    }
)
# Nobody has to wait for an index of a table that nobody reads yet.
_BUILT_AT_ONCE = re.compile(r"(CREATE|DROP) INDEX CONCURRENTLY|REINDEX .* ?CONCURRENTLY")
_RULER = re.compile(r"--\W*")
_CONTINUED = re.compile(r"--[ \t]{2,}\S")


class Edit(NamedTuple):
    """A new text for what stands between two offsets."""

    start: int
    end: int
    text: str = ""


def up_section(migration: Migration, *, transactional: bool) -> str:
    """Return the UP part as a section of a file in one transaction, or without any."""
    text = migration.text
    found = tuple(stretches(text))
    headings = headings_in(text, found, migration.path)
    border = next((each.start for each in headings if each.direction == "DOWN"), len(text))
    edits = [Edit(each.start, each.end) for each in headings if each.start < border]
    edits += [Edit(token.start, token.end) for token in _header(text, found[0].comments)]
    forward = [each for each in found if _start(each) < border]
    return _section(text[:border], forward, edits, migration.version, transactional)


def down_section(migration: Migration, *, transactional: bool) -> str:
    """Return the DOWN part as a section, its SQL not in comments; "" where there is none."""
    text = migration.text
    headings = headings_in(text, tuple(stretches(text)), migration.path)
    heading = next((each for each in headings if each.direction == "DOWN"), None)
    if heading is None:
        return ""
    plain = uncommented(text, heading.end)
    found = rollback_stretches(plain)
    return _section(plain, found, [], migration.version, transactional)


def commented(text: str) -> str:
    """Return SQL as the DOWN part of a file holds it."""
    return "\n".join(f"-- {line}" if line else "--" for line in text.split("\n"))


def _start(stretch: Stretch) -> int:
    """Return where a stretch begins to matter: its statement, else its first comment."""
    first = (*stretch.tokens[:1], *stretch.comments[:1])
    return first[0].start if first else stretch.end


def _section(
    text: str, found: Sequence[Stretch], edits: list[Edit], version: str, transactional: bool
) -> str:
    back: list[str] = []
    gone = {edit.start for edit in edits}
    for stretch in found:
        around = (*stretch.comments, *comments_behind(text, stretch))
        comments = (each for each in around if each.end <= len(text))
        edits += _no_headings((each for each in comments if each.start not in gone), version)
        if stretch.tokens:
            edits += _of_statement(text, stretch, transactional=transactional)
            back += set_back(stretch, transactional=transactional)
    return "\n".join([_edited(text, edits).strip(), *dict.fromkeys(back)])


def _header(text: str, comments: Sequence[Token]) -> Iterator[Token]:
    """Yield the comments of the file's header: lines that it knows, and what goes with them."""
    for _block, lines in itertools.groupby(
        enumerate(comments), key=lambda pair: text.count("\n", 0, pair[1].start) - pair[0]
    ):
        block = [token for _at, token in lines]
        if not any(is_known_line(token.text) for token in block):
            continue
        goes = False
        for token in block:
            is_known = is_known_line(token.text)
            is_continued = goes and bool(_CONTINUED.match(token.text))
            goes = is_known or is_continued
            if goes or _RULER.fullmatch(token.text):
                yield token


def _no_headings(comments: Iterable[Token], version: str) -> Iterator[Edit]:
    """Let no comment of a section be taken for a heading of the file."""
    for token in comments:
        if direction_of(token.text):
            yield Edit(token.end, token.end, f" of {version}")


def _of_statement(text: str, stretch: Stretch, *, transactional: bool) -> Iterator[Edit]:
    first, last = stretch.tokens[0], stretch.tokens[-1]
    if stretch.verb in _OF_THE_FILE or (stretch.verb == "LOCK" and not transactional):
        yield Edit(first.start, stretch.end if stretch.complete else last.end)
        return
    if _BUILT_AT_ONCE.fullmatch(stretch.verb):
        yield _not_concurrently(stretch.tokens)
    if stretch.verb in {"SET", "SET LOCAL"}:
        yield from _as_local(stretch.tokens, transactional=transactional)
    if not stretch.complete:
        yield Edit(last.end, last.end, ";")


def _not_concurrently(tokens: Sequence[Token]) -> Edit:
    """Return what takes CONCURRENTLY out of a statement on indexes."""
    at = next(at for at, token in enumerate(tokens) if token.text.upper() == "CONCURRENTLY")
    before, token, after = tokens[at - 1 : at + 2]
    if before.kind is Kind.WORD:  # of an option comes after a parenthesis or a comma
        return Edit(before.end, token.end)
    value = token if after.text in {",", ")"} else after
    return Edit(token.start, value.end, "CONCURRENTLY false")


def _as_local(tokens: Sequence[Token], *, transactional: bool) -> Iterator[Edit]:
    """Yield what makes a SET one of the transaction, or of the session where there is none."""
    first, second = tokens[0], tokens[1]
    scope = second.text.upper() if second.kind is Kind.WORD else ""
    if not transactional:
        if scope == "LOCAL":
            yield Edit(first.end, second.end)
    elif scope == "SESSION":
        yield Edit(second.start, second.end, "LOCAL")
    elif scope != "LOCAL":
        yield Edit(first.end, first.end, " LOCAL")


def _edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the edited text; a line of which nothing is left goes as a whole."""
    pieces, done = [], 0
    for edit in sorted(edits):
        start, end = edit.start, edit.end
        if not edit.text:
            line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
            line_end = len(text) if line_end < 0 else line_end + 1
            if not (text[line_start:start] + text[end:line_end]).strip():
                start, end = max(line_start, done), line_end
        pieces += [text[done:start], edit.text]
        done = end
    return "".join([*pieces, text[done:]])
