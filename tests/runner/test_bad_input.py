"""Wrong input and circumstances: a clear message, the promised code, nothing changed."""

from __future__ import annotations

import secrets

import pytest
from django.db import connections

from schema_tools.history.directory import shown

pytestmark = pytest.mark.db

GOOD = "CREATE TABLE good (id int);"
COMMANDS = ("sqlmigrate_status", "sqlmigrate_apply", "sqlmigrate_rollback")


def untouched(project) -> bool:
    return project.database.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    ) == [(0,)]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_such_folder(project, command):
    project.folder.rmdir()
    result = project.run(command)
    assert result.code == 2
    assert shown(project.folder) in result.err
    assert "No such file or directory" in result.err
    assert "MIGRATIONS_DIR" in result.err
    assert untouched(project)


def test_a_file_in_place_of_the_folder(project):
    project.folder.rmdir()
    project.folder.touch()
    result = project.run("sqlmigrate_apply")
    assert result.code == 2
    assert "Not a directory" in result.err


BAD_FILES = {
    "not utf-8": ("002_bad.sql", b"SELECT '\xe9';", "002_bad.sql:1: ", "UTF-8"),
    "empty": ("002_bad.sql", b"", "002_bad.sql: ", "no SQL to apply"),
    "comments only": ("002_bad.sql", b"-- nothing\n", "002_bad.sql: ", "no SQL to apply"),
    "duplicate number": ("001_bad.sql", b"SELECT 1;", "001_bad.sql: ", "have the number 1"),
    "gap": ("003_bad.sql", b"SELECT 1;", "003_bad.sql: ", "number 2 is missing"),
    "dollar quote": ("002_bad.sql", b"SELECT 1;\nDO $x$ BEGIN END;", "002_bad.sql:2: ", "$x$"),
    "quote": ("002_bad.sql", b"SELECT 'a;\n", "002_bad.sql:1: ", "never closed"),
    "comment": ("002_bad.sql", b"\n/* a", "002_bad.sql:2: ", "comment"),
    "nul": ("002_bad.sql", b"SELECT '\0';", "002_bad.sql:1: ", "NUL"),
    "psql command": ("002_bad.sql", b"\\dt\nSELECT 1;", "002_bad.sql:1: ", "psql"),
    "copy data": ("002_bad.sql", b"COPY t FROM STDIN;\n1\n\\.\n", "002_bad.sql:1: ", "COPY"),
    "name": ("bad name.sql", b"SELECT 1;", "bad name.sql: ", "NNN_snake_case_name.sql"),
    "other header": (
        "002_bad.sql",
        b"-- Migration: 001_x.sql\nSELECT 1;",
        "002_bad.sql:1: ",
        "Migration: 001_x.sql",
    ),
    "second transaction": (
        "002_bad.sql",
        b"BEGIN; SELECT 1; COMMIT;\nBEGIN; SELECT 2; COMMIT;",
        "002_bad.sql:2: ",
        "BEGIN",
    ),
    "unmet dependency": (
        "002_bad.sql",
        b"-- Dependencies: 007_bond.sql\nSELECT 1;",
        "002_bad.sql:1: ",
        "007_bond",
    ),
    "unmet requirement": (
        "002_bad.sql",
        b"-- Requires: auth.0012_alter_user_first_name_max_length\nSELECT 1;",
        "002_bad.sql:1: ",
        "manage.py migrate auth 0012_alter_user_first_name_max_length --database scratch_test",
    ),
}


