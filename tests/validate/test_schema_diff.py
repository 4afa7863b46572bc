"""schema_diff and schema_snapshot on the sample: models, SQL files, database, snapshot, URL."""

from __future__ import annotations

import io
import json
import shutil
import stat
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from schema_tools.history.statements import split
from schema_tools.services.whole_file import replace_file
from tests.diff.json_schema import complaints
from tests.validate.sample import run

pytestmark = pytest.mark.db
EDITS = """
ALTER TABLE users ALTER COLUMN email TYPE varchar(100), ALTER COLUMN username DROP NOT NULL;
ALTER TABLE sessions DROP COLUMN user_agent;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE extra (id int PRIMARY KEY, m mood DEFAULT 'good', user_id uuid REFERENCES users);
CREATE INDEX extra_m ON extra (m);
"""


def diffed(alias: str, before: str, after: str, form: str = "text") -> tuple[int, str]:
    """Run schema_diff in this process; return its code and output."""
    out, code = io.StringIO(), 0
    try:
        call_command(
            "schema_diff", before=before, after=after, database=alias, format=form, stdout=out
        )
    except CommandError as error:
        code = error.returncode
        if code != 1:
            raise
    finally:
        connections[alias].close()
    return code, out.getvalue()


def test_who_has_the_sql_is_not_told_how_to_get_it(sample, alias: str) -> None:
    sample.execute("CREATE TABLE extra (id int)")
    with pytest.raises(CommandError) as caught:
        call_command(
            "schema_diff",
            before="migrations",
            after="database",
            database=alias,
            format="sql",
            stdout=io.StringIO(),
        )
    connections[alias].close()
    assert str(caught.value).endswith(": 2 differences")


def taken(alias: str, of: str) -> bytes:
    out = io.StringIO()
    call_command("schema_snapshot", of=of, database=alias, stdout=out, stderr=io.StringIO())
    connections[alias].close()
    return out.getvalue().encode()


def test_models_files_database_and_snapshot_of_the_sample_are_equal(
    sample, alias: str, tmp_path: Path
) -> None:
    path = tmp_path / "schema.jsonl"
    path.write_bytes(taken(alias, "migrations"))
    assert path.read_bytes() == taken(alias, "database")
    for before, after in (
        ("migrations", "models"),
        ("models", "database"),
        ("migrations", "database"),
        ("database", sample.url),
        (str(path), f"database:{alias}"),
        ("models", str(path)),
        ("models", "models"),
    ):
        code, text = diffed(alias, before, after)
        assert (code, text.splitlines()[0][-13:]) == (0, "no difference"), text
        assert diffed(alias, before, after, "sql") == (0, "")


def test_the_script_brings_the_one_to_the_other_and_back(sample, alias: str) -> None:
    sample.execute(EDITS)
    code, script = diffed(alias, "database", "migrations", "sql")
    assert code == 1
    assert "-- CAN LOSE DATA. All rows of extra are lost." in script
    back = diffed(alias, "migrations", "database", "sql")[1]
    for text in (script, back):
        run_script(sample, text)
        equal = diffed(alias, "database", "migrations")[0] == 0
        assert equal is (text is script)
    assert diffed(alias, "migrations", "database", "sql")[1] == back


@pytest.mark.parametrize("of", ["database", "url", "snapshot"])
def test_tables_of_djangos_own_migrations_are_not_dropped_for_files_that_leave_them(
    sample, alias: str, tmp_path: Path, of: str
) -> None:
    sample.execute("CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, other text)")
    sample.execute("CREATE INDEX by_hand ON django_session (other)")
    sample.execute("CREATE TABLE nobodys (id int)")
    path = tmp_path / "schema.jsonl"
    path.write_bytes(taken(alias, "database"))
    source = {"database": "database", "url": sample.url, "snapshot": str(path)}[of]
    code, script = diffed(alias, source, "migrations", "sql")
    assert code == 1
    assert "DROP TABLE nobodys;" in script
    assert "-- Not compared: 1 table of Django's own migrations (django_session)" in script
    assert script.count("django_session") == 1
    back = diffed(alias, "migrations", source, "sql")[1]
    assert "CREATE TABLE nobodys" in back
    assert "CREATE TABLE django_session" not in back


def run_script(database, text: str) -> None:
    """Run a script as users do, with psql where there is one."""
    psql = shutil.which("psql")
    if psql:
        subprocess.run(
            [psql, "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", database.url],
            input=text, text=True, check=True, capture_output=True,
        )  # fmt: skip
        return
    with database.connect() as connection:
        for statement in split(text):
            connection.execute(statement.text.encode())


def test_text_says_what_differs_with_both_values(sample, alias: str) -> None:
    sample.execute(EDITS)
    code, text = diffed(alias, "migrations", "database")
    lines = text.splitlines()
    assert code == 1
    assert lines[0] == (f"From the SQL files to database {sample.name} ({alias}): 11 differences")
    assert "  ~ column email: type: character varying(255) → character varying(100)" in lines
    assert "  ~ column username: NOT NULL → nullable" in lines
    assert "  - column user_agent text" in lines
    assert "  + enum mood: ENUM ('good', 'bad')" in lines
    assert lines[-1].endswith("--format sql")
    models = diffed(alias, "models", "database")[1].splitlines()
    assert [line for line in models if line in lines and line.startswith("  ")]
    assert "  + enum mood: ENUM ('good', 'bad')" not in models
    assert any("no model can state them" in line for line in models)


def test_json_is_as_its_schema_says(sample, alias: str) -> None:
    schema = json.loads(
        files("schema_tools.reports").joinpath("json_schemas/schema_diff.json").read_text("utf-8")
    )
    for code, found in ((0, documented(alias)), (1, documented(alias, sample, EDITS))):
        assert complaints(found, schema, schema) == []
        assert found["ok"] is (code == 0)
        assert found["safe"] is (code == 0)
        assert bool(found["sql"]) is (code == 1)
    assert found["from"] == {
        "name": "the SQL files",
        "server_version": found["to"]["server_version"],
    }


