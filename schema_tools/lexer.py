"""Tokens of PostgreSQL's SQL, cut where the server and psql cut them.

The rules are those of PostgreSQL's ``src/backend/parser/scan.l``, with
``standard_conforming_strings`` on, and of psql's ``src/fe_utils/psqlscan.l`` for the backslash.
A string that continues on the next line is one token. What neither lexer knows is a token of kind
OTHER, so that every character of the text is in exactly one token.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import NamedTuple


class Kind(enum.Enum):
    """What a token is."""

    SPACE = "space"
    COMMENT = "comment"
    STRING = "string"  # 'a' E'a' B'1' X'f' U&'a' $$a$$ $tag$a$tag$; N'a' is a word and a string
    WORD = "word"  # a key word or an unquoted identifier
    NAME = "name"  # "a" U&"a"
    NUMBER = "number"
    PARAMETER = "parameter"  # $1
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"  # ( ) [ ] , ; . .. : :: :=
    BACKSLASH = "backslash"  # begins a command of psql
    OTHER = "other"


class Token(NamedTuple):
    """A piece of the text; ``start`` is its offset."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Return the offset behind the token."""
        return self.start + len(self.text)


class UnreadableSql(ValueError):
    """The text cannot be cut into statements; ``line`` (from 1) is where the trouble begins."""

    def __init__(self, message: str, *, line: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.hint = hint


# Repeated groups are atomic, (?>(?:…)*), where (?:…)*+ would say the same: Python before 3.11.5,
# which Debian 12 has, keeps what a possessive group has matched of a last, failing round.
_IDENT = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*+"
_TAG = r"\$(?>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+)?)\$"
# Between the parts of a continued string: white space and -- comments, with at least one newline.
_GAP = r"(?>(?:[ \t\f\v]++|--[^\n\r]*+)*)[\n\r](?>(?:[ \t\n\r\f\v]++|--[^\n\r]*+[\n\r])*)"
_PLAIN = r"'[^']*+(?>(?:''[^']*+)*)'"
_ESCAPED = r"'[^'\\]*+(?>(?:(?:''|\\[\s\S])[^'\\]*+)*)'"
_DIGITS = r"[0-9](?>(?:_?[0-9])*)"
# An operator stops before a comment, and ends in + or - only if it holds a character that no
# operator of standard SQL has: so =- is two operators and @- is one.
_BEFORE_COMMENT = r"(?!--|/\*)"
_OPERATOR = (
    rf"(?=(?>(?:{_BEFORE_COMMENT}[-+*/<>=])*){_BEFORE_COMMENT}[~!@#^&|`?%])"
    rf"(?>(?:{_BEFORE_COMMENT}[-+*/<>=~!@#^&|`?%])+)"
    rf"|(?:{_BEFORE_COMMENT}[-+*/<>=])*{_BEFORE_COMMENT}[*/<>=]"
    r"|[-+]"
)

# In the order of how often they are met, where the order is free. OPEN is what begins something
# that the rules before it did not see the end of.
_OPEN = None
_RULES: tuple[tuple[Kind | None, str], ...] = (
    (Kind.SPACE, r"[ \t\n\r\f\v]++"),
    (Kind.WORD, rf"""(?![bBeExX]'|[uU]&["']){_IDENT}"""),
    (Kind.PUNCTUATION, r"[(),;\[\]]|\.(?![0-9])\.?+|:[:=]?+"),
    (Kind.COMMENT, r"--[^\n\r]*+|/\*[^*/]*+(?>(?:(?!\*/|/\*)[*/][^*/]*+)*)\*/"),
    # Backslashes count in what continues an E'' too: where that is never closed, neither is this.
    (Kind.STRING, rf"[eE]{_ESCAPED}(?>(?:{_GAP}{_ESCAPED})*)(?!{_GAP}')"),
    (Kind.STRING, rf"[bBxX]'[^']*+'(?>(?:{_GAP}'[^']*+')*)"),
    (Kind.STRING, rf"(?>(?:[uU]&)?){_PLAIN}(?>(?:{_GAP}{_PLAIN})*)"),
    (Kind.NAME, r'(?>(?:[uU]&)?)"[^"]*+(?>(?:""[^"]*+)*)"'),
    (_OPEN, r"""[bBeExX]?+'|(?>(?:[uU]&)?)["']|/\*"""),
    (
        Kind.NUMBER,
        rf"(?:0[xX](?>(?:_?[0-9A-Fa-f])+)|0[oO](?>(?:_?[0-7])+)|0[bB](?>(?:_?[01])+)"
        rf"|(?:{_DIGITS}(?:\.(?!\.)(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?)"
        rf"(?:{_IDENT})?",
    ),
    (Kind.OPERATOR, _OPERATOR),
    (Kind.STRING, rf"(?P<tag>{_TAG})[\s\S]*?(?P=tag)"),
    (_OPEN, _TAG),
    (Kind.PARAMETER, r"\$[0-9]++"),
    (Kind.BACKSLASH, r"\\"),
    (Kind.OTHER, r"[\s\S]"),
)
_MASTER = re.compile(
    "|".join(f"(?P<rule{number}>{pattern})" for number, (_kind, pattern) in enumerate(_RULES))
)
_COMMENT_MARK = re.compile(r"/\*|\*/")


def _kinds_by_group() -> tuple[Kind | None, ...]:
    """Return the kind for each number of a group; one inside a rule is never the last to close."""
    kinds: list[Kind | None] = [None] * (_MASTER.groups + 1)
    for number, (kind, _pattern) in enumerate(_RULES):
        kinds[_MASTER.groupindex[f"rule{number}"]] = kind
    return tuple(kinds)


_KINDS = _kinds_by_group()
_ALL = tuple(True for _ in _KINDS)
_NO_SPACE = tuple(kind is not Kind.SPACE for kind in _KINDS)
_SIGNIFICANT = tuple(kind not in {Kind.SPACE, Kind.COMMENT} for kind in _KINDS)


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Yield every token from an offset on; their texts put together are the text.

    Raises UnreadableSql for a quote or a comment that is never closed.
    """
    return _scan(text, start, _ALL)


def tokens_and_comments(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens that are not white space; raises UnreadableSql as ``tokens`` does."""
    return _scan(text, start, _NO_SPACE)


def significant(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens that are no white space and no comments; raises as ``tokens`` does."""
    return _scan(text, start, _SIGNIFICANT)


def line_at(text: str, offset: int) -> int:
    """Return the number (from 1) of the line that holds an offset."""
    return text.count("\n", 0, offset) + 1


def _scan(text: str, start: int, wanted: tuple[bool, ...]) -> Iterator[Token]:
    """Yield the tokens of the wanted groups."""
    kinds, new = _KINDS, tuple.__new__
    position: int | None = start
    while position is not None:
        matches = _MASTER.finditer(text, position)
        position = None
        for match in matches:
            group = match.lastindex or 0
            if not wanted[group]:
                continue
            kind = kinds[group]
            if kind is None:
                # Nested comments are beyond a regular expression: go on behind this one.
                comment = _opened(text, match)
                position = comment.end
                if wanted is not _SIGNIFICANT:
                    yield comment
                break
            # What Token(…) does, without the two calls of a NamedTuple: it is half of the time.
            yield new(Token, (kind, match[0], match.start()))


def _opened(text: str, match: re.Match[str]) -> Token:
    """Return the nested comment that begins here; anything else was never closed."""
    mark, start = match.group(), match.start()
    if mark == "/*":
        depth = 0
        for found in _COMMENT_MARK.finditer(text, start):
            depth += 1 if found.group() == "/*" else -1
            if not depth:
                return Token(Kind.COMMENT, text[start : found.end()], start)
        what, close = "comment", "*/"
    elif mark[0] == "$":
        what, close = "dollar-quoted string", mark
    elif mark[-1] == '"':
        what, close = "quoted identifier", '"'
    else:
        what, close = "string", "'"
    raise UnreadableSql(
        f"the {what} that begins here with {mark} is never closed",
        line=line_at(text, start),
        hint=f"Write the closing {close} where it ends.",
    )
