"""Applying: what the database holds afterwards, and what the user is told."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.db

TWO_TABLES = """
    BEGIN;
    CREATE TABLE first (id int);
    CREATE TABLE second (id int);
    COMMIT;
    -- ROLLBACK (DOWN)
    -- DROP TABLE second;
    -- DROP TABLE first;
"""


def test_pending_files_are_applied_in_order_and_recorded(project):
    project.write("001_tables", TWO_TABLES)
    project.write("002_third", "CREATE TABLE third (id int);")
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.applied() == ["001_tables", "002_third"]
    assert project.tables() == {"first", "second", "third"}
    assert "2 migrations applied" in result.out


def test_a_second_apply_does_nothing(project):
    project.write("001_tables", TWO_TABLES)
    project.run("sqlmigrate_apply")
    before = project.database.execute("SELECT * FROM schema_migrations")
    result = project.run("sqlmigrate_apply")
    assert result.code == 0
    assert "Nothing to apply" in result.out
    assert project.database.execute("SELECT * FROM schema_migrations") == before


def test_status_creates_nothing(project):
    project.write("001_tables", TWO_TABLES)
    result = project.run("sqlmigrate_status")
    assert result.code == 0
    assert "pending" in result.out
    assert project.database.execute(
        "SELECT count(*) FROM pg_tables WHERE schemaname='public'"
    ) == [(0,)]
    assert json.loads(project.run("sqlmigrate_status", format="json").out)["migrations"] == {
        "applied": 0,
        "pending": ["001_tables"],
        "changed": [],
        "missing": [],
        "broken": [],
        "out_of_order": [],
        "failed": [],
        "running": [],
    }
