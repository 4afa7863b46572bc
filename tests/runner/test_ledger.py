"""The history tables: made at the first write, taken over where they are the old system's."""

from __future__ import annotations

import hashlib
import json

import pytest

from schema_tools.postgres.ledger import Ledger
from schema_tools.postgres.lock import runner_lock

pytestmark = pytest.mark.db

ORIGINAL = """
    CREATE TABLE schema_migrations (
        id SERIAL PRIMARY KEY,
        version VARCHAR(255) NOT NULL UNIQUE,
        name VARCHAR(255) NOT NULL,
        checksum VARCHAR(64) NOT NULL,
        applied_at TIMESTAMP NOT NULL DEFAULT NOW(),
        applied_by VARCHAR(100) DEFAULT CURRENT_USER,
        environment VARCHAR(50),
        execution_time_ms INTEGER
    )
"""
FIRST = "CREATE TABLE first (id int);\n-- DOWN\n-- DROP TABLE first;\n"


def columns(project, table: str = "schema_migrations") -> list[str]:
    rows = project.database.execute(
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped "
        f"AND attrelid = 'public.{table}'::regclass ORDER BY attnum"
    )
    return [name for (name,) in rows]


@pytest.fixture
def original(project):
    """A database that the original system has run the first file on, at noon UTC."""
    project.write("001_first", FIRST)
    project.database.execute(f"CREATE TABLE first (id int); {ORIGINAL}")
    checksum = hashlib.sha256(FIRST.encode()).hexdigest()
    project.database.execute(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) "
        f"VALUES ('001_first', 'first', '{checksum}', '2024-01-02 12:00:00')"
    )
    return project


def test_the_columns_are_those_that_are_promised(project):
    project.write("001_first", FIRST)
    project.run("sqlmigrate_apply")
    assert columns(project) == [
        "id",
        "version",
        "name",
        "checksum",
        "applied_at",
        "applied_by",
        "environment",
        "execution_time_ms",
        "tool_version",
        "git_commit",
    ]
    ((name, checksum, zone, by, version),) = project.database.execute(
        "SELECT name, checksum, pg_typeof(applied_at)::text, applied_by, tool_version "
        "FROM schema_migrations"
    )
    assert (name, zone) == ("first", "timestamp with time zone")
    assert checksum == hashlib.sha256(FIRST.encode()).hexdigest()
    assert "@" in by
    assert version


def test_every_event_is_kept_with_the_files_text(project):
    project.write("001_first", FIRST)
    project.run("sqlmigrate_apply")
    project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    project.run("sqlmigrate_apply", "--fake", "--noinput")
    assert project.database.execute(
        "SELECT event, version, file_text FROM schema_migration_events ORDER BY id"
    ) == [(event, "001_first", FIRST) for event in ("apply", "rollback", "fake")]


def test_the_original_systems_table_is_read_as_it_stands(original):
    result = original.run("sqlmigrate_status", "--check", format="json")
    assert result.code == 0, result.err
    (row,) = json.loads(result.out)["history"]
    assert row["applied_at"] == "2024-01-02T12:00:00+00:00"
    assert len(columns(original)) == 8


def test_it_is_completed_at_the_first_write(original):
    original.write("002_second", "CREATE TABLE second (id int);")
    # A server in another time zone must not shift what the plain timestamp says.
    original.database.execute(
        f"ALTER DATABASE {original.database.name} SET timezone = 'Asia/Tokyo'"
    )
    assert original.run("sqlmigrate_apply").code == 0
    assert columns(original)[8:] == ["tool_version", "git_commit"]
    assert original.applied() == ["001_first", "002_second"]
    assert original.database.execute(
        "SELECT abs(extract(epoch FROM applied_at - (now() AT TIME ZONE 'UTC'))) < 60 "
        "FROM schema_migrations WHERE version = '002_second'"
    ) == [(True,)]
    assert original.run("sqlmigrate_status", "--check").code == 0