@pytest.mark.parametrize(("name", "content", "place", "words"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_stops_the_apply_before_anything_is_touched(
    project, name, content, place, words
):
    project.write("001_good", GOOD)
    (project.folder / name).write_bytes(content)
    result = project.run("sqlmigrate_apply")
    assert result.code == 2
    assert place in result.out
    assert words in result.out
    assert "Refused before anything was touched" in result.err
    assert untouched(project)


def test_an_unreadable_file(project):
    project.write("001_good", GOOD)
    # Root may read everything, but not a link that leads nowhere or in circles.
    loop = project.folder / "002_loop.sql"
    loop.symlink_to(loop)
    result = project.run("sqlmigrate_apply")
    assert result.code == 2
    assert "002_loop.sql: " in result.out
    assert "cannot be read" in result.out
    assert untouched(project)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_setting(project, settings, command):
    settings.SCHEMA_TOOLS = {"MIGRATION_DIR": str(project.folder)}
    result = project.run(command)
    assert result.code == 2
    assert "MIGRATION_DIR" in result.err
    assert "Did you mean 'MIGRATIONS_DIR'?" in result.err
    assert untouched(project)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_alias(shell, command):
    result = shell.run(command, "--database", "defualt")
    assert result.code == 2
    assert "no database alias 'defualt'" in result.err
    assert "Did you mean 'default'?" in result.err
    assert "Traceback" not in result.err


def test_a_sqlite_alias(shell):
    result = shell.run("sqlmigrate_apply", "--database", "lite")
    assert result.code == 2
    assert "'lite' is SQLite" in result.err
    assert "→ Choose a PostgreSQL alias: --database " in result.err


def test_a_role_that_is_not_there(project):
    connections[project.alias].settings_dict["USER"] = "not_there"
    result = project.run("sqlmigrate_status")
    assert result.code == 3
    assert "→ Set USER of the alias in DATABASES" in result.err


def test_an_unreachable_server(shell):
    result = shell.run("sqlmigrate_status", "--database", "nowhere")
    assert result.code == 3
    assert "'nowhere' cannot be reached" in result.err
    assert "not to be seen" not in result.out + result.err
    assert "Traceback" not in result.err


def test_a_missing_database(project):
    connections[project.alias].settings_dict["NAME"] = "not_there"
    result = project.run("sqlmigrate_status")
    assert result.code == 3
    assert 'database "not_there" does not exist' in result.err
    assert "→ Is that its name, and this the server? If so, create it: createdb --" in result.err
    params = project.database.params
    words = f"createdb --host {params['host']} --port {params['port']} --username {params['user']}"
    assert f"{words} not_there" in " ".join(result.err.split())


@pytest.fixture
def nobody(project, server):
    """A role that may connect and look, and nothing else; the alias logs in as it."""
    role = f"nobody_{secrets.token_hex(4)}"
    server.execute(f"CREATE ROLE {role} LOGIN")
    settings = connections[project.alias].settings_dict
    before, settings["USER"] = settings["USER"], role
    yield role
    settings["USER"] = before
    project.database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_role_that_may_not_create_the_history_tables(project, nobody):
    project.write("001_good", GOOD)
    assert project.run("sqlmigrate_status").code == 0
    result = project.run("sqlmigrate_apply")
    assert result.code == 3
    assert f"role '{nobody}' lacks a privilege" in result.err
    assert "GRANT" in result.err
    assert untouched(project)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_role_that_may_not_read_the_history(project, nobody, command):
    project.database.execute(
        "CREATE TABLE schema_migrations (id int, version text, name text,"
        "checksum text, applied_at timestamptz, applied_by text, environment text,"
        "execution_time_ms int)"
    )
    result = project.run(command)
    assert result.code == 3
    assert "permission denied" in result.err


def test_a_statement_that_the_role_may_not_run_is_a_failed_migration(project, nobody):
    project.database.execute(f"GRANT CREATE ON SCHEMA public TO {nobody}")
    project.write("001_role", "CREATE ROLE someone;")
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "42501" in result.err


def test_a_read_only_server_is_named(project):
    project.write("001_good", GOOD)
    name = project.database.name
    project.database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    result = project.run("sqlmigrate_apply")
    assert result.code == 3
    assert "read-only" in result.err
    assert untouched(project)


@pytest.mark.parametrize(
    "arguments",
    [
        ["sqlmigrate_apply", "--no-such-option"],
        ["sqlmigrate_apply", "--lock-wait", "soon"],
        ["sqlmigrate_apply", "--format", "yaml"],
        ["sqlmigrate_apply", "009_nothing"],
        ["sqlmigrate_rollback", "009_nothing"],
        ["sqlmigrate_rollback", "zero", "--steps", "2"],
        ["sqlmigrate_rollback", "--steps", "0"],
        ["sqlmigrate_create", "two words"],
        ["sqlmigrate_create", "Übung"],
        ["sqlmigrate_create", "004_numbered"],
        ["sqlmigrate_create", "x" * 101],
        ["sqlmigrate_create", "a__b"],
        ["sqlmigrate_create", "name", "--purpose", "two\nlines"],
        ["sqlmigrate_status", "--output", "/nowhere/report"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_code_2_and_changes_nothing(shell, project, arguments):
    project.write("001_good", GOOD)
    result = shell.run(*arguments)
    assert result.code == 2
    assert result.err.strip()
    assert "Traceback" not in result.err
    assert untouched(project)
    assert [path.name for path in project.folder.iterdir()] == ["001_good.sql"]


def test_an_ambiguous_target_lists_the_candidates(project):
    project.write("001_add_users", GOOD)
    project.write("002_add_roles", "SELECT 1;")
    project.write("003_add_rights", "SELECT 1;")
    result = project.run("sqlmigrate_apply", "00")
    assert result.code == 2
    assert "001_add_users, 002_add_roles, 003_add_rights" in result.err
