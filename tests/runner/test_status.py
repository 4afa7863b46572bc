"""The status of each migration, as text, as JSON, and as the admin's model sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schema_tools.conf import history_table_name
from schema_tools.models import AppliedMigration

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reports.md"
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
    assert "2 applied, 1 pending. The problems above come first." in result.out
    assert mixed.run("sqlmigrate_status", "--check").code == 1


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
