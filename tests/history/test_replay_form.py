"""In which form a statement is run in a replay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schema_tools.history.replay_form import Form, Names, Owner, form_of
from schema_tools.history.statements import split

NAMES = Names(runner="app", me="the replay", live="shop", scratch="scratch_1")
DRAFTED = "DO $${}BEGIN EXECUTE format('ALTER DATABASE %I SET a TO ''5%%''', {}); END$$"


def formed(text: str, *, keep_owners: bool = True) -> Form:
    (statement,) = split(text)
    return form_of(statement, NAMES, keep_owners=keep_owners)


AS_IT_STANDS = [
    "CREATE TABLE t (i int)",
    "ALTER TABLE t RENAME TO app",
    "ALTER SEQUENCE s OWNED BY t.app",
    "COMMENT ON TABLE t IS 'OWNER TO app'",
    "GRANT SELECT ON app TO reader",
    "GRANT SELECT (app) ON t TO reader",
    'GRANT SELECT ON t TO "App"',
    "CREATE SCHEMA app",
    "SET ROLE reader",
    "ALTER TABLE t OWNER TO bob, ADD COLUMN i int",
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
]
NOW = {
    "GRANT SELECT ON t TO reader, APP WITH GRANT OPTION": (
        'GRANT SELECT ON t TO reader, "the replay" WITH GRANT OPTION'
    ),
    "REVOKE ALL ON t FROM GROUP app, /* and */ PUBLIC CASCADE": (
        'REVOKE ALL ON t FROM GROUP "the replay", /* and */ PUBLIC CASCADE'
    ),
    "GRANT SELECT ON t TO reader GRANTED BY app": (
        'GRANT SELECT ON t TO reader GRANTED BY "the replay"'
    ),
    "ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA app GRANT SELECT ON TABLES TO app": (
        'ALTER DEFAULT PRIVILEGES FOR ROLE "the replay" IN SCHEMA app '
        'GRANT SELECT ON TABLES TO "the replay"'
    ),
    "SET ROLE app": "SET ROLE NONE",
    "CREATE USER MAPPING FOR app SERVER app": 'CREATE USER MAPPING FOR "the replay" SERVER app',
}
OWNERS = {
    "ALTER TABLE IF EXISTS ONLY public.t OWNER TO bob": (
        "",
        "TABLE IF EXISTS ONLY public.t",
        "bob",
    ),
    "ALTER TABLE t OWNER TO app": ("", "TABLE t", '"the replay"'),
    "ALTER TABLE t OWNER TO CURRENT_USER": ("", "TABLE t", '"the replay"'),
    'ALTER FUNCTION f(a int, b text) OWNER TO "Odd ""one"': (
        "",
        "FUNCTION f(a int, b text)",
        '"Odd ""one"',
    ),
    "ALTER TABLE IF EXISTS s.t ADD i int, OWNER TO bob": (
        "ALTER TABLE IF EXISTS s.t ADD i int",
        "TABLE IF EXISTS s.t",
        "bob",
    ),
    "CREATE SCHEMA s AUTHORIZATION bob": ("CREATE SCHEMA s ", "SCHEMA s", "bob"),
    "CREATE SCHEMA IF NOT EXISTS AUTHORIZATION Bob": (
        "CREATE SCHEMA IF NOT EXISTS bob",
        "SCHEMA bob",
        "bob",
    ),
    "CREATE SCHEMA AUTHORIZATION app CREATE TABLE t (i int)": (
        "CREATE SCHEMA app CREATE TABLE t (i int)",
        "SCHEMA app",
        '"the replay"',
    ),
}
LATER = {
    "ALTER DATABASE shop SET work_mem = '1MB'": "ALTER DATABASE scratch_1 SET work_mem = '1MB'",
    'ALTER DATABASE "shop" RESET ALL': "ALTER DATABASE scratch_1 RESET ALL",
    "ALTER ROLE app IN DATABASE shop SET a.b = 'shop'": (
        """ALTER ROLE "the replay" IN DATABASE scratch_1 SET a.b = 'shop'"""
    ),
    "ALTER ROLE ALL IN DATABASE SHOP RESET work_mem": (
        "ALTER ROLE ALL IN DATABASE scratch_1 RESET work_mem"
    ),
    "GRANT CONNECT ON DATABASE shop TO app": 'GRANT CONNECT ON DATABASE scratch_1 TO "the replay"',
    DRAFTED.format("", "current_database()"): "ALTER DATABASE scratch_1 SET a TO '5%'",
    "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION f()": (
        "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION f()"
    ),
}
LEFT_OUT = [
    "ALTER DATABASE shop OWNER TO bob",
    "ALTER DATABASE shop RENAME TO other",
    "ALTER DATABASE shop SET TABLESPACE t",
    "ALTER DATABASE other SET work_mem = '1MB'",
    "ALTER ROLE app SET work_mem = '1MB'",
    "ALTER ROLE app IN DATABASE other SET work_mem = '1MB'",
    "GRANT CONNECT ON DATABASE shop, other TO bob",
    "GRANT bob TO app",
    "REASSIGN OWNED BY bob TO app",
    "DROP OWNED BY bob",
    DRAFTED.format("", "'other'"),
    DRAFTED.format("DECLARE a int; ", "current_database()"),
]


@pytest.mark.parametrize("text", AS_IT_STANDS)
def test_what_names_neither_runner_nor_database_stays(text: str) -> None:
    assert replace(formed(text), grantees=frozenset()) == Form(now=text)


@pytest.mark.parametrize("text", NOW)
def test_the_runner_is_the_replay_itself(text: str) -> None:
    assert replace(formed(text), grantees=frozenset()) == Form(now=NOW[text])


def test_grantees_are_named() -> None:
    text = 'GRANT SELECT (a), INSERT ON t TO App, "Odd One", reader GRANTED BY bob'
    assert formed(text).grantees == {'"the replay"', '"Odd One"', "reader"}
    assert formed("REVOKE ALL ON t FROM app CASCADE").grantees == {'"the replay"'}
    assert formed("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x").grantees == set()


@pytest.mark.parametrize("text", OWNERS)
def test_owners_are_remembered(text: str) -> None:
    now, of, role = OWNERS[text]
    assert formed(text) == Form(now=now, owner=Owner(of, role))


@pytest.mark.parametrize("text", LATER)
def test_the_live_database_is_the_scratch_database(text: str) -> None:
    assert formed(text) == Form(later=LATER[text])


@pytest.mark.parametrize("text", LEFT_OUT)
def test_what_reaches_further_is_left_out(text: str) -> None:
    found = formed(text)
    assert found.left_out
    assert found == Form(left_out=found.left_out)


def test_a_replay_that_can_give_owners_does_so_at_once() -> None:
    for text in ("ALTER TABLE t OWNER TO bob", "CREATE SCHEMA s AUTHORIZATION bob"):
        assert formed(text, keep_owners=False) == Form(now=text)
    assert formed("ALTER TABLE t OWNER TO app", keep_owners=False).now == (
        'ALTER TABLE t OWNER TO "the replay"'
    )
    schema = formed("CREATE SCHEMA AUTHORIZATION app", keep_owners=False)
    assert schema.now == "CREATE SCHEMA app"


def test_a_role_of_the_servers_own_is_not_altered() -> None:
    (statement,) = split("ALTER ROLE app IN DATABASE shop SET work_mem = '1MB'")
    names = Names("app", "pg_read_all_settings", "shop", "scratch_1")
    assert form_of(statement, names, keep_owners=True).later == (
        "ALTER ROLE app IN DATABASE scratch_1 SET work_mem = '1MB'"
    )


def test_without_a_live_database_nothing_is_said_of_scratch() -> None:
    (statement,) = split("ALTER DATABASE shop SET work_mem = '1MB'")
    assert form_of(statement, Names(me="x", scratch="y"), keep_owners=True).left_out
