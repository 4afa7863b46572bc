"""Cut SQL text into statements where ``psql -f`` does.

A statement ends at a semicolon outside quotes, comments and parentheses, and outside the body of a
``CREATE FUNCTION … BEGIN ATOMIC … END``. Two things are better than in psql, whose lexer takes
any word BEGIN or END in such a statement for the body's: only ``BEGIN ATOMIC`` opens a body, and a
column label (``AS end``) closes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schema_tools.history.migration import Statement
from schema_tools.history.verbs import has, outline, verb_of
from schema_tools.lexer import Kind, Token, UnreadableSql, line_at, tokens_and_comments

# Bound once: the lookup of an enum's member costs more than the comparison.
_WORD, _PUNCTUATION, _COMMENT, _BACKSLASH = (
    Kind.WORD,
    Kind.PUNCTUATION,
    Kind.COMMENT,
    Kind.BACKSLASH,
)
_ROUTINE_WORDS = frozenset({"FUNCTION", "PROCEDURE"})
_BEFORE_ROUTINE = frozenset({("CREATE",), ("CREATE", "OR", "REPLACE")})
_ROUTINE_AT = frozenset(len(head) for head in _BEFORE_ROUTINE)
_BLOCKS = frozenset({"BEGIN", "CASE"})
_BEFORE_LABEL = frozenset({"AS", "."})
_REFUSED = (
    (
        "COPY",
        (("FROM", "STDIN"),),
        "COPY … FROM STDIN takes its data from the file, which only psql can do",
        "Write INSERT statements instead.",
    ),
    (
        "COPY",
        (("TO", "STDOUT"),),
        "COPY … TO STDOUT sends its data to the client, where a migration has no use for it",
        "Take the statement out.",
    ),
    (
        "SET",
        tuple(
            ("STANDARD_CONFORMING_STRINGS", sign, value)
            for sign in ("=", "TO")
            for value in ("OFF", "'OFF'", "FALSE", "0")
        ),
        "with standard_conforming_strings off, strings would end elsewhere than they seem to",
        "Take the statement out, and write strings with backslashes as E'…'.",
    ),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What stands between two statements and the statement that follows.

    ``comments`` come before the statement; ``tokens`` are its own, without white space, comments
    and its ``;``, of an INSERT only the first and the last; the last stretch of a text may have
    none. ``end`` is the offset behind the
    ``;``; ``complete`` says that there was one.
    """

    comments: tuple[Token, ...]
    tokens: tuple[Token, ...]
    verb: str
    end: int
    complete: bool


def split(text: str, *, first_line: int = 1) -> tuple[Statement, ...]:
    """Return the statements of a text; one without a ``;`` at the end of the text counts.

    ``first_line`` is the number of the text's first line. Raises UnreadableSql.
    """
    return statements_of(text, stretches(text), first_line=first_line)


def statements_of(
    text: str, found: Iterable[Stretch], *, first_line: int = 1
) -> tuple[Statement, ...]:
    """Return the statements of stretches of a text, the empty ones left out."""
    statements = []
    line, counted = first_line, 0
    for stretch in found:
        if not stretch.tokens:
            continue
        start, end = stretch.tokens[0].start, stretch.tokens[-1].end
        line += text.count("\n", counted, start)
        counted = start
        column = start - text.rfind("\n", 0, start)
        statements.append(Statement(text[start:end], line, stretch.verb, column))
    return tuple(statements)


def comments_behind(text: str, last: Stretch) -> tuple[Token, ...]:
    """Return the comments behind a text's last statement, if no ``;`` ends it."""
    if last.complete or not last.tokens:
        return ()
    return tuple(tokens_and_comments(text, last.tokens[-1].end))


def stretches(text: str, start: int = 0) -> Iterator[Stretch]:
    """Yield the statements of a text from an offset on, with the comments before each.

    Raises UnreadableSql where the text holds what only psql can read, or something unclosed.
    """
    reader = _Reader(text)
    for token in tokens_and_comments(text, start):
        if token.text == ";" and not reader.nested:
            yield reader.take(token.end, complete=True)
        else:
            reader.add(token)
    reader.check_closed()
    yield reader.take(len(text), complete=False)


