"""The splitter, by examples and against psql and PostgreSQL's parser."""

from __future__ import annotations

import re

import postgast
import pytest
from hypothesis import given

from schema_tools.history.statements import split, stretches
from schema_tools.lexer import UnreadableSql
from tests.history.strategies import files

EXAMPLES = {
    "empty statements vanish": (";; ; SELECT 1 ;;", ["SELECT 1"]),
    "a last statement needs no semicolon": ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
    "comments alone are no statement": ("-- a;\n/* b; */", []),
    "comments around a statement are left out": (
        "-- a\nSELECT /* b */ 1 -- c\n; /* d */",
        ["SELECT /* b */ 1"],
    ),
    "semicolons in quotes": (
        "SELECT ';', E'\\';', \"a;\", $$;$$, $x$;$$;$x$; SELECT U&';'",
        ["SELECT ';', E'\\';', \"a;\", $$;$$, $x$;$$;$x$", "SELECT U&';'"],
    ),
    "semicolons in parentheses": (
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3",
        ["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"],
    ),
    "a closing parenthesis too many": ("SELECT 1); SELECT 2", ["SELECT 1)", "SELECT 2"]),
    "the body of a function": (
        "create or replace function f() returns int begin atomic "
        "select case when true then 1 end; select (case 1 when 1 then 2 end); end; select 1",
        [
            "create or replace function f() returns int begin atomic "
            "select case when true then 1 end; select (case 1 when 1 then 2 end); end",
            "select 1",
        ],
    ),
    "a label called end": (
        "CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1 AS end; SELECT t.case FROM t; END; SELECT 1",
        [
            "CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1 AS end; SELECT t.case FROM t; END",
            "SELECT 1",
        ],
    ),
    "a function called begin": (
        "CREATE FUNCTION begin() RETURNS int RETURN 1; SELECT 1",
        ["CREATE FUNCTION begin() RETURNS int RETURN 1", "SELECT 1"],
    ),
    "a case outside of a body": (
        "CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END; SELECT 1",
        ["CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END", "SELECT 1"],
    ),
    "begin atomic in something else": (
        "CREATE OR REPLACE VIEW function AS SELECT begin atomic; SELECT 1; END",
        ["CREATE OR REPLACE VIEW function AS SELECT begin atomic", "SELECT 1", "END"],
    ),
    "a variable of psql stays": (
        "SELECT :name, :'x;'; SELECT 1",
        ["SELECT :name, :'x;'", "SELECT 1"],
    ),
    "copy between server and its files": (
        "COPY t TO '/tmp/x'; COPY (SELECT 1 FROM stdin) TO PROGRAM 'cat'",
        ["COPY t TO '/tmp/x'", "COPY (SELECT 1 FROM stdin) TO PROGRAM 'cat'"],
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_statements_are_cut(name):
    text, expected = EXAMPLES[name]
    assert [each.text for each in split(text)] == expected


def test_line_and_column_say_where_a_statement_begins():
    text = "-- a\n\n  SELECT 1; /* b\n */ SELECT\n2;\nSELECT 3"
    assert [(each.line, each.column) for each in split(text)] == [(3, 3), (4, 5), (6, 1)]
    assert [each.line for each in split(text, first_line=11)] == [13, 14, 16]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("SELECT 1;\n\\echo on\n", 2, "\\echo is a command of psql, not SQL"),
        ("SELECT 1 \\gexec", 1, "\\gexec is a command of psql, not SQL"),
        ("SELECT 1 \\; SELECT 2;", 1, "\\; is a command of psql, not SQL"),
        ("\n\ncopy t (a) from stdin;\nit's\n\\.\n", 3, "COPY … FROM STDIN takes its data"),
        ("COPY t TO STDOUT", 1, "COPY … TO STDOUT sends its data"),
        ("SELECT 1;\nCREATE TABLE t (\na int;\nSELECT 1;", 2, "the parenthesis that opens here"),
        (
            "CREATE FUNCTION f()\nBEGIN ATOMIC\nSELECT 1;",
            2,
            "the BEGIN that begins here has no END",
        ),
        (
            "SET standard_conforming_strings = on;\nSET LOCAL standard_conforming_strings TO off;",
            2,
            "with standard_conforming_strings off",
        ),
        ("SELECT 1;\nSELECT 'a;\n", 2, "the string that begins here with ' is never closed"),
    ],
)
def test_what_only_psql_can_read_and_what_is_never_closed_is_refused(text, line, message):
    with pytest.raises(UnreadableSql) as refused:
        split(text)
    assert refused.value.message.startswith(message)
    assert refused.value.line == line
    assert refused.value.hint


def test_a_last_case_without_end_is_named():
    """The innermost thing that is open, for that is where END is missing."""
    with pytest.raises(UnreadableSql, match="the CASE that begins here"):
        split("CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE;")


@given(files())
def test_statements_are_those_of_postgresqls_parser(text):
    expected = [_without_comments(each) for each in postgast.split(text, method="parser")]
    assert [_without_comments(each.text) for each in split(text)] == expected


def _without_comments(text: str) -> list[str]:
    """Return the tokens of a statement by PostgreSQL's own lexer, comments left out."""
    data = text.encode()
    found = [data[token.start : token.end].decode() for token in postgast.scan(text).tokens]
    return [each for each in found if not each.startswith(("--", "/*")) and each != ";"]


@pytest.mark.db
@given(text=files())
def test_statements_are_those_that_psql_sends(sent_by_psql, text):
    assert [_squeezed(each) for each in sent_by_psql(text)] == _as_psql_sends(text)


@pytest.mark.db
@pytest.mark.parametrize(
    "name",
    [name for name in EXAMPLES if name not in {"a label called end", "a function called begin"}],
)
def test_the_examples_hold_for_psql(sent_by_psql, name):
    """But for two, in which psql takes a name for the BEGIN or the END of a body."""
    text, _expected = EXAMPLES[name]
    assert [_squeezed(each) for each in sent_by_psql(text)] == _as_psql_sends(text)


@pytest.mark.db
def test_a_string_goes_on_behind_a_comment(database):
    """What libpg_query does not see, though the server does."""
    text = "SELECT 'a;' -- ;\n'b' -- it's\n -- ;\n'c', E'd'\n'\\'e'"
    assert split(text)[0].text == text
    assert database.execute(text) == [("a;bc", "d'e")]


def _as_psql_sends(text: str) -> list[str]:
    """Return what psql sends: from the first token or block comment up to the semicolon.

    Empty statements and comments that end the file go too.
    """
    found = []
    for stretch in stretches(text):
        blocks = [each for each in stretch.comments if each.text.startswith("/*")]
        first = (*blocks, *stretch.tokens)[:1]
        if first:
            found.append(text[first[0].start : stretch.end])
        elif stretch.complete:
            found.append(";")
    return [_squeezed(each) for each in found]


def _squeezed(text: str) -> str:
    """Return the text without empty lines, which psql leaves out, and blanks at its end."""
    return re.sub(r"\n\n+", "\n", text).rstrip()
