"""Squashed files, their proof, and what each database makes of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from schema_tools.history.directory import read_directory
from schema_tools.history.squashed import squashed_files
from tests.reports.test_json_schemas import complaints
from tests.runner.squashing import (
    COMPARED,
    LATER,
    ORDERS,
    counts,
    history,
    run,
    squashed,
    take_away,
)


def test_a_database_that_has_the_old_files_accepts_it_without_a_write(shop):
    run(shop, "sqlmigrate_apply")
    before = history(shop)
    squashed(shop)
    for _round in range(2):  # with the old files, and without them
        run(shop, "sqlmigrate_status", check=True)
        run(shop, "validate_schema", **COMPARED)
        assert "Nothing to apply" in run(shop, "sqlmigrate_apply")
        assert history(shop) == before
        if (shop.folder / "001_users.sql").exists():
            take_away(shop)
    assert "003_squashed  applied (as 001_users to 003_email)" in run(shop, "sqlmigrate_status")
    shop.write("004_later", "-- Dependencies: 002_orders.sql\n" + LATER)
    run(shop, "sqlmigrate_apply")
    run(shop, "validate_schema", **COMPARED)
    run(shop, "sqlmigrate_rollback", noinput=True, allow_data_loss=True)
    refused = run(shop, "sqlmigrate_rollback", code=2, noinput=True, allow_data_loss=True)
    assert "was applied here as 3 files, 001_users, 002_orders, 003_email" in refused
    assert counts(shop) == [(2, 3)]


def test_a_new_database_runs_it_and_has_the_same(shop):
    path = squashed(shop)
    run(shop, "sqlmigrate_apply")
    assert shop.applied() == ["003_squashed"]
    assert counts(shop) == [(2, 3)]
    run(shop, "validate_schema", **COMPARED)
    take_away(shop)
    run(shop, "validate_schema", **COMPARED)
    run(shop, "sqlmigrate_status", check=True)
    # It lies in the folder as people would run it.
    assert "CONCURRENTLY" not in path.read_text(encoding="utf-8").split("users_email")[0]
    run(shop, "sqlmigrate_rollback", noinput=True, allow_data_loss=True)
    assert shop.tables() == set()


def test_psql_runs_it_as_it_stands(shop, server, binaries):
    path = squashed(shop)
    params = shop.database.params
    subprocess.run(
        [
            binaries.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(path),
            f"host={params['host']} port={params['port']} user={params['user']} "
            f"dbname={shop.database.name}",
        ],
        check=True,
        env={**os.environ, "PSQLRC": os.devnull},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert counts(shop) == [(2, 3)]
    run(shop, "schema_diff", "--from", "migrations", "--to", "database")
    take_away(shop)
    run(shop, "sqlmigrate_baseline", "3", noinput=True)
    assert shop.applied() == ["003_squashed"]


def test_a_database_that_has_half_of_them_goes_on_file_by_file(shop, tmp_path):
    run(shop, "sqlmigrate_apply", "2")
    squashed(shop)
    shutil.copytree(shop.folder, tmp_path / "kept")
    take_away(shop)
    refused = run(shop, "sqlmigrate_apply", code=2)
    assert "stands for 3 files, of which the database has 2" in refused
    assert "git log --diff-filter=D -1 -- '*/001_users.sql'" in refused
    run(shop, "sqlmigrate_status", code=1, check=True)
    assert "squashed_in_part" in run(shop, "validate_schema", code=1, format="json", **COMPARED)
    shutil.copytree(tmp_path / "kept", shop.folder, dirs_exist_ok=True)
    run(shop, "sqlmigrate_apply")
    assert shop.applied() == ["001_users", "002_orders", "003_email"]
    run(shop, "validate_schema", **COMPARED)
    run(shop, "sqlmigrate_rollback", noinput=True, allow_data_loss=True)
    assert shop.applied() == ["001_users", "002_orders"]


def test_a_squashed_file_is_squashed_again(shop, server):
    run(shop, "sqlmigrate_apply")
    squashed(shop)
    take_away(shop, "001_users", "002_orders")
    shop.write("004_later", LATER)
    run(shop, "sqlmigrate_apply")
    path = squashed(shop, "4")
    (first, second) = squashed_files(read_directory(shop.folder).migrations)
    assert [(each.version, each.inside) for each in second.members] == [
        ("003_squashed", ""),
        ("001_users", "003_squashed"),
        ("002_orders", "003_squashed"),
        ("003_email", "003_squashed"),
        ("004_later", ""),
    ]
    assert first.versions == {"001_users", "002_orders", "003_email"}
    for name in ("003_email", "003_squashed", "004_later"):
        run(shop, "sqlmigrate_status", check=True)
        run(shop, "validate_schema", **COMPARED)
        take_away(shop, name)
    assert "applied (as 001_users to 004_later)" in run(shop, "sqlmigrate_status", check=True)
    assert path.read_text(encoding="utf-8").count("\n-- from ") == 5 * 2  # UP and DOWN


def test_what_a_replay_shows_to_be_no_transaction_is_none(project):
    project.write("001_t", "SET work_mem = '8MB';\nBEGIN;\nCREATE TABLE t (id int);\nCOMMIT;\n")
    commits = "DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$;"
    project.write("002_commits", f"-- Transaction: off\n{commits}\n")
    text = squashed(project, "2").read_text(encoding="utf-8")
    assert "-- Transaction: off\n" in text
    assert "BEGIN;" not in text
    assert "SET work_mem = '8MB';\nCREATE TABLE t (id int);\nRESET work_mem;" in text
    run(project, "sqlmigrate_apply")
    assert project.database.execute("SELECT id FROM t") == [(1,)]


LEAKING = "DO $$ BEGIN PERFORM set_config('search_path', 'b', false); END $$;"


@pytest.mark.parametrize(
    ("second", "third", "code", "words"),
    [
        (LEAKING, "CREATE TABLE u ();", "squash.schema", "another schema"),
        (
            "DO $$ BEGIN PERFORM set_config('own.x', '1', false); END $$;",
            "INSERT INTO b.t SELECT WHERE current_setting('own.x', true) IS DISTINCT FROM '1';",
            "squash.rows",
            "leaves 0 rows in b.t, the files that it stands for 1",
        ),
        (
            "DO $$ BEGIN CREATE TEMP TABLE x (); END $$;",
            "DO $$ BEGIN CREATE TEMP TABLE x (); END $$;",
            "squash.fails",
            "in one transaction or statement by statement",
        ),
        (
            "DO $$ BEGIN CREATE TEMP TABLE x (); END $$;",
            "BEGIN;\nSAVEPOINT s;\nDO $$ BEGIN CREATE TEMP TABLE x (); END $$;\nCOMMIT;",
            "squash.fails",
            'does not run: relation "x" already exists',
        ),
    ],
)
def test_what_is_not_equal_is_not_written(project, second, third, code, words):
    project.write("001_b", "CREATE SCHEMA b;\nCREATE TABLE b.t ();")
    project.write("002_c", second)
    project.write("003_d", third)
    result = project.run("sqlmigrate_squash", "3", format="json")
    document = json.loads(result.out)
    assert (result.code, [each["code"] for each in document["findings"]]) == (2, [code])
    assert words in document["findings"][0]["message"]
    assert complaints("sqlmigrate_squash", document) == []
    assert not list(project.folder.glob("*squashed*"))
    shown = run(project, "sqlmigrate_squash", "3", code=2, dry_run=True)
    assert "-- from 002_c.sql" in shown


def test_a_plan_that_was_saved_before_holds_where_nothing_else_runs(shop, tmp_path):
    plan = str(tmp_path / "plan.json")
    shop.write("004_later", LATER)
    run(shop, "sqlmigrate_apply", "3")
    run(shop, "sqlmigrate_apply", save_plan=plan)
    squashed(shop)
    take_away(shop)
    run(shop, "sqlmigrate_apply", from_plan=plan)
    assert shop.applied()[-1] == "004_later"


def test_a_plan_that_was_saved_before_is_refused_where_the_squashed_file_runs(shop, tmp_path):
    plan = str(tmp_path / "plan.json")
    run(shop, "sqlmigrate_apply", save_plan=plan)
    squashed(shop)
    said = run(shop, "sqlmigrate_apply", from_plan=plan, code=2)
    assert "003_squashed would run too, which the saved plan does not know" in said


def test_other_commands_mean_the_one_that_counts(shop):
    run(shop, "sqlmigrate_apply")
    squashed(shop)
    looked = json.loads(shop.run("sqlmigrate_resolve", "003_squashed", format="json").out)
    assert looked["version"] == "003_email"
    take_away(shop)
    looked = json.loads(shop.run("sqlmigrate_resolve", "3", format="json").out)
    assert (looked["version"], looked["situation"]) == ("003_squashed", "applied")
    refused = run(shop, "sqlmigrate_resolve", "3", "--rolled-back", "--noinput", code=2)
    assert "on record as the 3 files that it stands for" in refused
    document = json.loads(shop.run("sqlmigrate_status", format="json").out)
    assert complaints("sqlmigrate_status", document) == []
    assert document["history"][0]["stands_for"] == ["001_users", "002_orders", "003_email"]
    assert "Nothing to record" in run(shop, "sqlmigrate_baseline", "3", noinput=True)


def test_another_text_was_applied_than_was_squashed(shop):
    run(shop, "sqlmigrate_apply")
    shop.write("002_orders", ORDERS + "-- SELECT 'changed';\n")
    squashed(shop)
    assert "was changed after it had been applied" in run(shop, "sqlmigrate_apply", code=2)
    take_away(shop)
    assert "another text" in run(shop, "sqlmigrate_apply", code=2)
    shown = run(shop, "sqlmigrate_resolve", "002_orders")
    assert "the events of" in shown


def test_a_new_database_may_record_it_without_running_it(shop):
    squashed(shop)
    run(shop, "sqlmigrate_apply", fake=True)
    assert shop.applied() == ["003_squashed"]


def test_the_sample_is_squashed(project, server):
    source = Path(__file__).resolve().parents[2] / "migrations_sql"
    shutil.copytree(source, project.folder, dirs_exist_ok=True)
    names = [path.stem for path in sorted(project.folder.glob("*.sql"))]
    run(project, "sqlmigrate_apply")
    path = squashed(project, str(len(names)))
    assert "BEGIN;" in path.read_text(encoding="utf-8")
    take_away(project, *names)
    run(project, "sqlmigrate_status", check=True)
    run(project, "validate_schema", **COMPARED)


def test_the_command_that_is_shown_removes_the_old_files(project, monkeypatch, settings):
    for number in range(1, 23):
        project.write(f"{number:03}_t", f"CREATE TABLE t{number} ();")
    monkeypatch.chdir(project.folder.parent)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "MIGRATIONS_DIR": "migrations_sql"}

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Jo", "-c", "user.email=jo@example.org")
        subprocess.run(["git", *who, *arguments], check=True, stdout=subprocess.DEVNULL)

    git("init", "-q")
    for version, shown in (("2", "git rm migrations_sql/001_t.sql"), ("22", "| xargs git rm")):
        said = run(project, "sqlmigrate_squash", version)
        (line,) = (line.strip() for line in said.splitlines() if "git rm" in line)
        assert shown in line
        git("add", "-A")
        git("commit", "-q", "-m", "squashed")
        subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL)
    assert [path.name for path in project.folder.glob("*.sql")] == ["022_squashed.sql"]


def test_what_any_file_requires_of_django_comes_before_all(project):
    project.write("001_a", "CREATE TABLE a (id bigint);")
    key = "CREATE TABLE b (type_id int REFERENCES django_content_type);"
    project.write("002_b", f"-- Requires: contenttypes.0001_initial\n{key}")
    text = squashed(project, "2").read_text(encoding="utf-8")
    assert "-- Requires: contenttypes.0001_initial\n" in text
    refused = run(project, "sqlmigrate_apply", code=2)
    assert "it requires Django's migration contenttypes.0001_initial" in refused


def test_roles_that_files_take_on_are_given_back(project):
    role = f"squash_{os.getpid()}"
    project.write("001_a", f"BEGIN;\nSET ROLE {role};\nSET LOCAL search_path = x;\nCOMMIT;")
    project.write("002_b", "CREATE TABLE b (id bigint);")
    project.database.execute(f"CREATE ROLE {role}")
    try:
        text = squashed(project, "2").read_text(encoding="utf-8")
        assert f"SET ROLE {role};\nSET LOCAL search_path = x;\nRESET ROLE;" in text
        run(project, "sqlmigrate_apply")
        assert project.database.execute(
            "SELECT schemaname, tableowner FROM pg_tables WHERE tablename = 'b'"
        ) == [("public", project.database.params["user"])]
        run(project, "validate_schema", **COMPARED)
    finally:
        project.database.execute(f"DROP ROLE {role}")