def test_a_row_without_a_checksum_counts_as_unchanged(original):
    original.database.execute("UPDATE schema_migrations SET checksum = ''")
    assert original.run("sqlmigrate_status", "--check").code == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            "ALTER TABLE schema_migrations ALTER version DROP NOT NULL;"
            "INSERT INTO schema_migrations (name, checksum) VALUES ('first', '')",
            "a row of it has no version",
        ),
        ("UPDATE schema_migrations SET applied_at = 'infinity'", "timestamp too large"),
        (
            "ALTER TABLE schema_migrations ALTER execution_time_ms TYPE interval USING NULL",
            "COALESCE types interval and integer cannot be matched",
        ),
    ],
)
@pytest.mark.parametrize("command", ["status", "apply", "rollback"])
def test_rows_that_are_none_of_a_history_are_said_to_be(original, change, why, command):
    original.database.execute(change)
    result = original.run(f"sqlmigrate_{command}")
    assert result.code == 2
    assert f"table public.schema_migrations cannot be read as a history: {why}" in result.err


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (
            "ADD COLUMN success boolean NOT NULL DEFAULT true;"
            "ALTER TABLE schema_migrations ALTER success DROP DEFAULT",
            "success",
        ),
        ("ALTER COLUMN id DROP DEFAULT", "id"),
    ],
)
def test_a_table_that_cannot_take_a_row_is_found_out_before_a_file_runs(original, change, column):
    original.database.execute(f"ALTER TABLE schema_migrations {change}")
    original.write("002_second", "CREATE TABLE second (id int);")
    result = original.run("sqlmigrate_apply")
    assert result.code == 2
    assert f"nothing fills its column {column}" in result.err
    assert "SET DEFAULT" in result.err
    assert original.tables() == {"first"}
    default = "true" if column == "success" else "2"
    original.database.execute(
        f"ALTER TABLE schema_migrations ALTER COLUMN {column} SET DEFAULT {default}"
    )
    assert original.run("sqlmigrate_apply").code == 0


@pytest.mark.parametrize(
    ("table", "owner"),
    [
        ("version bigint PRIMARY KEY, dirty boolean NOT NULL", "golang-migrate"),
        ("version varchar(128) PRIMARY KEY", "dbmate"),
        ("id int, what text", "another tool"),
    ],
)
@pytest.mark.parametrize("command", ["status", "apply", "rollback"])
def test_another_tools_table_is_named_and_left_alone(project, table, owner, command):
    project.write("001_first", FIRST)
    project.database.execute(f"CREATE TABLE schema_migrations ({table})")
    before = columns(project)
    result = project.run(f"sqlmigrate_{command}")
    assert result.code == 2
    assert f"belongs to {owner}" in result.err
    assert "HISTORY_TABLE" in result.err
    assert columns(project) == before
    assert project.tables() == set()


def test_a_table_of_ones_own_stands_beside_another_tools(project, settings):
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "HISTORY_TABLE": "sql_migrations"}
    project.write("001_first", FIRST)
    project.database.execute("CREATE TABLE schema_migrations (version bigint, dirty boolean)")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.tables() >= {"sql_migrations", "sql_migration_progress", "sql_migration_events"}


def test_the_first_of_the_schemas_holds_the_history(project, settings):
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "SCHEMAS": ["Odd name", "public"]}
    project.write("001_first", FIRST)
    assert project.run("sqlmigrate_apply").code == 0
    assert project.database.execute('SELECT version FROM "Odd name".schema_migrations') == [
        ("001_first",)
    ]
    assert project.database.execute("SELECT to_regclass('public.schema_migrations')") == [(None,)]


POISON = """
    CREATE SCHEMA evil;
    CREATE TABLE evil.schema_migrations (LIKE public.schema_migrations);
    CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql
        AS $$ SELECT 'epoch'::timestamptz $$;
    CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
    CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
    CREATE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
    CREATE FUNCTION evil.coalesce(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$;
    CREATE DOMAIN evil.text AS int;
"""


