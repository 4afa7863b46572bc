"""Read the DOWN part of a migration file, whose SQL is in comments."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schema_tools.history.migration import Statement
from schema_tools.history.statements import Stretch, statements_of, stretches
from schema_tools.history.verbs import COMMAND_WORDS
from schema_tools.lexer import Kind, UnreadableSql, line_at, tokens

_BLANK = re.compile(r"(?:[ \t\n\r\f\v]++|--[^\n\r]*+)*+")
_FIRST_WORD = re.compile(r"[A-Za-z]+(?![\w$])")
_PROSE_HINT = "Prose in the DOWN part begins with a capital letter, or with `-- --`."


def rollback_statements(text: str, start: int) -> tuple[Statement, ...]:
    """Return the statements that stand in the comments from an offset on.

    A line that begins outside a statement is prose, and skipped, where its first word is no SQL
    command in all capitals or all lower case, or where it ends in a colon. So is what follows a
    statement on its line. Text without any ``;`` is no rollback. Raises UnreadableSql for SQL
    that is not in comments, and for a statement that the text after others leaves open.
    """
    plain = uncommented(text, start)
    first_line = line_at(text, start)
    try:
        return _statements(plain, first_line)
    except UnreadableSql as error:
        raise UnreadableSql(
            f"in the DOWN part: {error.message}",
            line=first_line + error.line - 1,
            hint=f"{error.hint} {_PROSE_HINT}",
        ) from None


def lines_inside_statements(text: str, start: int) -> frozenset[int]:
    """Return the numbers of the lines that begin inside a statement of the DOWN part.

    A part that cannot be read has none: why not is said where its statements are asked for.
    """
    try:
        plain = uncommented(text, start)
        found = rollback_stretches(plain)
    except UnreadableSql:
        return frozenset()
    above = line_at(text, start) - 1
    return frozenset(
        above + line
        for each in found
        for line in range(line_at(plain, each.tokens[0].start) + 1, line_at(plain, each.end) + 1)
    )


def uncommented(text: str, start: int) -> str:
    """Return the text from an offset on with one comment mark and one space off each line.

    Raises UnreadableSql for SQL that is in no comment.
    """
    parts = []
    for token in tokens(text, start):
        if token.kind is Kind.COMMENT and token.text.startswith("--"):
            parts.append(token.text[2:].removeprefix(" "))
        elif token.kind in {Kind.SPACE, Kind.COMMENT}:
            parts.append(token.text)
        else:
            raise UnreadableSql(
                f"{token.text} in the DOWN part is not in a comment, and psql -f would run it",
                line=line_at(text, token.start),
                hint="Put -- before each line of the DOWN part, or move it above the heading.",
            )
    return "".join(parts)


def _statements(plain: str, first_line: int) -> tuple[Statement, ...]:
    return statements_of(plain, rollback_stretches(plain), first_line=first_line)


def rollback_stretches(plain: str) -> Sequence[Stretch]:
    """Return the statements of a DOWN part whose comment marks are taken off, prose left out.

    Raises UnreadableSql.
    """
    found: list[Stretch] = []
    position = 0
    while (position := _skip_comments(plain, position)) < len(plain):
        end_of_line = _end_of_line(plain, position)
        if not _begins_statement(plain[position:end_of_line]):
            position = end_of_line
            continue
        stretch = next(stretches(plain, position))
        if stretch.complete:
            found.append(stretch)
        elif found:
            line = line_at(plain, position)
            raise UnreadableSql("the last statement has no ;", line=line, hint="End it with a ;.")
        position = stretch.end
    return found


def _skip_comments(plain: str, position: int) -> int:
    """Return the offset of the next thing that is neither white space nor a comment."""
    while True:
        match = _BLANK.match(plain, position)
        position = match.end() if match else position
        if not plain.startswith("/*", position):
            return position
        position = next(tokens(plain, position)).end


def _end_of_line(plain: str, position: int) -> int:
    end = plain.find("\n", position)
    return len(plain) if end < 0 else end


def _begins_statement(line: str) -> bool:
    """Return whether a line is SQL, not prose."""
    match = _FIRST_WORD.match(line)
    if match is None or line.rstrip().endswith(":"):
        return False
    word = match.group()
    return (word.isupper() or word.islower()) and word.upper() in COMMAND_WORDS
