"""The fingerprint of the schema stands with the last event of a run."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.db
UP_AND_DOWN = """
    BEGIN;
    CREATE TABLE {table} (id int);
    COMMIT;
    -- ROLLBACK MIGRATION (DOWN)
    -- DROP TABLE {table};
"""


def fingerprints(project) -> list[str | None]:
    query = "SELECT fingerprint FROM schema_migration_events ORDER BY id"
    return [fingerprint for (fingerprint,) in project.database.execute(query)]


def test_same_schema_has_the_same_fingerprint_and_another_has_another(project) -> None:
    project.write("001_a", UP_AND_DOWN.format(table="a"))
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_b", UP_AND_DOWN.format(table="b"))
    assert project.run("sqlmigrate_apply").code == 0
    undone = project.run("sqlmigrate_rollback", noinput=True, allow_data_loss=True)
    assert undone.code == 0, undone.err
    first, second, third = fingerprints(project)
    assert first == third
    assert first != second
    assert len(first or "") == 64


def test_of_several_files_the_last_one_has_it(project) -> None:
    project.write("001_a", UP_AND_DOWN.format(table="a"))
    project.write("002_b", UP_AND_DOWN.format(table="b"))
    assert project.run("sqlmigrate_apply").code == 0
    first, second = fingerprints(project)
    assert first is None
    assert second is not None


def test_an_apply_does_not_fail_for_want_of_it(project, monkeypatch) -> None:
    project.write("001_a", UP_AND_DOWN.format(table="a"))
    monkeypatch.setattr("schema_tools.services.fingerprint._SECONDS", 0.001)
    monkeypatch.setattr(
        "schema_tools.services.fingerprint.read_schema",
        lambda connection, _schemas: connection.execute("SELECT pg_sleep(1)"),
    )
    assert project.run("sqlmigrate_apply").code == 0
    assert fingerprints(project) == [None]


@pytest.fixture
def locked_afterwards(project, monkeypatch):
    """Let somebody lock the history's tables once a run has done all but its last words."""
    with project.database.connect() as other:

        def lock(_target) -> str:
            other.execute("BEGIN; LOCK TABLE schema_migrations, schema_migration_events")
            return "0" * 64

        monkeypatch.setattr("schema_tools.services.fingerprint.fingerprint_of", lock)
        monkeypatch.setattr("schema_tools.services.fingerprint._SECONDS", 0.2)
        monkeypatch.setattr("schema_tools.services.read_history._SECONDS", 0.2)
        yield other.info.backend_pid


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["sqlmigrate_apply"], "1 migration applied."),
        (["sqlmigrate_rollback", "--noinput", "--allow-data-loss"], "1 migration rolled back."),
    ],
)
def test_who_locks_the_history_keeps_no_run_from_its_end(project, request, command, said) -> None:
    project.write("001_a", UP_AND_DOWN.format(table="a"))
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_b", UP_AND_DOWN.format(table="b"))
    process = request.getfixturevalue("locked_afterwards")
    result = project.run(*command)
    assert result.code == 4
    assert f"{said} But now the history tables cannot be read: " in result.err
    assert f"locked by process {process} " in result.err
