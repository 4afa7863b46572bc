"""The lexer, by examples and against PostgreSQL's own (libpg_query, in the package postgast)."""

from __future__ import annotations

import re

import postgast
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schema_tools.lexer import (
    Kind,
    Token,
    UnreadableSql,
    line_at,
    significant,
    tokens,
    tokens_and_comments,
)

EXAMPLES = {
    "SELECT a$b$, $1": ["SELECT", "a$b$", ",", "$1"],
    "'it''s' E'it\\'s' E'\\\\'": ["'it''s'", "E'it\\'s'", "E'\\\\'"],
    "'\\' ;": ["'\\'", ";"],
    "b'1''0' X'ff' N'a' U&'\\0041' U&\"x\" \"a\"\"b\"": [
        *("b'1'", "'0'", "X'ff'", "N", "'a'", "U&'\\0041'", 'U&"x"', '"a""b"')
    ],
    "u & 'a' eb'1' ue'a'": ["u", "&", "'a'", "eb", "'1'", "ue", "'a'"],
    "'a'\n  'b' 'c'": ["'a'\n  'b'", "'c'"],
    "'a' -- why\n-- so\n'b'": ["'a' -- why\n-- so\n'b'"],
    "'a' /* no */\n'b'": ["'a'", "/* no */", "'b'"],
    "E'a'\n'\\''": ["E'a'\n'\\''"],
    "$$ ' $a$ $$ $a$ $$ $b$ $a$": ["$$ ' $a$ $$", "$a$ $$ $b$ $a$"],
    "$ä$;$ä$ $a": ["$ä$;$ä$", "$", "a"],
    "größe Ñ \u00a0": ["größe", "Ñ", "\u00a0"],
    "/* a /* b */ ; */ c /**/ /***/ d": ["/* a /* b */ ; */", "c", "/**/", "/***/", "d"],
    "a--b\n-c": ["a", "--b", "-", "c"],
    "1 1.5 .5 5. 1e5 1.5E-3 0x1F 0o17 0b11 1_000 1..2 1.e": [
        *("1", "1.5", ".5", "5.", "1e5", "1.5E-3", "0x1F", "0o17", "0b11", "1_000"),
        *("1", "..", "2", "1.e"),
    ],
    "a=-1 b@-1 c<-d *- +- <-> -|": [
        *("a", "=", "-", "1", "b", "@-", "1", "c", "<", "-", "d", "*", "-", "+", "-", "<->", "-|")
    ],
    "a+/*b*/c |/*d*/ e<--f": ["a", "+", "/*b*/", "c", "|", "/*d*/", "e", "<", "--f"],
    "x::int[1:2] a.b f(a := 1, b => 2)": [
        *("x", "::", "int", "[", "1", ":", "2", "]", "a", ".", "b"),
        *("f", "(", "a", ":=", "1", ",", "b", "=>", "2", ")"),
    ],
    "\\d {": ["\\", "d", "{"],
    "": [],
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_text_is_cut_into_tokens(text):
    assert [token.text for token in tokens_and_comments(text)] == EXAMPLES[text]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (" \n\t\f\v\r", Kind.SPACE),
        ("-- a", Kind.COMMENT),
        ("/* a */", Kind.COMMENT),
        ("/* /* */ */", Kind.COMMENT),
        ("'a'", Kind.STRING),
        ("E'a'", Kind.STRING),
        ("$a$b$a$", Kind.STRING),
        ("a", Kind.WORD),
        ('"a"', Kind.NAME),
        ("1", Kind.NUMBER),
        ("$1", Kind.PARAMETER),
        ("@>", Kind.OPERATOR),
        ("::", Kind.PUNCTUATION),
        ("\\", Kind.BACKSLASH),
        ("{", Kind.OTHER),
    ],
)
def test_a_token_knows_its_kind(text, kind):
    assert list(tokens(text)) == [Token(kind, text, 0)]


def test_significant_tokens_leave_out_white_space_and_comments_even_nested_ones():
    text = "a /* b /* c */ */ -- d\n e"
    assert [token.text for token in significant(text)] == ["a", "e"]


def test_reading_can_begin_in_the_middle():
    assert [(token.text, token.start, token.end) for token in significant("a bc d", 2)] == [
        ("bc", 2, 4),
        ("d", 5, 6),
    ]


def test_lines_are_counted_from_one():
    assert [line_at("a\nb\n\nc", offset) for offset in (0, 1, 2, 5)] == [1, 1, 2, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n'b;\n", "the string that begins here with ' is never closed"),
        ("a\nE'b\\';\n", "the string that begins here with E' is never closed"),
        ("a\nU&'b", "the string that begins here with U&' is never closed"),
        ("a\nE'b'\n'\\'", "the string that begins here with E' is never closed"),
        ("a\n'b'\n-- c\n'd", "the string that begins here with ' is never closed"),
        ('a\n"b', 'the quoted identifier that begins here with " is never closed'),
        ("a\n$b$ $$", "the dollar-quoted string that begins here with $b$ is never closed"),
        ("a\n/* b /* c */", "the comment that begins here with /* is never closed"),
    ],
)
def test_what_is_never_closed_is_refused_with_the_line_where_it_begins(text, message):
    with pytest.raises(UnreadableSql) as refused:
        list(tokens(text))
    assert refused.value.message == message
    assert refused.value.line == (4 if "\n'd" in text else 2)
    assert refused.value.hint.startswith("Write the closing ")


# Characters and pieces among which the difficult cases are; anything of them in any order.
PIECES = st.lists(
    st.sampled_from(
        [
            *"'\"$;-/*+<>=~!@#%^&|`?.,:()[]\\ \n\r\tabeExXuUnN_019é{\u00a0",
            *("--", "/*", "*/", "$a$", "$$", "''", "E'", "U&'", 'U&"', "\\'", "'\n'", "..", "1e"),
            *("::", ":=", "=>", "0x", "$1", "b'", "-- a\n", "end", "'a'", '"a"'),
        ]
    ),
    max_size=30,
).map("".join)


@given(PIECES)
def test_every_character_is_in_exactly_one_token(text):
    try:
        found = list(tokens(text))
    except UnreadableSql:
        return
    assert "".join(token.text for token in found) == text
    assert [token.start for token in found] == [
        sum(len(each.text) for each in found[:at]) for at in range(len(found))
    ]


@given(PIECES)
def test_tokens_are_those_of_postgresql(text):
    """Texts that PostgreSQL refuses for another reason (``1a``, bad escapes) are not compared.

    Nor is a comment between the parts of a string: the server skips it, but libpg_query, which
    was changed to report comments, sees two strings there.
    """
    assume(not re.search(r"'\s*--", text))
    try:
        theirs = postgast.scan(text).tokens
    except postgast.PgQueryError as error:
        if "unterminated" in str(error):
            with pytest.raises(UnreadableSql):
                list(tokens(text))
        return
    data = text.encode()
    expected = [data[token.start : token.end].decode() for token in theirs]
    assert [token.text for token in tokens_and_comments(text)] == expected
