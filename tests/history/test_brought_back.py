"""What is sent again to a new session, and what nobody can send again."""

from __future__ import annotations

import pytest

from schema_tools.history.brought_back import sent_again, set_unseen
from schema_tools.history.statements import split

LASTS = "SELECT pg_catalog.set_config('search_path', 'app', false);"
IN_CODE = "DO $$ BEGIN PERFORM set_config('search_path', 'app', false); END $$;"


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("SET a.b = 1; CREATE TABLE t (); RESET work_mem;", (0, 2)),
        ("SET ROLE a; CREATE TABLE t (); RESET ROLE;", (2,)),
        ("SET ROLE a; SET work_mem = '1MB'; RESET ROLE;", (0, 1, 2)),
        ('SET Search_Path = a; SET SESSION "search_path" TO b;', (1,)),
        ("SET TIME ZONE 'UTC'; RESET timezone;", (1,)),
        ("SET SESSION AUTHORIZATION a; RESET SESSION AUTHORIZATION;", (1,)),
        ("SET search_path = a; RESET ALL;", (0, 1)),
        ("SET search_path = a; DISCARD ALL; SET ROLE a;", (1, 2)),
        ("SET LOCAL search_path = a; SET CONSTRAINTS ALL DEFERRED;", ()),
        (LASTS, (0,)),
        (
            "SELECT set_config('search_path', 'x, ' || current_setting('search_path'), false);",
            (0,),
        ),
        ("SELECT set_config('search_path', 'app', true);", ()),
        ("SELECT set_config('a.b', work(), false);", ()),
        ("SELECT set_config('a.b', '1', false) INTO t;", ()),
        (IN_CODE, ()),
        ("SET; SET SESSION; SELECT own.set_config('a.b');", (0, 1)),
    ],
)
def test_what_is_sent_again(text, again):
    assert sent_again(split(text)) == again


@pytest.mark.parametrize(
    "text",
    [
        IN_CODE,
        f"{IN_CODE} SET work_mem = '1MB';",
        "DO 'BEGIN PERFORM set_config(''a.b'', ''1'', false); END';",
        "DO $$ BEGIN EXECUTE 'SELECT set_config(''a.b'', ''1'', false)'; END $$; SET a.b = 1;",
        "DO $$ BEGIN SET ROLE a; END $$;",
        "DO LANGUAGE other $$ it's set_config $$;",
        "SELECT set_config('a.b', work(), false);",
        "SELECT set_config(name, '1', false), work() FROM names; SET a.b = 1;",
    ],
)
def test_what_was_set_and_is_not_sent_again(text):
    statements = split(text)
    assert set_unseen(statements, len(statements)) == statements[0]


@pytest.mark.parametrize(
    "text",
    [
        f"{IN_CODE} SET search_path = app;",
        f"{IN_CODE} {LASTS}",
        f"{IN_CODE} DISCARD ALL;",
        LASTS,
        "DO $$ BEGIN PERFORM set_config('a.b', '1', true); SET LOCAL ROLE a; END $$;",
        "DO $$ BEGIN UPDATE t SET a = 1; END $$;",
        "DO LANGUAGE other $$ it's nothing $$;",
        "CREATE FUNCTION f() RETURNS text RETURN set_config('a.b', '1', false);",
    ],
)
def test_what_leaves_nothing_unseen(text):
    statements = split(text)
    assert set_unseen(statements, len(statements)) is None


def test_a_set_where_the_run_goes_on_counts():
    statements = split(f"{IN_CODE} SET search_path = app; CREATE TABLE t ();")
    assert set_unseen(statements, 1) is None
    assert set_unseen(split(f"{IN_CODE} CREATE TABLE t (); SET search_path = app;"), 1)
