"""Histories of other tools: recognised by the tables that each tool makes, and left alone.

Each file of other_tools/ is what a tool has made in a database, with a few rows: `-- tool:` is the
name that is to be said, `-- last:` the last version.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import psycopg
import pytest

from schema_tools.history.other_tools import TABLE_NAMES, TOOLS, OtherHistory, recognised
from schema_tools.postgres.other_histories import last_version, read_other_histories
from tests.runner.conftest import Project

CASES = {path.stem: path for path in sorted((Path(__file__).parent / "other_tools").glob("*.sql"))}
# Of those that have one table name in common only one can be in a schema.
TOGETHER = [name for name in CASES if name not in {"golang_migrate", "rails"}]


def said(name: str, key: str) -> str:
    return re.search(rf"^-- {key}: (.+)$", CASES[name].read_text(), re.MULTILINE)[1]


def shapes(*tables: str) -> dict[tuple[str, str], frozenset[str]]:
    """Return tables, each given as `name: column column`."""
    parts = [table.partition(": ") for table in tables]
    return {("public", name): frozenset(columns.split()) for name, _colon, columns in parts}


def tools(*tables: str) -> list[str]:
    return [found.tool for found in recognised(shapes(*tables))]


def test_every_tool_has_a_case() -> None:
    assert {said(name, "tool") for name in CASES} == {tool.name for tool in TOOLS}


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (["schema_migrations: version"], ["dbmate"]),
        (["schema_migrations: version dirty"], ["golang-migrate"]),
        (
            [
                "schema_migrations: version",
                "ar_internal_metadata: key value created_at updated_at",
            ],
            ["Rails"],
        ),
        (["schema_migrations: version", "ar_internal_metadata: key"], ["dbmate"]),
        (["schema_migrations: version applied_at"], []),
        (["schema_migrations: id version name checksum applied_at applied_by"], []),
        (["alembic_version: version_num"], ["Alembic"]),
        (["alembic_version: version_num note"], []),
        (["changes: change_id change project"], []),
        ([], []),
    ],
)
def test_a_table_is_known_by_all_its_columns(tables, expected) -> None:
    assert tools(*tables) == expected


def test_columns_that_only_some_versions_have() -> None:
    old = (
        "databasechangelog: id author filename dateexecuted orderexecuted exectype md5sum "
        "description comments tag liquibase"
    )
    assert tools(old) == ["Liquibase"]
    assert tools(f"{old} contexts labels deployment_id") == ["Liquibase"]
    assert tools(f"{old} mine") == []


def test_tools_in_several_schemas_are_told_apart() -> None:
    columns = frozenset({"version"})
    found = recognised(
        {("a", "schema_migrations"): columns, ("b", "schema_migrations"): columns | {"dirty"}}
    )
    assert [(each.schema, each.tool) for each in found] == [
        ("a", "dbmate"),
        ("b", "golang-migrate"),
    ]
    assert str(found[1]) == "b.schema_migrations"


def test_no_two_tools_have_one_shape() -> None:
    told = {(tool.table, tool.needs) for tool in TOOLS}
    assert len(told) == len(TOOLS)


@pytest.mark.db
@pytest.mark.parametrize("name", CASES)
def test_what_a_tool_makes_is_recognised(database, name) -> None:
    with database.connect() as connection:
        connection.execute(CASES[name].read_text())
        (found,) = read_other_histories(connection)
        assert found.tool == said(name, "tool")
        assert last_version(connection, found) == said(name, "last")
        made = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace",
            (found.schema,),
        ).fetchall()
        assert {*found.tables} == {table for (table,) in made} <= TABLE_NAMES


@pytest.mark.db
def test_a_table_that_may_not_be_read_keeps_its_version_to_itself(database) -> None:
    with database.connect() as connection:
        connection.execute(CASES["alembic"].read_text())
        connection.execute("CREATE ROLE other_tools_reader")
        try:
            connection.execute("SET ROLE other_tools_reader")
            (found,) = read_other_histories(connection)
            assert last_version(connection, found) is None
            assert connection.execute("SELECT 1").fetchone() == (1,)
        finally:
            connection.execute("RESET ROLE")
            connection.execute("DROP ROLE other_tools_reader")


@pytest.mark.db
def test_a_history_that_is_locked_or_empty_or_gone_has_no_last_version(database) -> None:
    last = next(tool.last for tool in TOOLS if tool.name == "Alembic")
    gone = OtherHistory("Alembic", "public", ("alembic_version",), last=last)
    with database.connect() as connection, database.connect() as other:
        assert last_version(connection, gone) is None
        connection.execute(CASES["alembic"].read_text())
        with other.transaction():
            other.execute("LOCK TABLE alembic_version")
            assert last_version(connection, gone) is None
        connection.execute("DELETE FROM alembic_version")
        assert last_version(connection, gone) is None


@pytest.fixture
def project(tmp_path, alias, database, settings) -> Project:
    """A database in which eight tools have left their tables, and a file is applied."""
    folder = tmp_path / "migrations_sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {
        "MIGRATIONS_DIR": str(folder),
        "APPS": [],
        "HISTORY_TABLE": "sql_migrations",
    }
    with database.connect() as connection:
        for name in TOGETHER:
            connection.execute(CASES[name].read_text())
    made = Project(folder, alias, database)
    made.write("001_one", "CREATE TABLE one (id int);")
    assert made.run("sqlmigrate_apply").code == 0
    return made


@pytest.mark.db
def test_no_comparison_calls_them_extra_and_each_tool_is_named_once(project, tmp_path) -> None:
    result = project.run("validate_schema", "--only", "migrations,database", format="json")
    document = json.loads(result.out)
    assert (result.code, document["findings"]) == (0, []), result.out
    expected = {said(name, "tool") for name in TOGETHER}
    assert _named(document) == sorted(expected)
    result = project.run("schema_diff", "--from", "migrations", "--to", "database", format="json")
    document = json.loads(result.out)
    assert (result.code, document["differences"]) == (0, []), result.out
    assert _named(document) == sorted(expected)
    snapshot = tmp_path / "snapshot.jsonl"
    assert project.run("schema_snapshot", "--of", "migrations", output=str(snapshot)).code == 0
    result = project.run("validate_schema", "--expected", str(snapshot), format="json")
    document = json.loads(result.out)
    assert (result.code, document["findings"]) == (0, []), result.out
    assert _named(document) == sorted(expected)


def _named(document) -> list[str]:
    found = (
        re.match(r"the history of (\S+) \(", each["what"]) for each in document["not_checked"]
    )
    return sorted(each[1] for each in found if each)


@pytest.mark.db
def test_a_table_of_that_name_with_another_shape_is_a_finding(project) -> None:
    project.database.execute("ALTER TABLE alembic_version ADD COLUMN mine text")
    result = project.run("validate_schema", "--only", "migrations,database", format="json")
    objects = [each["object"]["name"] for each in json.loads(result.out)["findings"]]
    assert "alembic_version" in objects


@pytest.mark.db
@pytest.mark.parametrize("name", ["dbmate", "golang_migrate", "rails"])
def test_in_the_way_of_ours_a_table_is_named_with_its_tool_and_version(
    tmp_path, alias, database, settings, name
) -> None:
    folder = tmp_path / "migrations_sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(folder), "APPS": []}
    with database.connect() as connection:
        connection.execute(CASES[name].read_text())
    result = Project(folder, alias, database).run("sqlmigrate_status")
    assert result.code == 2
    assert f"belongs to {said(name, 'tool')} " in result.err
    assert f"its last version: {said(name, 'last')})" in result.err
    assert "sqlmigrate_baseline" in result.err
    with pytest.raises(psycopg.errors.UndefinedTable):
        database.execute("SELECT FROM sql_migrations")
