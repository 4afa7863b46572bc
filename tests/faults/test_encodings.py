"""Databases whose encoding lacks what a file may say."""

from __future__ import annotations

import pytest

from schema_tools.postgres.stored_text import restored, storable

WORDS = "-- 🔄 FORWARD MIGRATION (UP)\nBEGIN;\n-- naïve 日本 🙈\n{0}COMMIT;\n-- DOWN\n-- {1};\n"
PLAIN = WORDS.format("CREATE TABLE first (id int);\n", "DROP TABLE first")
FITTING = {
    "LATIN1": WORDS.format(
        "CREATE TABLE \"caf\u00e9\" (name text DEFAULT 'naïve');\n", 'DROP TABLE "caf\u00e9"'
    ),
    "EUC_JP": WORDS.format("CREATE TABLE 日本 (name text DEFAULT '東京');\n", "DROP TABLE 日本"),
    "SQL_ASCII": WORDS.format("CREATE TABLE 日本 (name text DEFAULT '🙈');\n", "DROP TABLE 日本"),
}
LACKING = WORDS.format("CREATE TABLE first (name text DEFAULT '🙈');\n", "DROP TABLE first")


@pytest.fixture(params=FITTING)
def encoding(request, project, server) -> str:
    """The project's database has this encoding."""
    name = project.database.name
    server.execute(f"DROP DATABASE {name}")
    server.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{request.param}' LOCALE 'C'"
    )
    return request.param


only_latin1 = pytest.mark.parametrize("encoding", ["LATIN1"], indirect=True)


@pytest.mark.db
@pytest.mark.parametrize("text", ["plain", "fitting"])
def test_what_the_encoding_has_is_applied_whatever_the_comments_say(project, encoding, text):
    project.write("001_first", PLAIN if text == "plain" else FITTING[encoding])
    for arguments in (["--dry-run"], []):
        result = project.run("sqlmigrate_apply", *arguments)
        assert result.code == 0, result.err
    assert project.run("sqlmigrate_status", "--check").code == 0
    result = project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert result.code == 0, result.err
    assert project.tables() == set()


@pytest.mark.db
@only_latin1
def test_what_the_encoding_lacks_fails_in_the_file_and_is_recorded(project, encoding):
    project.write("001_first", LACKING)
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "22P05" in result.err
    assert "→ The database's encoding lacks a character" in result.err
    assert project.tables() == set()
    assert project.applied() == []
    events = "SELECT event, sqlstate FROM schema_migration_events"
    assert project.database.execute(events) == [("apply_failed", "22P05")]
    assert "001_first  FAILED" in project.run("sqlmigrate_status").out


@pytest.mark.db
@only_latin1
def test_the_text_of_a_file_that_is_gone_is_still_known(project, encoding):
    path = project.write("001_first", PLAIN)
    assert project.run("sqlmigrate_apply").code == 0
    path.unlink()
    project.write("002_second", "SELECT 1;")
    result = project.run("sqlmigrate_resolve", "001_first")
    assert "naïve 日本 🙈" in result.out


@pytest.mark.db
@only_latin1
def test_such_a_database_is_compared(project, encoding):
    project.write("001_first", FITTING[encoding])
    assert project.run("sqlmigrate_apply").code == 0
    result = project.run("validate_schema", "--only", "migrations,database")
    assert result.code == 0, result.out


@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII", "LATIN1", "EUC_JP", ""])
@pytest.mark.parametrize("text", ["", "SELECT 1;\n", PLAIN, LACKING])
def test_a_stored_text_is_restored(encoding, text):
    stored = storable(text, encoding)
    assert restored(stored) == text
    assert stored.isascii() or encoding in {"UTF8", "SQL_ASCII"}
