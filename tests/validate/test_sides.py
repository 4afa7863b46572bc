"""What validate_schema does where a side is left out, damaged, out of order or Django's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.validate.sample import ROOT, run, validated

pytestmark = pytest.mark.db
FILE = """
-- Migration: {version}.sql
{more}
BEGIN;
{up};
COMMIT;
-- ROLLBACK MIGRATION (DOWN)
-- {down};
"""


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    """The sample's SQL files in a folder of their own, to which a test adds."""
    for path in (ROOT / "migrations_sql").glob("*.sql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path)}
    return tmp_path


def add(folder: Path, version: str, up: str, down: str = "SELECT 1", more: str = "") -> Path:
    path = folder / f"{version}.sql"
    path.write_text(FILE.format(version=version, up=up, down=down, more=more), encoding="utf-8")
    return path


def codes(result: dict) -> list[tuple[str, str]]:
    return [(each["code"], each["verdict"]) for each in result["findings"]]


def test_models_and_files_agree_without_looking_at_the_database(database, alias: str) -> None:
    result = validated(alias, "--no-database")
    assert result["findings"] == []
    assert result["database"] is None
    assert result["migrations"] is None
    assert {"what": "database", "reason": "left out as asked"} in result["not_checked"]


def test_models_and_database_agree_without_looking_at_the_files(sample, alias: str) -> None:
    result = validated(alias, "--only", "models,database")
    assert result["findings"] == []
    sample.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    result = validated(alias, "--only", "models,database")
    assert codes(result) == [("column.type", "database_drifted")]
    assert result["findings"][0]["values"] == {
        "models": "character varying(255)",
        "database": "character varying(100)",
    }
    assert result["findings"][0]["between"] == ["models", "database"]


def test_files_and_database_agree_without_looking_at_the_models(sample, alias: str) -> None:
    assert validated(alias, "--only", "migrations,database")["findings"] == []


def test_kinds_and_tables_restrict_the_result(sample, alias: str) -> None:
    sample.execute("DROP INDEX idx_users_role; ALTER TABLE sessions DROP COLUMN user_agent")
    assert codes(validated(alias, "--kinds", "index")) == [("index.missing", "database_drifted")]
    assert codes(validated(alias, "--tables", "sessions")) == [
        ("column.missing", "database_drifted")
    ]
    result = validated(alias, "--tables", "public.users", "--kinds", "column")
    assert codes(result) == []
    assert 30 < result["summary"]["objects_compared"] < 50
    assert {"what": "objects other than those asked for", "reason": "left out as asked"} in result[
        "not_checked"
    ]


def test_a_table_that_nobody_knows_is_refused(sample, copy: Path) -> None:
    done = run(copy, sample.url, "validate_schema", "--tables", "user")
    assert done.returncode == 2
    assert "no table 'user'" in done.stderr
    assert "Did you mean 'users'?" in done.stderr


def test_changed_file_is_compared_as_it_was_applied(sample, alias: str, folder: Path) -> None:
    path = folder / "004_add_user_two_factor.sql"
    path.write_text(path.read_text() + "\n-- a word more\n")
    result = validated(alias)
    assert codes(result) == [("history.changed", None)]
    assert result["migrations"]["changed"] == ["004_add_user_two_factor"]


def test_missing_file_is_compared_as_it_was_applied(sample, alias: str, folder: Path) -> None:
    (folder / "004_add_user_two_factor.sql").unlink()
    result = validated(alias, "--tables", "user_recovery_codes")
    assert codes(result) == [
        ("history.missing", None),
        ("table.missing", "model_behind"),
    ]


def test_unknown_applied_text_is_not_guessed(sample, alias: str, folder: Path) -> None:
    sample.execute("DELETE FROM schema_migration_events; DROP INDEX idx_users_role")
    path = folder / "004_add_user_two_factor.sql"
    path.write_text(path.read_text() + "\n-- a word more\n")
    result = validated(alias)
    assert codes(result) == [("history.changed", None)]
    assert "the database against the SQL files" in [each["what"] for each in result["not_checked"]]


def test_out_of_order_files_are_replayed_as_they_were_applied(
    sample, alias: str, folder: Path
) -> None:
    add(folder, "005_b", "CREATE INDEX later ON users (city)", "DROP INDEX later")
    (folder / "005_b.sql").rename(folder / "006_b.sql")
    (folder / "006_b.sql").write_text((folder / "006_b.sql").read_text().replace("005_b", "006_b"))
    add(folder, "005_a", "CREATE INDEX sooner ON users (bio)", "DROP INDEX sooner")
    sample.execute(
        "CREATE INDEX later ON users (city);"
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ('006_b', 'b', '')"
    )
    result = validated(alias, "--only", "migrations,database")
    assert ("history.out_of_order", None) in codes(result)
    assert ("index.missing", "migration_pending") in codes(result)
    assert "later" not in [(each["object"] or {}).get("name") for each in result["findings"]]


def test_file_that_fails_is_named_with_its_line(sample, alias: str, folder: Path) -> None:
    path = add(folder, "005_bad", "SELECT 1;\nALTER TABLE nowhere ADD COLUMN x int")
    result = validated(alias)
    assert codes(result) == [("file.replay", None)]
    finding = result["findings"][0]
    line = path.read_text().splitlines().index("ALTER TABLE nowhere ADD COLUMN x int;") + 1
    assert [(place["path"][-11:], place["line"]) for place in finding["locations"]] == [
        ("005_bad.sql", line)
    ]
    assert 'relation "nowhere" does not exist' in finding["message"]
    assert "the SQL files against models and database" in [
        each["what"] for each in result["not_checked"]
    ]


def test_the_line_of_a_program_is_that_of_the_statement_that_defines_it(
    sample, alias: str, folder: Path
) -> None:
    path = add(
        folder,
        "005_programs",
        "CREATE FUNCTION shout(word text) RETURNS text LANGUAGE sql RETURN upper(word);\n"
        "CREATE PROCEDURE sweep() LANGUAGE sql AS 'DELETE FROM sessions';\n"
        "CREATE TRIGGER swept BEFORE UPDATE ON sessions\n"
        "    FOR EACH ROW EXECUTE FUNCTION set_updated_at()",
    )
    lines = path.read_text().splitlines()
    found = {
        each["code"]: " ".join(lines[each["locations"][0]["line"] - 1].split()[:3])
        for each in validated(alias, "--only", "migrations,database")["findings"]
    }
    assert found == {
        "function.missing": "CREATE FUNCTION shout(word",
        "procedure.missing": "CREATE PROCEDURE sweep()",
        "trigger.missing": "CREATE TRIGGER swept",
    }


def test_required_django_migration_is_run_in_scratch_and_stays_djangos(
    sample, alias: str, folder: Path
) -> None:
    add(
        folder,
        "005_on_auth",
        "CREATE INDEX by_codename ON auth_permission (codename)",
        "DROP INDEX by_codename",
        "-- Requires: auth.0001_initial",
    )
    result = validated(alias)
    assert codes(result) == [("index.missing", "migration_pending")]
    finding = result["findings"][0]
    assert finding["locations"][0]["line"] == 5
    assert set(finding["values"]) == {"migrations", "database"}
    assert sample.execute("SELECT to_regclass('django_migrations')") == [(None,)]


def test_unknown_django_migration_is_a_finding(sample, alias: str, folder: Path) -> None:
    add(folder, "005_x", "SELECT 1", more="-- Requires: auth.0999_nothing")
    assert ("file.requires", None) in codes(validated(alias))


def test_tables_of_pending_django_migrations_are_not_missed(sample, alias: str) -> None:
    result = validated(alias)
    assert {
        "what": "tables of the apps admin, auth, contenttypes, sessions",
        "reason": "not all their Django migrations are applied: "
        f"manage.py migrate --database {alias}",
    } in result["not_checked"]


def test_django_s_own_tables_are_compared_once_they_are_there(sample, copy: Path) -> None:
    assert run(copy, sample.url, "migrate").returncode == 0
    done = run(copy, sample.url, "validate_schema", "--format", "json")
    assert json.loads(done.stdout)["findings"] == [], done.stdout
    sample.execute("ALTER TABLE django_session ALTER COLUMN session_data DROP NOT NULL")
    done = run(copy, sample.url, "validate_schema", "--format", "json")
    assert done.returncode == 1
    finding = json.loads(done.stdout)["findings"][0]
    assert (finding["code"], finding["between"]) == ("column.nullable", ["models", "database"])


@pytest.fixture
def reader(server):
    """A role that may connect, and nothing else."""
    server.execute("DROP ROLE IF EXISTS reader")
    server.execute("CREATE ROLE reader LOGIN")
    yield "reader"
    server.execute("DROP ROLE reader")


def test_a_role_that_may_only_read_the_history_can_validate(
    reader: str, sample, copy: Path
) -> None:
    url = sample.url.replace("://postgres@", f"://{reader}@")
    refused = run(copy, url, "validate_schema")
    assert refused.returncode == 3, refused
    assert "schema_migrations" in refused.stderr
    sample.execute(f"GRANT SELECT ON schema_migrations, schema_migration_progress TO {reader}")
    sample.execute(f"GRANT SELECT ON schema_migration_events TO {reader}")
    sample.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    done = run(copy, url, "validate_schema", "--format", "json")
    sample.execute(f"DROP OWNED BY {reader}")
    result = json.loads(done.stdout)
    assert codes(result) == [("column.type", "database_drifted")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "models"], "two sides"),
        (["--only", "models,moon"], "no side 'moon'"),
        (["--kinds", "moon"], "no kind 'moon'"),
        (["--kinds", "tables"], "Did you mean 'table'?"),
        (["--no-database", "--tables", "pref"], "Did you mean 'user_preferences'?"),
    ],
)
def test_wrong_words_are_refused(database, copy: Path, arguments: list[str], words: str) -> None:
    done = run(copy, database.url, "validate_schema", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_files_that_cannot_be_read_blame_nobody_else(sample, alias: str, folder: Path) -> None:
    (folder / "002_fix_sessions_table.sql").write_text("SELECT 'never closed", encoding="utf-8")
    result = validated(alias)
    assert {code.split(".")[0] for code, _verdict in codes(result)} == {"file"}
    assert all(each["remedies"] == [] for each in result["findings"])


def test_drift_is_still_found_where_a_pending_file_fails(sample, alias: str, folder: Path) -> None:
    add(folder, "005_bad", "ALTER TABLE nowhere ADD COLUMN x int")
    sample.execute("DROP INDEX idx_users_role")
    assert codes(validated(alias)) == [
        ("file.replay", None),
        ("index.missing", "database_drifted"),
    ]


def test_the_database_is_not_spoken_of_where_it_was_not_looked_at(copy: Path) -> None:
    path = copy / "authservice" / "models" / "user.py"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "email_verified = models.BooleanField(db_default=False)",
        "email_verified = models.BooleanField()",
    )
    text = text.replace("    bio = models.TextField(null=True, blank=True)\n", "")
    path.write_text(text, encoding="utf-8")
    done = run(
        copy,
        "postgresql://nobody@127.0.0.1:1/x",
        "validate_schema",
        "--no-database",
        "--format",
        "json",
    )
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    assert codes(result) == [("column.extra", "model_behind"), ("column.default", "model_differs")]
    assert "no database default in the model, SQL files say" in result["findings"][1]["message"]
    said = [finding[part] for finding in result["findings"] for part in ("message", "hint")]
    assert not [text for text in said if "database" in text.replace("database default", "")]


def test_what_a_left_out_statement_may_have_made_is_not_to_be_dropped(
    sample, alias: str, folder: Path
) -> None:
    add(folder, "005_code", "DO $$ BEGIN EXECUTE 'CREATE DATABASE ' || 'x'; END $$")
    sample.execute("CREATE TABLE made_somehow (i int)")
    found = validated(alias)["findings"]
    (table,) = [each for each in found if each["code"] == "table.extra"]
    assert "may have made this" in table["hint"]
    assert [each["action"] for each in table["remedies"]] == ["adopt"]
