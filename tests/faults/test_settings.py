"""Settings that a role, a database or a hosted server has for the work of others."""

from __future__ import annotations

import pytest
from django.db import connections

from schema_tools.history.directory import read_directory
from schema_tools.history.plan import Step
from schema_tools.services.run import Waiting, limits_of
from schema_tools.services.target import open_target

pytestmark = pytest.mark.db

TABLE = (
    "BEGIN;\nCREATE TABLE first (id int, due date DEFAULT '2026-02-01');\n{0}COMMIT;\n"
    "-- DOWN\n-- DROP TABLE first;\n"
)
INDEX = (
    "CREATE INDEX CONCURRENTLY first_id ON first (id);\n"
    "-- DOWN\n-- DROP INDEX CONCURRENTLY first_id;\n"
)
# None of these changes what the files mean, or what is said of them.
HARMLESS = (
    "lock_timeout = '1ms'",
    "standard_conforming_strings = off",
    "escape_string_warning = off",
    "default_transaction_isolation = serializable",
    "default_transaction_deferrable = on",
    "client_min_messages = error",
    "row_security = off",
    "datestyle = 'SQL, DMY'",
    "timezone = 'Asia/Kathmandu'",
    "quote_all_identifiers = on",
    "client_encoding = latin1",
    "extra_float_digits = 0",
    "check_function_bodies = off",
    "synchronous_commit = off",
)


def set_for(server, role: str, *settings: str) -> None:
    for setting in settings:
        server.execute(f"ALTER ROLE {role} SET {setting}")


def test_what_changes_no_meaning_changes_nothing(project, role, server):
    set_for(server, role, *HARMLESS)
    project.write("001_first", TABLE.format(""))
    project.write("002_index", INDEX)
    for arguments in (["--plan"], ["--dry-run"], []):
        result = project.run("sqlmigrate_apply", *arguments)
        assert result.code == 0, result.err
    assert project.run("sqlmigrate_status", "--check").code == 0
    result = project.run("validate_schema", "--only", "migrations,database")
    assert result.code == 0, result.out
    result = project.run("sqlmigrate_rollback", "zero", "--noinput", "--allow-data-loss")
    assert result.code == 0, result.err
    assert project.applied() == []


def test_a_string_ends_where_the_splitter_sees_its_end(project, role, server):
    """Else the server would take the rest of the file for what a string says, or run a string."""
    set_for(server, role, "standard_conforming_strings = off", "escape_string_warning = off")
    project.database.execute("CREATE TABLE canary ()")
    project.write(
        "001_first",
        "BEGIN;\nCREATE TABLE first (path text DEFAULT 'C:\\');\n"
        "COMMENT ON TABLE first IS '; DROP TABLE canary; --';\nCOMMIT;\n",
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.tables() == {"canary", "first"}
    comment = "SELECT obj_description('first'::regclass)"
    assert project.database.execute(comment) == [("; DROP TABLE canary; --",)]


def test_limits_of_a_session_end_no_run(project, role, server):
    """A file that takes longer than all of them, and a pause before the next one."""
    set_for(
        server,
        role,
        "statement_timeout = '900ms'",
        "idle_session_timeout = '900ms'",
        "idle_in_transaction_session_timeout = '900ms'",
        *(["transaction_timeout = '900ms'"] if server.version >= 170000 else []),
    )
    project.write("001_first", TABLE.format("SELECT pg_sleep(1.2);\n"))
    project.write("002_index", INDEX)
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.applied() == ["001_first", "002_index"]


def ended(error: str, setting: str) -> None:
    assert setting in error
    assert f"-c {setting}=0" in error
    assert "fault in django-schema-tools" not in error


@pytest.mark.parametrize("setting", ["statement_timeout", "transaction_timeout"])
def test_a_limit_that_ends_the_reading_is_named(project, role, server, setting):
    """The history is locked, so that reading it takes longer on any machine."""
    if setting == "transaction_timeout" and server.version < 170000:
        return  # there is none
    project.write("001_first", TABLE.format(""))
    assert project.run("sqlmigrate_apply").code == 0
    set_for(server, role, f"{setting} = '400ms'")
    with project.database.connect() as other, other.transaction():
        other.execute("LOCK TABLE public.schema_migrations")
        result = project.run("sqlmigrate_status")
    assert result.code == 3, result.err
    ended(result.err, setting)


def test_the_way_around_a_limit_that_the_message_names_works(project, role, server):
    project.write("001_first", TABLE.format(""))
    set_for(server, role, "statement_timeout = '1ms'")
    connections[project.alias].settings_dict["OPTIONS"] = {"options": "-c statement_timeout=0"}
    assert project.run("sqlmigrate_status").code == 0


def test_limits_are_lifted_for_files_and_set_by_files(project, role, server):
    """What a file sets itself holds for it, and for no later one."""
    set_for(server, role, "idle_in_transaction_session_timeout = '7s'")
    with open_target(project.alias) as target, target.connect() as work:
        limits_of(target, Waiting()).of(_step(project)).start_session(work)
        shown = work.execute("SHOW idle_in_transaction_session_timeout").fetchone()
        assert shown == ("0",)


def _step(project):
    project.write("001_first", TABLE.format(""))
    return Step(read_directory(project.folder).migrations[0], "up")


@pytest.mark.parametrize("is_prepared", [False, True])
def test_read_only_by_default_is_refused_before_anything_runs(project, role, server, is_prepared):
    project.write("001_first", TABLE.format(""))
    if is_prepared:
        assert project.run("sqlmigrate_apply").code == 0
        project.write("002_index", INDEX)
    set_for(server, role, "default_transaction_read_only = on")
    assert project.run("sqlmigrate_status").code == 0
    consent = {"sqlmigrate_apply": (), "sqlmigrate_rollback": ("--allow-data-loss",)}
    for command in consent:
        result = project.run(command, "--noinput", *consent[command])
        if command == "sqlmigrate_rollback" and not is_prepared:
            continue  # there is nothing to roll back
        assert result.code == 3, result.err
        assert "default_transaction_read_only is on" in result.err
        assert "disk is full" in result.err
    assert project.applied() == (["001_first"] if is_prepared else [])
    events = "SELECT count(*) FROM schema_migration_events WHERE event LIKE '%failed'"
    assert not is_prepared or project.database.execute(events) == [(0,)]


def test_a_search_path_that_leads_nowhere_fails_in_the_file_alone(project, role, server):
    set_for(server, role, "search_path = nowhere")
    project.write("001_first", TABLE.format(""))
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "3F000: no schema has been selected to create in" in result.err
    assert "→ The search_path" in result.err
    assert project.applied() == []
    project.write("001_first", TABLE.format("").replace("TABLE first", "TABLE public.first"))
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.applied() == ["001_first"]
    assert project.run("validate_schema", "--only", "migrations,database").code == 0