def test_a_poisoned_search_path_does_not_reach_our_own_statements(project):
    project.write("001_first", FIRST)
    project.run("sqlmigrate_apply")
    project.database.execute(POISON)
    project.database.execute(
        f"ALTER DATABASE {project.database.name} SET search_path = evil, pg_catalog, public"
    )
    project.write(
        "002_second",
        "SET search_path = evil, pg_catalog, public;\nCREATE TABLE public.second (id int4);\n"
        "-- DOWN\n-- DROP TABLE public.second;\n",
    )
    project.write(
        "003_steps",
        "-- Transaction: off\nSET search_path = evil, pg_catalog;\n"
        "CREATE TABLE public.third (id int4);\n",
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.applied() == ["001_first", "002_second", "003_steps"]
    assert project.database.execute("SELECT count(*) FROM evil.schema_migrations") == [(0,)]
    assert project.database.execute(
        "SELECT count(*) FROM public.schema_migrations WHERE applied_at > 'yesterday'::timestamptz"
    ) == [(3,)]
    assert project.run("sqlmigrate_status", "--check").code == 0


def test_assume_role_holds_for_every_file_and_for_the_record(project, server):
    from django.db import connections

    role = f"{project.database.name}_owner"
    server.execute(f'CREATE ROLE "{role}"')
    project.database.execute(f'ALTER SCHEMA public OWNER TO "{role}"')
    connections[project.alias].settings_dict["OPTIONS"]["assume_role"] = role
    try:
        project.write("001_first", "SET ROLE none;\nBEGIN;\nCREATE TABLE first (id int);\nCOMMIT;")
        project.write("002_second", "CREATE TABLE second (id int);")
        result = project.run("sqlmigrate_apply")
        assert result.code == 0, result.err
        owners = dict(project.database.execute("SELECT tablename, tableowner FROM pg_tables"))
        assert owners["first"] == project.database.params["user"]
        assert (owners["second"], owners["schema_migrations"]) == (role, role)
    finally:
        project.database.execute(f'REASSIGN OWNED BY "{role}" TO CURRENT_USER; DROP ROLE "{role}"')


@pytest.fixture
def left_by(project):
    """Store that a run of the first file was killed, whose server process is a connection's."""

    def leave(connection) -> None:
        project.database.execute(
            "INSERT INTO schema_migration_progress (version, direction, checksum,"
            " statements_done, statements_total, done_checksum, running_statement, backend_pid)"
            f" VALUES ('002_steps', 'up', '', 0, 1, '', 1, {connection.info.backend_pid})"
        )

    project.write("001_first", FIRST)
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_steps", "-- Transaction: off\nCREATE TABLE second (id int);")
    return leave


def test_a_server_process_that_idles_in_a_pool_does_not_stop_a_run(project, left_by):
    with project.database.connect() as pooled:
        left_by(pooled)
        assert "was killed in statement 1 of 1" in project.run("sqlmigrate_status").out
        assert project.run("sqlmigrate_apply").code == 0
    assert project.applied() == ["001_first", "002_steps"]


def test_a_run_between_two_statements_still_runs(project, left_by):
    with (
        project.database.connect() as work,
        project.database.connect() as side,
        runner_lock(side, "public.schema_migrations", wait=0),
    ):
        left_by(work)
        assert "running now, statement 1 of 1" in project.run("sqlmigrate_status").out


def test_a_server_process_that_works_on_stops_a_run(project, left_by):
    with project.database.connect() as work, work.transaction():
        left_by(work)
        assert project.run("sqlmigrate_apply").code == 4


def test_a_role_that_cannot_see_the_server_process_takes_it_for_a_running_one(
    project, left_by, server
):
    role = f"{project.database.name}_reader"
    server.execute(f'CREATE ROLE "{role}"')
    project.database.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"')
    try:
        with project.database.connect() as pooled, project.database.connect() as reader:
            left_by(pooled)
            reader.execute(f'SET ROLE "{role}"')
            (run,) = Ledger("public").read(reader).unfinished
        assert run.alive
    finally:
        project.database.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


@pytest.mark.parametrize("table", ["schema_migrations", "schema_migration_events"])
def test_a_right_that_is_missing_is_missed_before_anything_runs(project, shell, database, table):
    project.write("001_a", "CREATE TABLE first (i int);\n-- DOWN\n-- DROP TABLE first;")
    assert project.run("sqlmigrate_apply").code == 0
    database.execute(
        "DROP ROLE IF EXISTS half_trusted; CREATE ROLE half_trusted LOGIN;"
        "GRANT ALL ON SCHEMA public TO half_trusted;"
        "GRANT ALL ON schema_migrations, schema_migration_progress, schema_migration_events "
        "TO half_trusted;"
        f"REVOKE INSERT ON {table} FROM half_trusted"
    )
    project.write(
        "002_b", "CREATE TABLE second (i int);\nCREATE INDEX CONCURRENTLY ON second (i);"
    )
    url = shell.home / "shell_settings.py"
    url.write_text(url.read_text().replace("'postgres'", "'half_trusted'"))
    try:
        refused = shell.run("sqlmigrate_apply")
        assert refused.code == 3, refused
        assert f"it has no INSERT on {table}" in refused.err
        assert "Traceback" not in refused.err
        assert project.tables() == {"first"}
    finally:
        database.execute("DROP OWNED BY half_trusted; DROP ROLE half_trusted")


def test_a_datestyle_of_the_database_does_not_hide_the_history(project, database):
    database.execute(f"ALTER DATABASE {database.name} SET datestyle = 'German'")
    project.write("001_a", "CREATE TABLE first (i int);")
    assert project.run("sqlmigrate_apply").code == 0
    assert "applied" in project.run("sqlmigrate_status").out
