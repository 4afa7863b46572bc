"""The texts of functions: whatever is in a body or a setting comes out of the server again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.keys import Key
from schema_tools.lexer import tokens
from schema_tools.schema.parts.routines import (
    bare_name,
    changed_settings,
    in_dollars,
    renamed,
    set_to,
)

BODIES = st.text(alphabet="a$ body1'\\\r\n\"é", max_size=30)
NAMES = st.text(alphabet="aB ,\"'$.é", min_size=1, max_size=8)


@pytest.fixture(scope="module")
def connection(server):
    import psycopg

    with psycopg.connect(**server.params, dbname="postgres", autocommit=True) as connection:
        yield connection


@given(BODIES)
def test_a_body_is_one_token(text: str) -> None:
    (token,) = tokens(in_dollars(text))
    assert token.text == in_dollars(text)


@pytest.mark.db
@given(BODIES)
def test_the_server_reads_a_body_as_it_is(connection, text: str) -> None:
    assert connection.execute(f"SELECT {in_dollars(text)}".encode()).fetchone() == (text,)


@pytest.mark.db
@given(st.lists(NAMES, max_size=4), st.text(alphabet="a'\\,\" ", max_size=8))
def test_settings_are_kept(connection, names: list[str], value: str) -> None:
    """What the server keeps of a setting, made a clause, gives the same again."""
    path = ", ".join("'" + name.replace("'", "''") + "'" for name in names) or "''"
    text = value.replace("'", "''")
    first = _settings(connection, f"SET search_path TO {path} SET app.value TO '{text}'")
    assert len(first) == 2
    assert _settings(connection, " ".join(map(set_to, first))) == first


def _settings(connection, clauses: str) -> list[str]:
    with connection.transaction(force_rollback=True):
        sql = f"CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql {clauses} AS 'SELECT 1'"
        connection.execute(sql.encode())
        query = "SELECT proconfig FROM pg_proc WHERE oid = 'pg_temp.f()'::regprocedure"
        return connection.execute(query).fetchone()[0]


def test_only_what_differs_in_settings_is_said() -> None:
    before = ("a.b=1", "search_path=x", "work_mem=1MB")
    after = ("a.b=2", "work_mem=1MB", "Odd=")
    assert list(changed_settings(before, before)) == []
    assert list(changed_settings(before, after)) == [
        "RESET search_path",
        "SET a.b TO '2'",
        "SET \"Odd\" TO ''",
    ]


@pytest.mark.parametrize(
    ("name", "types", "bare"),
    [
        ("f()", (), "f"),
        ("f(integer, text)", ("integer", "text"), "f"),
        ("f(x)(integer)", ("integer",), "f(x)"),
        ('f("a, b(c)")', ('"a, b(c)"',), "f"),
        ("g(public.old)", ("public.new",), "g"),
    ],
)
def test_the_bare_name_is_what_stands_before_the_types(name, types, bare) -> None:
    assert bare_name(name, types) == bare


def test_a_renamed_function_keeps_its_types() -> None:
    key = Key("function", "app", "", "Old f(integer, public.mood)")
    assert renamed("FUNCTION", key, "new f(integer, public.mood)") == (
        'ALTER FUNCTION app."Old f"(integer, public.mood) RENAME TO "new f"'
    )
