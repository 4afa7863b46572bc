"""The normal form of expressions: what it folds, and what it must leave apart."""

from __future__ import annotations

import pytest

from schema_tools.schema.expressions import same_expression

SAME = [
    (
        "((t)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
        "((t)::text = ANY (ARRAY[('a'::character varying)::text, "
        "('b'::character varying)::text]))",
    ),
    (
        "((t)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
        "((t)::text = ANY (ARRAY['a'::text, 'b'::text]))",
    ),
    ("(NOT (a = b))", "(a <> b)"),
    ("((x > 0) AND (NOT ((a)::text = 'q'::text)))", "((x > 0) AND ((a)::text <> 'q'::text))"),
    ("'x'::text", "'x'::character varying"),
    ("('x'::character varying)::text", "'x'::text"),
    ("now()", "CURRENT_TIMESTAMP"),
    ("now()", "transaction_timestamp()"),
    ("(now() + '1 day'::interval)", "(CURRENT_TIMESTAMP + '1 day'::interval)"),
    ("((a IS NULL))", "(a IS NULL)"),
]
DIFFERENT = [
    ("'x'::text", "'y'::text"),
    ("'1'::text", "1"),
    ("'1'::integer", "'1'::bigint"),
    ("'abc'::character varying(2)", "'abc'::text"),
    ("'{}'::text[]", "'{}'::text"),
    ("'{}'::jsonb", "'{}'::json"),
    ("(a)::text", "a"),
    ("(ARRAY[a, b])::text[]", "ARRAY[a, b]"),
    ("(NOT ((a = b) AND (c = d)))", "((a <> b) AND (c = d))"),
    ("(NOT (a = ANY (b)))", "(a <> ANY (b))"),
    ("(NOT (a < b))", "(a <> b)"),
    ("(NOT (a IS NULL))", "(a IS NOT NULL)"),
    ("now()", "statement_timestamp()"),
    ("CURRENT_TIMESTAMP", "CURRENT_DATE"),
    ("((a + b) * c)", "(a + (b * c))"),
    ("lower('x'::text)", "upper('x'::text)"),
    ("(a = 'Now'::text)", "(a = 'now'::text)"),
    ('("A" = 1)', "(a = 1)"),
    ("(t = ANY (ARRAY['a'::text, 'b'::text]))", "(t = ANY (ARRAY['b'::text, 'a'::text]))"),
    ("(t = ANY (ARRAY['a'::text]))", "(t = ALL (ARRAY['a'::text]))"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_same_meaning_is_equal(before: str, after: str) -> None:
    assert same_expression(before, after)
    assert same_expression(after, before)


@pytest.mark.parametrize(("before", "after"), DIFFERENT)
def test_other_meaning_is_different(before: str, after: str) -> None:
    assert not same_expression(before, after)


# Ways to write one check; the server prints them differently, and its own text fed back again so.
SPELLINGS = [
    ["t IN ('a', 'b')", "t = ANY (ARRAY['a', 'b'])", "t = ANY (ARRAY['a', 'b']::text[])"],
    ["t::text IN ('a', 'b')", "t = ANY (ARRAY['a', 'b']::varchar[])"],
    ["NOT n = 1", "n <> 1", "n != 1"],
    ["NOT t = 'a'", "t <> 'a'"],
]


@pytest.mark.db
@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda spellings: spellings[0])
def test_server_prints_fold_to_one(database, spellings: list[str]) -> None:
    printed = []
    database.execute("CREATE TABLE x (t varchar(20), n integer)")
    for number, spelling in enumerate(spellings):
        printed.append(_printed(database, f"c{number}", spelling))
        printed.append(_printed(database, f"d{number}", printed[-1]))
    assert all(same_expression(printed[0], other) for other in printed[1:]), printed


def _printed(database, name: str, expression: str) -> str:
    database.execute(f"ALTER TABLE x ADD CONSTRAINT {name} CHECK ({expression})")
    query = f"SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = '{name}'"
    return database.execute(query)[0][0]
