"""Which statements of a file were changed: comments and white space are none."""

from __future__ import annotations

import pytest

from schema_tools.history.files import parse_migration
from schema_tools.history.statements import split
from schema_tools.history.texts import added, runs_the_same, unified

TEXT = "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n-- DOWN\n-- DROP TABLE a;\n"


def migration(text: str):
    return parse_migration("001_a.sql", text.encode(), "001_a.sql")


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (TEXT, True),
        ("-- Author: B\n" + TEXT.replace("a (id int)", "a\n( id /* the key */ int )"), True),
        (TEXT.replace("DROP TABLE a", "DROP TABLE a CASCADE"), True),
        (TEXT.replace("int", "bigint"), False),
        (TEXT.replace("TABLE a (", 'TABLE "A" ('), False),
        (TEXT.replace("BEGIN", "BEGIN ISOLATION LEVEL SERIALIZABLE"), False),
        ("SET search_path = s;\n" + TEXT, False),
        (TEXT.replace("BEGIN;\n", "").replace("COMMIT;\n", "SELECT 1;\n"), False),
        ("-- Transaction: off\nCREATE TABLE a (id int);\n", False),
    ],
)
def test_two_texts_run_the_same_but_for_comments_white_space_and_rollback(changed, same):
    assert runs_the_same(migration(TEXT), migration(changed)) is same


@pytest.mark.parametrize(
    ("before", "after", "numbers"),
    [
        ("SELECT 1; SELECT 2;", "SELECT 1; SELECT 2;", ()),
        ("SELECT 1; SELECT 2;", "SELECT 2; SELECT  1;", ()),
        ("SELECT 1;", "SELECT 1; SELECT 1;", (2,)),
        ("SELECT 1;", "SELECT 2; SELECT 1; SELECT 3;", (1, 3)),
        ("SELECT 1;", "", ()),
    ],
)
def test_statements_that_were_not_there_are_numbered(before, after, numbers):
    assert added(split(before), split(after)) == numbers


def test_the_difference_says_where_either_text_is_from():
    lines = unified("a\nb\n", "a\nc\n", name="001_a.sql", origin="git, commit 1")
    assert lines[:2] == ("--- 001_a.sql (git, commit 1)", "+++ 001_a.sql (now)")
    assert lines[-2:] == ("-b", "+c")
    assert unified("a\n", "a\n", name="x", origin="y") == ()
    assert unified("a\r\nb", "a\nb\n", name="x", origin="y") == ()


def test_a_new_password_is_a_change_and_is_not_shown() -> None:
    before = "CREATE ROLE x\n  PASSWORD\n 'secret one';\n"
    lines = unified(before, before.replace("one", "two"), name="x", origin="y")
    assert "secret" not in "".join(lines)
    assert [line[0] for line in lines[2:] if line[0] in "+-"] == ["-", "+"]
