"""Files whose code makes another schema from one day to the next are told from others."""

from __future__ import annotations

import pytest

from schema_tools.history.moment import code_that_runs, depends_on_the_moment
from schema_tools.history.statements import split

ALWAYS_THE_SAME = {
    "a default": "CREATE TABLE t (at timestamptz DEFAULT now(), d date DEFAULT CURRENT_DATE);",
    "rows": "CREATE TABLE t (at timestamptz); INSERT INTO t VALUES (now()), (random());",
    "a trigger that sets a column": """
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.at = now(); RETURN NEW; END $$;
        CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
        UPDATE t SET x = 1;
        DO $$ BEGIN
            EXECUTE 'CREATE TRIGGER t BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION touch()';
        END $$;
    """,
    "a type made unless it is there": """
        DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad'); EXCEPTION WHEN duplicate_object THEN NULL;
        END $$;
    """,
    "a column made unless it is there": """
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_attribute WHERE attname = 'at') THEN
                ALTER TABLE t ADD COLUMN at timestamptz NOT NULL DEFAULT (now());
            END IF;
        END $$;
    """,
    "a function that nobody calls": """
        CREATE FUNCTION next_month() RETURNS void LANGUAGE plpgsql AS
            $$ BEGIN EXECUTE 'CREATE TABLE p_' || to_char(now(), 'YYYY_MM'); END $$;
    """,
    "a sequence": "SELECT setval('t_id_seq', 100);",
    "words in rows": "INSERT INTO log VALUES ('create user', now());",
}
ANOTHER_EACH_TIME = {
    "a partition of this month": """
        DO $$ BEGIN EXECUTE 'CREATE TABLE p_' || to_char(now(), 'YYYY_MM'); END $$;
    """,
    "one made by a function": """
        CREATE FUNCTION app.next_month() RETURNS void LANGUAGE plpgsql AS
            $$ BEGIN EXECUTE 'CREATE TABLE p_' || to_char(CURRENT_DATE, 'YYYY_MM'); END $$;
        SELECT app.next_month();
    """,
    "one made by a function that is told the time": """
        CREATE OR REPLACE FUNCTION "Make"(at date) RETURNS void LANGUAGE plpgsql AS
            $$ BEGIN EXECUTE 'CREATE TABLE p_' || at; END $$;
        SELECT "Make"(now()::date);
    """,
    "a function that knows the time for another": """
        CREATE FUNCTION suffix() RETURNS text LANGUAGE sql AS $$ SELECT random()::text $$;
        DO $$ BEGIN EXECUTE format('CREATE TABLE %I (i int)', suffix()); END $$;
    """,
    "a trigger that makes tables": """
        CREATE FUNCTION make() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN EXECUTE 'CREATE TABLE p_' || NEW.at; RETURN NEW; END $$;
        INSERT INTO t VALUES (now());
    """,
    "a time that is read at once": "CREATE TABLE t (at timestamptz DEFAULT 'now'::timestamptz);",
    "the name of the database": """
        DO $$ BEGIN EXECUTE 'CREATE TABLE ' || current_database() || ' ()'; END $$;
    """,
}


@pytest.mark.parametrize("case", ALWAYS_THE_SAME)
def test_what_is_always_the_same(case: str) -> None:
    assert not depends_on_the_moment(split(ALWAYS_THE_SAME[case]))


@pytest.mark.parametrize("case", ANOTHER_EACH_TIME)
def test_what_depends_on_when_it_runs(case: str) -> None:
    assert depends_on_the_moment(split(ANOTHER_EACH_TIME[case]))


def test_code_that_runs_is_all_that_may_be_called() -> None:
    text = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t ();"
    assert code_that_runs(split(text)) == ""
    assert "CREATE FUNCTION f()" in code_that_runs(split(f"{text} SELECT f();"))
    assert "CREATE TABLE" not in code_that_runs(split(f"{text} SELECT f();"))
