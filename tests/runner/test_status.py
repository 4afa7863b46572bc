"""The status of each migration, as text, as JSON, and as the admin's model sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connections

from schema_tools.conf import history_table_name
from schema_tools.models import AppliedMigration
from schema_tools.postgres.lock import runner_lock
from schema_tools.services.target import server_words

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reports.md"
HISTORY = "public.schema_migrations"
TABLE = "CREATE TABLE {0} (id int);\n-- DOWN\n-- DROP TABLE {0};\n"


@pytest.fixture
def mixed(project):
    """One file of each state that a user can bring about."""
    for number, name in enumerate(("fine", "changed", "missing", "late", "last"), start=1):
        if name != "late":
            project.write(f"{number:03}_{name}", TABLE.format(name))
    project.write("004_late", TABLE.format("late"))
    assert project.run("sqlmigrate_apply").code == 0
    project.run("sqlmigrate_rollback", "3", "--noinput", "--allow-data-loss")
    project.run("sqlmigrate_apply")
    project.database.execute(
        "DELETE FROM schema_migrations WHERE version = '004_late'; DROP TABLE late"
    )
    project.write("002_changed", TABLE.format("changed") + "-- more\n")
    (project.folder / "003_missing.sql").unlink()
    project.write("006_next", TABLE.format("next"))
    return project


@pytest.mark.db
def test_every_state_is_named_with_what_to_do(mixed):
    result = mixed.run("sqlmigrate_status")
    assert result.code == 0
    lines = {line.split()[0]: line for line in result.out.splitlines() if line[:1] == "0"}
    assert " applied " in lines["001_fine"]
    assert "CHANGED since it was applied" in lines["002_changed"]
    assert "MISSING: applied, but there is no file" in lines["003_missing"]
    assert "OUT OF ORDER" in lines["004_late"]
    assert "pending" in lines["006_next"]
    assert "its checksum differs" in result.out
    assert "Get 003_missing.sql back" in result.out
    assert "005_last with a higher number is applied" in result.out
    assert "2 applied, 1 pending. The CRITICAL problems come first." in result.out
    assert mixed.run("sqlmigrate_status", "--check").code == 1


@pytest.mark.db
def test_a_pending_file_that_apply_will_refuse_is_not_the_next_step(project):
    project.write("001_one", TABLE.format("one"))
    project.write("002_two", "BEGIN;\nCREATE INDEX CONCURRENTLY i ON one (id);\nCOMMIT;\n")
    said = " ".join(project.run("sqlmigrate_status").out.split())
    assert "0 applied, 2 pending. sqlmigrate_apply will refuse them. " in said
    assert "002_two.sql:2: CREATE INDEX CONCURRENTLY cannot run inside a transaction" in said
    assert "Next:" not in said
    assert project.run("sqlmigrate_apply").code == 2


@pytest.mark.db
def test_without_any_file_nothing_is_said_to_be_applied(project):
    result = project.run("sqlmigrate_apply")
    assert result.code == 0
    assert "There are no SQL files yet" in result.out
    assert "sqlmigrate_create NAME" in result.out
    assert "Nothing to apply" not in result.out


@pytest.mark.db
def test_apply_refuses_the_same_problems(mixed):
    result = mixed.run("sqlmigrate_apply")
    assert result.code == 2
    for words in ("checksum differs", "003_missing.sql back", "higher number"):
        assert words in result.out
    assert mixed.applied() == ["001_fine", "002_changed", "003_missing", "005_last"]


@pytest.mark.db
def test_without_files_the_next_command_is_create(project):
    assert "sqlmigrate_create NAME" in project.run("sqlmigrate_status").out
    assert project.run("sqlmigrate_status", "--check").code == 0


@pytest.mark.db
def test_every_key_of_the_json_is_documented(mixed):
    documented = DOCUMENT.read_text(encoding="utf-8")

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    commands = (
        ["sqlmigrate_status"],
        ["sqlmigrate_apply", "--plan"],
        ["sqlmigrate_apply"],
        ["sqlmigrate_rollback", "--plan"],
        ["sqlmigrate_create", "name", "--dry-run"],
        ["sqlmigrate_apply", "404"],
    )
    for arguments in commands:
        shown = json.loads(mixed.run(*arguments, format="json").out)
        assert [key for key in sorted(keys(shown)) if f"`{key}`" not in documented] == []


@pytest.mark.db
def test_the_model_reads_the_history(project):
    project.write("001_fine", TABLE.format("fine"))
    project.run("sqlmigrate_apply")
    (row,) = AppliedMigration.objects.using(project.alias)
    assert (str(row), row.name, row.environment) == ("001_fine", "fine", "")
    assert row.applied_at.tzinfo is not None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, '"public"."schema_migrations"'),
        ({"SCHEMAS": ['od"d', "x"], "HISTORY_TABLE": "h"}, '"od""d"."h"'),
        ({"SCHEMAS": [], "HISTORY_TABLE": 7}, '"public"."schema_migrations"'),
        ("no dict", '"public"."schema_migrations"'),
    ],
)
def test_the_models_table_is_known_before_the_settings_are_checked(settings, given, name):
    settings.SCHEMA_TOOLS = given
    assert history_table_name() == name


@pytest.mark.db
def test_a_lock_file_that_is_old_is_a_warning_and_stops_nothing(project):
    project.write("001_one", TABLE.format("one"))
    (project.folder / "schema.lock").write_text("# It knows of no file.\n")
    assert project.run("sqlmigrate_apply").code == 0
    result = project.run("sqlmigrate_status", check=True, format="json")
    (found,) = json.loads(result.out)["findings"]
    assert result.code == 0
    assert (found["code"], found["severity"]) == ("file.lock", "warning")
    assert found["hint"].endswith("sqlmigrate_lint --fix")


@pytest.mark.db
def test_a_run_that_goes_on_is_told_before_what_an_earlier_one_has_left(project):
    """A file in a transaction leaves no trace of itself before its end; its lock is there."""
    project.write("001_one", "SELECT 1/0;")
    assert project.run("sqlmigrate_apply").code == 5
    with project.database.connect() as holder, runner_lock(holder, HISTORY, wait=0):
        process = holder.info.backend_pid
        said = project.run("sqlmigrate_status").out
    assert f"0 applied, 0 pending, 1 failed; a run is going on: process {process} (user " in said
    assert "The CRITICAL problems come first" in project.run("sqlmigrate_status").out


@pytest.mark.db
def test_a_database_that_another_tool_has_made_is_to_be_adopted(project):
    project.write("001_one", TABLE.format("one"))
    project.database.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    said = project.run("sqlmigrate_status").out
    assert "Alembic has a history here: where the tables are there already, next: " in said
    assert f"manage.py sqlmigrate_baseline VERSION --database {project.alias}; else: " in said
    assert project.run("sqlmigrate_apply").code == 0
    assert "Alembic" not in project.run("sqlmigrate_status").out


@pytest.mark.db
def test_a_file_that_is_gone_is_not_to_be_forgotten(project):
    """Whoever follows the first advice must not make the loss last."""
    project.write("001_one", TABLE.format("one"))
    project.write("002_two", TABLE.format("two"))
    assert project.run("sqlmigrate_apply").code == 0
    assert project.run("sqlmigrate_lint", "--fix").code in {0, 1}
    (project.folder / "002_two.sql").unlink()
    found = json.loads(project.run("sqlmigrate_status", format="json").out)["findings"]
    assert [each["code"] for each in found] == ["history.missing", "file.lock"]
    assert found[1]["hint"].startswith("Get the file back from version control.")


@pytest.mark.db
def test_the_server_is_named(project, server):
    """A variable that is not set leads to another server, with a database of the same name."""
    said = project.run("sqlmigrate_status").out
    where = f"this machine, port {server.params['port']}"
    assert f"Migrations of {project.database.name} on {where} (PostgreSQL " in said
    settings = connections[project.alias].settings_dict
    engine = settings["ENGINE"]
    settings["ENGINE"] = "schema_tools.postgres.backend"
    try:
        assert " on the embedded server (PostgreSQL " in project.run("sqlmigrate_status").out
    finally:
        settings["ENGINE"] = engine


@pytest.mark.parametrize(
    ("host", "words"),
    [("db.internal", "db.internal, port 5432"), ("/tmp", "this machine, port 5432")],
)
def test_a_server_is_named_by_its_host(host, words):
    assert server_words(host, 5432) == words


@pytest.mark.db
@pytest.mark.parametrize(
    "command",
    [
        ("sqlmigrate_status",),
        ("sqlmigrate_apply",),
        ("sqlmigrate_rollback",),
        ("sqlmigrate_baseline", "1"),
        ("validate_schema",),
    ],
    ids=" ".join,
)
def test_who_has_locked_the_history_is_named(project, monkeypatch, command):
    """The first command of a night must not wait for ever without a word."""
    monkeypatch.setattr("schema_tools.services.read_history._SECONDS", 0.2)
    project.write("001_one", TABLE.format("one"))
    assert project.run("sqlmigrate_apply").code == 0
    with project.database.connect() as other, other.transaction():
        other.execute("LOCK TABLE schema_migrations")
        result = project.run(*command)
        process = other.info.backend_pid
    assert result.code == 4
    assert f"end it: SELECT pg_terminate_backend({process});" in result.err
    assert (
        f"public.schema_migrations has been locked for 0.2 s and longer; locked by process "
        f"{process} " in result.err
    )
    assert project.run("sqlmigrate_status", "--check").code == 0
