"""A replay stays inside its database, says what it left out, and where a file fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema_tools.conf import Settings
from schema_tools.findings import NotChecked
from schema_tools.history.files import parse_migration
from schema_tools.history.migration import Migration
from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.replay import Outcome, Replayer
from schema_tools.postgres.scratch import open_scratch
from schema_tools.postgres.session import open_connection
from schema_tools.schema.objects import Schema

pytestmark = pytest.mark.db


def replay(connection, migrations, **more) -> Outcome:
    return Replayer(connection, **more).run(migrations)


def migration(text: str, number: int = 1) -> Migration:
    name = f"{number:03}_x.sql"
    return parse_migration(name, text.encode(), name)


@pytest.fixture
def connection(database):
    with open_connection(database.params, what="the test's database") as connection:
        yield connection


OUTSIDE = {
    "ALTER DATABASE {name} SET work_mem = '123MB'": "database",
    "DROP ROLE bystander": "role",
    "ALTER ROLE bystander SET work_mem = '1MB'": "role",
    "CREATE ROLE intruder": "role",
    "GRANT bystander TO postgres": "role",
    "COMMENT ON DATABASE {name} IS 'mine'": "database",
    "ALTER SYSTEM SET work_mem = '123MB'": "server",
    "CREATE DATABASE intruder": "",
    "COPY (SELECT 1) TO PROGRAM 'touch {folder}/program'": "",
    "COPY (SELECT 1) TO '{folder}/file'": "",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname={name}' PUBLICATION p": "",
    "CREATE TABLESPACE t LOCATION '{folder}'": "",
}


@pytest.mark.parametrize("transaction", ["", "-- Transaction: off\n"])
def test_nothing_outside_the_database_is_touched(
    server, connection, database, tmp_path: Path, transaction: str
) -> None:
    server.execute("DROP ROLE IF EXISTS bystander")
    server.execute("CREATE ROLE bystander")
    before = state(server)
    statements = [s.format(name=database.name, folder=tmp_path) for s in OUTSIDE]
    for number, statement in enumerate(statements, 1):
        alone = migration(f"{transaction}{statement};\nCREATE TABLE t{number} (i int);", number)
        outcome = replay(connection, [alone])
        assert outcome.failure is None, statement
        assert len(outcome.left_out) == 1, statement
        assert outcome.left_out[0].what.startswith(f"{number:03}_x.sql:")
        assert outcome.left_out[0].reason.startswith("not replayed: ")
    assert state(server) == before
    assert list(tmp_path.iterdir()) == []
    assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename ~ '^t'").fetchone()
    server.execute("DROP ROLE bystander")


def state(server) -> list[list[tuple[object, ...]]]:
    return [
        server.execute("SELECT rolname FROM pg_roles ORDER BY 1"),
        server.execute("SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting"),
        server.execute("SELECT datname FROM pg_database WHERE datname = 'intruder'"),
        server.execute("SELECT spcname FROM pg_tablespace"),
        server.execute("SELECT subname FROM pg_subscription"),
        server.execute("SELECT roleid, member FROM pg_auth_members ORDER BY 1, 2"),
        server.execute(
            "SELECT objoid, description FROM pg_shdescription "
            "WHERE description NOT LIKE 'schema_tools scratch%' ORDER BY 1"
        ),
        server.execute("SELECT name, setting FROM pg_file_settings ORDER BY 1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN;\nCREATE TABLE t (i int);\nGRANT SELECT ON t TO nobody_here;\n"
        "CREATE INDEX i ON t (i);\nCOMMIT;",
        "CREATE TABLE t (i int);\nGRANT SELECT ON t TO nobody_here;\n"
        "CREATE INDEX CONCURRENTLY i ON t (i);",
    ],
    ids=["transactional", "statement by statement"],
)
def test_a_missing_role_stops_one_statement_only(connection, text: str) -> None:
    outcome = replay(connection, [migration(text)])
    assert outcome.failure is None
    assert [each.reason for each in outcome.left_out] == [
        'not replayed: role "nobody_here" does not exist'
    ]
    assert connection.execute("SELECT to_regclass('i')").fetchone() == ("i",)


def test_a_failure_names_the_line_that_the_server_points_at(connection) -> None:
    outcome = replay(
        connection,
        [migration("BEGIN;\nCREATE TABLE t (i int);\nSELECT\n  i,\n  nothing\nFROM t;\nCOMMIT;")],
    )
    assert outcome.failure is not None
    assert str(outcome.failure.locations[0]) == "001_x.sql:5"
    assert 'column "nothing" does not exist' in outcome.failure.message
    assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


@pytest.mark.parametrize(
    ("statement", "way"),
    [
        (
            "CREATE INDEX CONCURRENTLY i ON a (x)",
            "sqlmigrate_lint --explain file.nontransactional",
        ),
        ("DROP TABLE nowhere", "-- Requires: app_label.0001_name"),
        ("DROP INDEX nowhere", "the one before it that it builds upon"),
    ],
)
def test_a_failure_says_what_to_do(connection, statement: str, way: str) -> None:
    outcome = replay(
        connection, [migration(f"BEGIN;\nCREATE TABLE a (x int);\n{statement};\nCOMMIT;")]
    )
    assert outcome.failure is not None
    assert str(outcome.failure.locations[0]) == "001_x.sql:3"
    assert way in outcome.failure.hint


def test_a_failure_at_commit_is_the_files(connection) -> None:
    text = """BEGIN;
        CREATE TABLE a (i int PRIMARY KEY);
        CREATE TABLE b (i int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO b VALUES (1);
        COMMIT;"""
    outcome = replay(connection, [migration(text)])
    assert outcome.failure is not None
    assert "violates foreign key" in outcome.failure.message


def test_a_file_leaves_no_setting_to_the_next(connection) -> None:
    first = migration(
        "CREATE SCHEMA other;\nSET search_path = other;\nSET standard_conforming_strings = on;"
        "\nCREATE TABLE a (i int);"
    )
    second = migration("CREATE TABLE b (i int);", 2)
    assert replay(connection, [first, second]).failure is None
    rows = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE tablename IN ('a', 'b') ORDER BY 2"
    )
    assert rows.fetchall() == [("other", "a"), ("public", "b")]


def test_a_comment_at_the_end_of_a_statement_does_no_harm(connection) -> None:
    outcome = replay(connection, [migration("SELECT 1 -- one\n;\nCREATE TABLE t (i int) -- last")])
    assert outcome.failure is None
    assert connection.execute("SELECT to_regclass('t')").fetchone() == ("t",)


def test_percent_signs_reach_the_server_as_they_are(connection) -> None:
    text = "CREATE TABLE t (i text DEFAULT '%s %% %(x)s');"
    assert replay(connection, [migration(text)]).failure is None
    query = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
    assert connection.execute(query).fetchone() == ("'%s %% %(x)s'::text",)


def test_watching_tells_of_each_statement_inside_the_transaction(connection) -> None:
    seen = []

    def after(of: Migration, statement) -> None:
        found = connection.execute("SELECT to_regclass('t')").fetchone()
        seen.append((of.version, statement.line, found))

    text = (
        "BEGIN;\nCREATE TABLE t (i int);\nGRANT SELECT ON t TO nobody_here;\n"
        "DROP TABLE t;\nCOMMIT;"
    )
    assert Replayer(connection).watch(migration(text), lambda *_: None, after) is None
    assert seen == [("001_x", 2, ("t",)), ("001_x", 3, ("t",)), ("001_x", 4, (None,))]


@pytest.fixture
def scratch(alias: str):
    """A server for scratch databases, reached as a superuser."""
    with open_scratch(alias, Settings()) as scratch:
        yield scratch


HIDDEN = """
DO $$ BEGIN EXECUTE 'CREATE RO' || 'LE leaked_role'; END $$;
DO $$ BEGIN EXECUTE format('ALTER DATA%s postgres SET work_mem = 4711', 'BASE'); END $$;
CREATE TABLE t (i int);
"""


def test_code_cannot_do_what_its_text_hides(server, scratch) -> None:
    before = state(server)
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(HIDDEN)], owner=database.owner)
        assert connection.execute("SELECT to_regclass('t')").fetchone() == ("t",)
    assert outcome.failure is None
    assert [each.reason.count("superuser's rights") for each in outcome.left_out] == [1, 1]
    assert state(server) == before


WRAPPERS = [
    "CREATE TABLE x AS SELECT make_role('leaked')",
    "INSERT INTO t SELECT make_role('leaked')",
    "ALTER TABLE t ADD COLUMN j int DEFAULT make_role('leaked')",
    "CREATE MATERIALIZED VIEW m AS SELECT make_role('leaked')",
    "UPDATE t SET i = make_role('leaked')",
    "EXPLAIN ANALYZE SELECT make_role('leaked')",
    "CALL run('leaked')",
    "RESET SESSION AUTHORIZATION; SELECT make_role('leaked')",
    "SET SESSION AUTHORIZATION DEFAULT; SELECT make_role('leaked')",
    "DISCARD ALL; SELECT make_role('leaked')",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_function_of_the_file_has_no_rights_wherever_it_is_called(
    server, scratch, wrapper: str
) -> None:
    before = state(server)
    text = f"""
        CREATE TABLE t (i int);
        INSERT INTO t VALUES (1);
        CREATE FUNCTION make_role(name text) RETURNS int LANGUAGE plpgsql AS $$
            BEGIN EXECUTE 'CREATE ' || 'ROLE ' || name; RETURN 1; END $$;
        CREATE PROCEDURE run(name text) LANGUAGE sql AS $$ SELECT make_role(name) $$;
        {wrapper};
    """
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(text)], owner=database.owner)
    assert outcome.failure is None
    assert outcome.left_out
    assert state(server) == before


def test_plain_statements_have_the_rights_that_they_need(scratch) -> None:
    text = """
        BEGIN;
        CREATE TABLE t (i int);
        ALTER TABLE t OWNER TO postgres;
        ALTER TABLE t OWNER TO "Nobody at all";
        DO $$ BEGIN ALTER TABLE t ADD COLUMN j int; END $$;
        CREATE VIEW v AS SELECT * FROM t;
        COMMIT;
    """
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(text)], owner=database.owner)
        query = "SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"
        assert connection.execute(query).fetchone() == (2,)
    assert [each.reason for each in outcome.left_out] == []


def test_what_even_a_superuser_cannot_do_is_a_failure(scratch) -> None:
    text = "CREATE TABLE t (i int);\nCREATE FUNCTION f() RETURNS int LANGUAGE c AS 'no such file';"
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(text)], owner=database.owner)
    assert outcome.failure is not None
    assert outcome.failure.locations[0].line == 2


def test_a_server_of_our_own_gets_the_roles_that_files_name(server, connection) -> None:
    text = (
        'SET ROLE stub_one;\nRESET ROLE;\nCREATE TABLE t (i int);\nGRANT ALL ON t TO "Stub two";'
    )
    try:
        assert replay(connection, [migration(text)], private=True) == Outcome()
        roles = server.execute(
            "SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname ~* '^stub'"
        )
        assert sorted(roles) == [("Stub two", False), ("stub_one", False)]
    finally:
        connection.execute("DROP TABLE IF EXISTS t")
        server.execute('DROP ROLE IF EXISTS stub_one, "Stub two"')


def test_a_role_missing_before_begin_is_left_out(connection) -> None:
    text = "SET ROLE nobody_here;\nBEGIN;\nCREATE TABLE t (i int);\nCOMMIT;"
    outcome = replay(connection, [migration(text)])
    assert outcome.failure is None
    assert len(outcome.left_out) == 1


def test_a_wrong_setting_before_begin_is_a_failure_with_its_line(connection) -> None:
    outcome = replay(connection, [migration("\nSET no_such = 1;\nBEGIN;\nSELECT 1;\nCOMMIT;")])
    assert outcome.failure is not None
    assert outcome.failure.locations[0].line == 2


OWNED = """
CREATE TABLE t (i int);
CREATE SCHEMA made AUTHORIZATION new_owner;
CREATE FUNCTION f(number int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('a');
CREATE TABLE gone (i int);
ALTER TABLE t OWNER TO new_owner;
ALTER TABLE gone OWNER TO new_owner;
ALTER FUNCTION f(number int) OWNER TO new_owner;
ALTER TYPE mood OWNER TO new_owner;
ALTER TYPE mood OWNER TO {runner};
ALTER TABLE t ADD COLUMN j int, OWNER TO new_owner;
ALTER TABLE t RENAME TO renamed;
CREATE TABLE made.later (i int);
DO $$ BEGIN ALTER TABLE renamed ADD COLUMN k int; END $$;
DROP TABLE gone;
ALTER DEFAULT PRIVILEGES FOR ROLE new_owner GRANT SELECT ON TABLES TO {runner};
ALTER DEFAULT PRIVILEGES FOR ROLE {runner} GRANT SELECT ON TABLES TO new_owner;
GRANT SELECT ON made.later TO {runner}, new_owner;
GRANT SELECT ON renamed TO {runner};
REVOKE INSERT ON renamed FROM new_owner;
"""


@pytest.fixture
def roles(server):
    """Roles that exist on the whole server, one of them the runner of the migrations."""
    names = ("new_owner", "live_runner")
    for name in names:
        server.execute(f"DROP ROLE IF EXISTS {name}")
        server.execute(f"CREATE ROLE {name}")
    yield names
    for name in names:
        server.execute(f"DROP ROLE {name}")


def owners(schema: Schema) -> dict[str, str | None]:
    return {
        str(key): found.owner for key, found in schema.objects.items() if hasattr(found, "owner")
    }


def read(connection, replayer: Replayer) -> Schema:
    return read_schema(connection, ("public", "made"), runners=(*replayer.roles, "live_runner"))


@pytest.mark.parametrize("transaction", ["", "-- Transaction: off\n"])
def test_objects_are_read_with_the_owners_that_files_name(
    roles, scratch, transaction: str
) -> None:
    database = scratch.create()
    with database.connect() as connection:
        replayer = Replayer(connection, database.owner, runner="live_runner")
        outcome = replayer.run([migration(transaction + OWNED.format(runner="live_runner"))])
        assert outcome == Outcome()
        with replayer.as_owned():
            found = read(connection, replayer)
        assert replayer.left_out == []
        expected = {
            "table public.renamed": "new_owner",
            "schema made": "new_owner",
            "function public.f(integer)": "new_owner",
            "enum public.mood": None,
            "table made.later": None,
        }
        assert owners(found).items() >= expected.items()
        assert "table public.gone" not in owners(found)
        privileges = {key.name for key in found.objects if key.kind == "default_privilege"}
        assert privileges == {
            "tables of CURRENT_USER to new_owner",
            "tables of new_owner to CURRENT_USER",
        }
        grants = {
            (key.table, key.name): each.privileges
            for key, each in found.objects.items()
            if key.kind == "grant" and key.table
        }
        assert grants.keys() == {
            ("later", "new_owner"),
            ("renamed", "CURRENT_USER"),
            ("renamed", "new_owner"),
        }
        assert grants["renamed", "CURRENT_USER"] == ("SELECT",)
        assert "INSERT" not in grants["renamed", "new_owner"]
        # Afterwards all is as it was: what comes next has the rights that it needs.
        assert replayer.run([migration("ALTER TABLE renamed ADD COLUMN l int;", 2)]) == Outcome()


def test_an_owner_who_is_not_there_is_named(scratch) -> None:
    text = "CREATE TABLE t (i int);\nALTER TABLE t OWNER TO nobody_here;\nCREATE TABLE u (i int);"
    database = scratch.create()
    with database.connect() as connection:
        replayer = Replayer(connection, database.owner)
        assert replayer.run([migration(text)]) == Outcome()
        for _again in range(2):
            with replayer.as_owned():
                assert "table public.u" in owners(read(connection, replayer))
        assert replayer.left_out == [
            NotChecked(
                "001_x.sql:2: ALTER TABLE", 'not replayed: role "nobody_here" does not exist'
            )
        ]


def test_an_ordinary_role_does_without_owners_that_it_cannot_give(server, roles, database) -> None:
    server.execute("ALTER ROLE live_runner LOGIN")
    server.execute(f"ALTER DATABASE {database.name} OWNER TO live_runner")
    text = """
        CREATE SCHEMA made AUTHORIZATION new_owner;
        CREATE TABLE made.t (i int);
        ALTER TABLE made.t OWNER TO new_owner;
        ALTER TABLE made.t OWNER TO LIVE_RUNNER;
        ALTER DEFAULT PRIVILEGES FOR ROLE new_owner GRANT SELECT ON TABLES TO PUBLIC;
    """
    with open_connection({**database.params, "user": "live_runner"}, what="it") as connection:
        outcome = Replayer(connection, runner="live_runner").run([migration(text)])
        assert connection.execute("SELECT to_regclass('made.t')").fetchone() == ("made.t",)
    assert outcome.failure is None
    verbs = [each.what.split(": ")[1] for each in outcome.left_out]
    assert verbs == ["CREATE SCHEMA", "ALTER TABLE", "ALTER DEFAULT PRIVILEGES"]
    database.execute(f"ALTER DATABASE {database.name} OWNER TO postgres")
    database.execute("DROP OWNED BY live_runner")


OF_THE_DATABASE = """
ALTER DATABASE the_live_one SET work_mem = '7MB';
ALTER DATABASE the_live_one SET statement_timeout = '1ms';
ALTER DATABASE the_live_one RESET statement_timeout;
ALTER ROLE live_runner IN DATABASE the_live_one SET search_path = made, public;
DO $$BEGIN
    EXECUTE format('ALTER DATABASE %I SET my.text TO ''it is 5%%''', current_database());
END$$;
GRANT TEMPORARY ON DATABASE the_live_one TO new_owner;
ALTER DATABASE the_live_one SET TABLESPACE pg_default;
ALTER DATABASE another_one SET work_mem = '8MB';
"""


def test_settings_of_the_live_database_are_read_as_those_of_scratch(
    server, roles, scratch
) -> None:
    before = state(server)
    database = scratch.create()
    with database.connect() as connection:
        replayer = Replayer(connection, database.owner, runner="live_runner", live="the_live_one")
        outcome = replayer.run([migration(OF_THE_DATABASE)])
        with replayer.as_owned():
            found = read(connection, replayer)
    assert [each.what.split(":")[1] for each in outcome.left_out] == ["10", "11"]
    settings = {
        key.name: each.value for key, each in found.objects.items() if key.kind == "setting"
    }
    assert settings == {
        "work_mem": "7MB",
        "search_path for CURRENT_USER": "made, public",
        "my.text": "it is 5%",
    }
    assert Key("grant", "", "", "database to new_owner") in found
    assert state(server) == before


PRIVILEGES_OF_A_SUPERUSER = """
CREATE EXTENSION pg_trgm;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE ft (i int) SERVER s;
CREATE USER MAPPING FOR new_owner SERVER s;
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON PUBLICATION everything IS 'it is';
GRANT USAGE ON LANGUAGE plpgsql TO new_owner;
GRANT USAGE ON FOREIGN SERVER s TO new_owner;
REVOKE EXECUTE ON FUNCTION similarity(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_reload_conf() TO PUBLIC;
DO $$ BEGIN EXECUTE 'SELECT pg_reload' || '_conf()'; END $$;
"""


def test_what_only_a_superuser_can_make_is_made_without_giving_its_rights_away(
    roles, scratch
) -> None:
    database = scratch.create()
    with database.connect() as connection:
        replayer = Replayer(connection, database.owner, runner="live_runner")
        outcome = replayer.run([migration(PRIVILEGES_OF_A_SUPERUSER)])
        with replayer.as_owned():
            found = read(connection, replayer)
    assert outcome.failure is None
    (left_out,) = replayer.left_out
    assert left_out.what == "001_x.sql:13: DO"
    assert "pg_reload_conf" in left_out.reason
    there = {(key.kind, key.name) for key in found.objects}
    assert there >= {
        ("foreign_server", "s"),
        ("foreign_table", "ft"),
        ("publication", "everything"),
        ("user_mapping", "new_owner on s"),
        ("grant", "language plpgsql to new_owner"),
        ("grant", "foreign server s to new_owner"),
        ("grant", "function similarity(text, text) to PUBLIC"),
    }
    assert set(owners(found).values()) <= {None, "pg_database_owner"}


EVENT_TRIGGER = """
CREATE FUNCTION hidden() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE 'CREATE RO' || 'LE leaked_role';
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END $$;
CREATE EVENT TRIGGER fires ON ddl_command_end EXECUTE FUNCTION hidden();
ALTER EVENT TRIGGER fires ENABLE ALWAYS;
CREATE TABLE t (i int);
CREATE EXTENSION pg_trgm;
ALTER TABLE t OWNER TO new_owner;
"""


def test_an_event_trigger_of_the_file_has_no_rights_either(server, roles, scratch) -> None:
    before = state(server)
    database = scratch.create()
    with database.connect() as connection:
        replayer = Replayer(connection, database.owner, runner="live_runner")
        assert replayer.run([migration(EVENT_TRIGGER)]) == Outcome()
        with replayer.as_owned():
            found = read(connection, replayer)
            assert state(server) == before
            query = "SELECT evtenabled FROM pg_event_trigger"
            assert connection.execute(query).fetchone() == ("A",)
    assert owners(found)["table public.t"] == "new_owner"