class _Reader:
    """The statement that is being read: its tokens, and how deep inside what it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._reset()

    def _reset(self) -> None:
        self.comments: list[Token] = []
        self.tokens: list[Token] = []
        # What is open: parentheses, and in a routine's body BEGIN and CASE.
        self.nested: list[Token] = []
        self.routine = False
        # Of an INSERT, which may be as long as all data, the first token and the last are kept.
        self.is_data = False

    def add(self, token: Token) -> None:
        """Take a token that does not end the statement."""
        kind = token.kind
        if kind is _WORD:
            if self.routine or len(self.tokens) in _ROUTINE_AT:
                self._add_word(token)
        elif kind is _PUNCTUATION:
            self._add_punctuation(token)
        elif kind is _COMMENT:
            if not self.tokens:
                self.comments.append(token)
            return
        elif kind is _BACKSLASH:
            raise self._meta_command(token)
        if self.is_data:
            self.tokens[1:] = (token,)
        else:
            self._keep(token)

    def _keep(self, token: Token) -> None:
        self.tokens.append(token)
        if len(self.tokens) == 1:
            self.is_data = token.text.upper() == "INSERT"

    def _add_punctuation(self, token: Token) -> None:
        if token.text == "(":
            self.nested.append(token)
        elif token.text == ")" and self.nested and self.nested[-1].text == "(":
            self.nested.pop()

    def _add_word(self, token: Token) -> None:
        """Look for the head of a routine, and then for BEGIN ATOMIC, CASE and END in it."""
        if not self.routine:
            self.routine = self._names_routine(token)
            return
        before = self.tokens[-1].text.upper()
        if before in _BEFORE_LABEL:
            return
        word = token.text.upper()
        block = self.nested[-1].text.upper() if self.nested else ""
        if word == "ATOMIC" and before == "BEGIN" and not block:
            self.nested.append(self.tokens[-1])
        elif word == "CASE" and block in _BLOCKS:
            self.nested.append(token)
        elif word == "END" and block in _BLOCKS:
            self.nested.pop()

    def _names_routine(self, token: Token) -> bool:
        if token.text.upper() not in _ROUTINE_WORDS:
            return False
        return tuple(each.text.upper() for each in self.tokens) in _BEFORE_ROUTINE

    def take(self, end: int, *, complete: bool) -> Stretch:
        """Return the stretch that ends here, and begin the next."""
        verb = verb_of(self.tokens)
        if verb in {"COPY", "SET", "SET LOCAL"}:
            self._check_readable()
        stretch = Stretch(tuple(self.comments), tuple(self.tokens), verb, end, complete)
        self._reset()
        return stretch

    def check_closed(self) -> None:
        """Refuse what is still open at the end of the text."""
        if not self.nested:
            return
        token = self.nested[-1]
        message, hint = f"the {token.text.upper()} that begins here has no END", "Write END;"
        if token.text == "(":
            message, hint = "the parenthesis that opens here is never closed", "Write the )"
        raise self._error(message, token, f"{hint} where it ends.")

    def _check_readable(self) -> None:
        """Refuse, before what follows is taken for SQL, what makes it something else."""
        words = outline(self.tokens)
        for beginning, sequences, message, hint in _REFUSED:
            if words[0] == beginning and any(has(words, *each) for each in sequences):
                raise self._error(message, self.tokens[0], hint)

    def _meta_command(self, token: Token) -> UnreadableSql:
        command = self.text[token.start :].split(maxsplit=1)[0]
        return self._error(
            f"{command} is a command of psql, not SQL",
            token,
            "Take it out, or write what it does in SQL.",
        )

    def _error(self, message: str, token: Token, hint: str) -> UnreadableSql:
        return UnreadableSql(message, line=line_at(self.text, token.start), hint=hint)
