"""What each command needs of its role: the table of docs/rights.md, row by row."""

from __future__ import annotations

import secrets

import pytest
from django.db import connections

pytestmark = pytest.mark.db

TABLE = "BEGIN;\nCREATE TABLE first (id int);\nCOMMIT;\n-- DOWN\n-- DROP TABLE first;\n"
READING = (
    ("sqlmigrate_status",),
    ("sqlmigrate_apply", "--plan"),
    ("sqlmigrate_rollback", "--plan"),
)
COMPARING = (
    ("validate_schema", "--only", "migrations,database", "--fail-on", "never"),
    ("schema_snapshot", "--of", "database"),
)


@pytest.fixture
def bare(project, role):
    """The role has nothing but CONNECT, in a schema that not even everybody may use."""
    project.database.execute(
        f"REVOKE ALL ON SCHEMA public FROM {role}; REVOKE ALL ON SCHEMA public FROM PUBLIC"
    )
    project.write("001_first", TABLE)
    return role


def as_owner(project, role: str, *command: str):
    """Run a command as the server's owner, the alias' role otherwise."""
    settings = connections[project.alias].settings_dict
    settings["USER"] = project.database.params["user"]
    try:
        return project.run(*command)
    finally:
        settings["USER"] = role


@pytest.mark.parametrize("command", READING + COMPARING, ids=" ".join)
def test_looking_needs_connect_alone(project, bare, command):
    result = project.run(*command)
    assert result.code == 0, result.err


def test_who_may_not_create_cannot_apply_and_is_told_what_to_grant(project, bare):
    result = project.run("sqlmigrate_apply")
    assert result.code == 3
    assert f"role '{bare}' lacks a privilege on the history tables" in result.err
    assert project.tables() == set()
    assert project.applied() == []
    _follow(project, result.err)
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.applied() == ["001_first"]


def _follow(project, error: str) -> None:
    """Do as the owner what the hint says; what is not there yet cannot be granted."""
    grant = error.partition("as their owner: ")[2].partition(";")[0]
    project.database.execute(grant)


def test_a_role_with_a_hostile_name_is_told_in_sql_that_works(project, role, server):
    name = f'a"b; DROP TABLE canary; {secrets.token_hex(4)}'
    quoted = '"' + name.replace('"', '""') + '"'
    project.database.execute("CREATE TABLE public.canary (id int)")
    server.execute(f"CREATE ROLE {quoted} LOGIN")
    settings = connections[project.alias].settings_dict
    settings["USER"] = name
    try:
        project.write("001_first", TABLE)
        result = project.run("sqlmigrate_apply")
        assert result.code == 3
        start = "as their owner: "
        grant = result.err.partition(start)[2].partition("; and, where")[0]
        project.database.execute(grant)
        assert project.run("sqlmigrate_apply").code == 0
    finally:
        settings["USER"] = role
        project.database.execute(f"DROP OWNED BY {quoted}; DROP ROLE {quoted}")
    assert "canary" in project.tables()


def test_a_table_of_another_owner_fails_in_the_file_and_leaves_nothing(project, role):
    project.database.execute("CREATE TABLE public.theirs (id int)")
    project.write("001_first", TABLE.replace("COMMIT", "ALTER TABLE theirs ADD x int;\nCOMMIT"))
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "42501: must be owner of table theirs" in result.err
    assert "nothing of this file was applied" in result.err
    assert "→ Run the command as a role that has the right" in result.err
    assert project.tables() == {"theirs"}


def test_who_may_read_the_history_but_not_write_it_is_refused_before_any_file(project, role):
    project.write("001_first", TABLE)
    assert as_owner(project, role, "sqlmigrate_apply").code == 0
    project.database.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    project.write("002_second", TABLE.replace("first", "second"))
    assert project.run("sqlmigrate_status").code == 0
    result = project.run("sqlmigrate_apply")
    assert result.code == 3
    assert "it has no DELETE on schema_" in result.err
    assert project.tables() == {"first"}


def test_without_createdb_files_are_replayed_on_a_private_server(project, role):
    project.write("001_first", TABLE)
    assert project.run("sqlmigrate_apply").code == 0
    result = project.run("validate_schema", "--only", "migrations,database")
    assert result.code == 0, result.out


@pytest.mark.parametrize("command", ["sqlmigrate_baseline", "sqlmigrate_resolve"])
def test_who_may_not_record_is_told_so(project, bare, command):
    project.database.execute("CREATE TABLE first (id int)")
    if command == "sqlmigrate_baseline":  # which takes the role for who made what is there
        project.database.execute(f"ALTER TABLE first OWNER TO {bare}")
    arguments = ["--noinput"] if command == "sqlmigrate_baseline" else ["--applied"]
    result = project.run(command, "001_first", *arguments)
    assert result.code == 3, (result.out, result.err)
    assert "lacks a privilege on the history tables" in result.err
    assert project.applied() == []


def test_an_event_trigger_that_refuses_is_named_before_any_file_runs(project, role, server):
    project.database.execute(
        "CREATE FUNCTION public.guard() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no changes on Fridays'; END $$;"
        "CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION public.guard()"
    )
    project.write("001_first", TABLE)
    try:
        result = project.run("sqlmigrate_apply")
        assert result.code == 3, result.err
        assert "the history tables cannot be made: no changes on Fridays" in result.err
        assert "No file was run" in result.err
        assert project.tables() == set()
    finally:
        project.database.execute("DROP EVENT TRIGGER guard")


def test_what_an_event_trigger_prints_reaches_no_terminal_as_it_is(project, role):
    project.database.execute(
        "CREATE FUNCTION public.guard() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE WARNING E'seen \\x1b[8m\\r%', tg_tag; END $$;"
        "CREATE EVENT TRIGGER guard ON ddl_command_end EXECUTE FUNCTION public.guard()"
    )
    project.write("001_first", TABLE)
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert "WARNING: seen \\x1b[8m\\x0dCREATE TABLE" in result.err
    assert "\x1b" not in result.err


def test_a_statement_that_an_event_trigger_refuses_fails_its_file_alone(project, role):
    project.write("001_first", TABLE)
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute(
        "CREATE FUNCTION public.guard() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no indexes on Fridays'; END $$;"
        "CREATE EVENT TRIGGER guard ON ddl_command_start WHEN TAG IN ('CREATE INDEX') "
        "EXECUTE FUNCTION public.guard()"
    )
    project.write("002_index", "BEGIN;\nCREATE INDEX ON first (id);\nCOMMIT;\n")
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "no indexes on Fridays" in result.err
    assert project.applied() == ["001_first"]