def documented(alias: str, database: Any = None, sql: str = "") -> dict[str, Any]:
    if database is not None:
        database.execute(sql)
    return json.loads(diffed(alias, "migrations", "database", "json")[1])


def test_files_up_to_a_target(sample, alias: str) -> None:
    code, text = diffed(alias, "migrations@3", "migrations")
    assert code == 1
    assert text.startswith("From the SQL files up to 003_add_user_notification_preferences to ")
    assert "table user_recovery_codes\n  + table user_recovery_codes" in text
    assert diffed(alias, "migrations@004", "migrations@004_add")[0] == 0
    with pytest.raises(CommandError, match="no migration '9'"):
        diffed(alias, "migrations@9", "migrations")


def test_a_schema_that_a_file_makes_is_read_on_all_sides(
    database, alias: str, tmp_path: Path, settings
) -> None:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "APPS": []}
    (tmp_path / "001_a.sql").write_text("CREATE SCHEMA app; CREATE TABLE app.t (i int);\n")
    path = tmp_path / "schema.jsonl"
    path.write_bytes(taken(alias, "migrations"))
    assert "table app.t\n  + table app.t" in diffed(alias, "database", "migrations")[1]
    database.execute("CREATE SCHEMA app; CREATE TABLE app.t (i int)")
    for before, after in (("database", "migrations"), (str(path), "database")):
        assert diffed(alias, before, after)[0] == 0
    database.execute("ALTER TABLE app.t ADD j int")
    assert "  + column j integer" in diffed(alias, str(path), "database")[1]


def test_files_that_cannot_be_run_are_named_with_their_line(
    alias: str, tmp_path: Path, settings
) -> None:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path)}
    (tmp_path / "001_a.sql").write_text("CREATE TABLE a (\n    b nonsense\n);\n")
    with pytest.raises(CommandError, match=r"001_a\.sql:\d") as caught:
        diffed(alias, "migrations", "database")
    assert caught.value.returncode == 2
    # Models need of the files only what types and extensions they make.
    assert "the files cannot be run" in diffed(alias, "models", "database")[1]
    (tmp_path / "001_b.sql").write_text("SELECT 1;\n")
    with pytest.raises(CommandError, match="2 files have the number 1") as caught:
        diffed(alias, "migrations", "models")
    assert caught.value.returncode == 2


def test_a_password_shows_nowhere(copy: Path, sample) -> None:
    for url in (
        "postgresql://someone:geheim@127.0.0.1:1/name",
        "postgresql://someone@127.0.0.1:1/name?password=geheim",
        "postgresql://someone:geheim@127.0.0.1:port/name",
        "postgresql://someone:geheim@127.0.0.1/name?nonsense=1",
    ):
        done = run(
            copy, sample.url, "schema_diff", "--from", url, "--to", "models", "--traceback",
            "--format", "json",
        )  # fmt: skip
        assert done.returncode in {2, 3}, done.stderr
        assert "geheim" not in done.stdout + done.stderr
    with_password = sample.url.replace("@", ":geheim@")
    done = run(copy, sample.url, "schema_diff", "--from", with_password, "--to", "database")
    assert done.returncode == 0, done.stderr
    assert "geheim" not in done.stdout + done.stderr
    assert sample.name in done.stdout


def test_two_runs_write_the_same_bytes_and_nothing_else_on_the_standard_output(
    copy: Path, sample
) -> None:
    first, second = (
        run(copy, sample.url, "schema_snapshot", "--of", "migrations") for _run in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert all(json.loads(line) for line in first.stdout.splitlines())
    assert "Snapshot of the SQL files" in first.stderr
    done = run(copy, sample.url, "schema_snapshot", "--of", "models", "--output", "/dev/stdout")
    assert done.returncode == 0, done.stderr
    assert '{"objects":' in done.stdout


def test_a_file_is_replaced_as_a_whole_or_not_at_all(
    sample, alias: str, tmp_path: Path, monkeypatch
) -> None:
    path, link = tmp_path / "schema.jsonl", tmp_path / "link.jsonl"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with pytest.raises(CommandError):
        call_command("schema_snapshot", of="migrations@9", database=alias, output=str(path))
    assert path.read_text() == "old"
    out = io.StringIO()
    call_command(
        "schema_snapshot", of="database", database=alias, output=str(link), stdout=out,
        format="json",
    )  # fmt: skip
    assert path.read_bytes() == taken(alias, "database")
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert json.loads(out.getvalue())["summary"]["objects_written"] > 150
    monkeypatch.setattr(Path, "replace", no_room)
    kept = path.read_bytes()
    with pytest.raises(Exception, match="No space left") as caught:
        replace_file(path, b"new", "the snapshot")
    assert type(caught.value).__name__ == "Unavailable"
    assert path.read_bytes() == kept
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.jsonl", "schema.jsonl"]


def no_room(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("output", ["/nowhere/x.jsonl", "/"])
def test_a_place_that_cannot_take_a_file_is_refused_before_any_work(
    alias: str, output: str
) -> None:
    with pytest.raises(CommandError, match="--output") as caught:
        call_command("schema_snapshot", of="database", database=alias, output=output)
    assert caught.value.returncode == 2


def test_files_are_read_where_the_project_has_no_folder(
    sample, alias: str, settings, tmp_path: Path
) -> None:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path / "none")}
    assert diffed(alias, "models", "database")[0] == 0
    with pytest.raises(CommandError, match="cannot be read"):
        diffed(alias, "migrations", "database")
