"""sqlmigrate_squash: one file for many, and what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schema_tools.history.directory import read_directory
from schema_tools.history.squashed import squashed_files
from tests.reports.test_json_schemas import complaints
from tests.runner.squashing import (
    counts,
    history,
    run,
    squashed,
    take_away,
)


def test_whoever_has_the_old_files_accepts_it_and_whoever_has_none_runs_it(shop):
    run(shop, "sqlmigrate_apply")
    before = history(shop)
    squashed(shop)
    assert "it stands for 3 files that this database has" in run(
        shop, "sqlmigrate_status", check=True
    )
    take_away(shop)
    assert "applied (as 001_users to 003_email)" in run(shop, "sqlmigrate_status", check=True)
    assert "Nothing to apply" in run(shop, "sqlmigrate_apply")
    assert history(shop) == before
    shop.database.execute("DROP SCHEMA public, shop CASCADE; CREATE SCHEMA public")
    run(shop, "sqlmigrate_apply")
    assert (shop.applied(), counts(shop)) == (["003_squashed"], [(2, 3)])


def test_a_label_that_is_used_once_it_is_added_needs_a_commit(project):
    project.write("001_mood", "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE t (m mood);\n")
    project.write("002_label", "ALTER TYPE mood ADD VALUE 'ok';\n")
    assert "-- Transaction: off\n" not in run(project, "sqlmigrate_squash", "2", dry_run=True)
    project.write("003_use", "INSERT INTO t VALUES ('ok');\n")
    text = squashed(project).read_text(encoding="utf-8")
    assert "-- Transaction: off\n" in text
    assert "-- Irreversible: 001_mood has no rollback" in text
    run(project, "sqlmigrate_apply")
    assert project.database.execute("SELECT m::text FROM t") == [("ok",)]


DEFERRED = """
    CREATE TABLE a (id bigint PRIMARY KEY);
    CREATE TABLE b (a_id bigint REFERENCES a DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO a VALUES (1);
    INSERT INTO b VALUES (1);
    """


def test_rows_whose_check_was_at_the_commit_are_checked_before_a_table_is_altered(project):
    project.write("001_ab", DEFERRED)
    project.write("002_note", "ALTER TABLE b ADD COLUMN note text;")
    text = squashed(project, "2").read_text(encoding="utf-8")
    assert "SET CONSTRAINTS ALL IMMEDIATE;\n\n-- from 001_ab.sql\n" in text
    run(project, "sqlmigrate_apply")
    assert project.database.execute("SELECT count(*), count(note) FROM b") == [(1, 0)]


def test_what_needs_to_be_alone_makes_it_run_singly(project):
    project.write("001_t", "CREATE TABLE t (id bigint);\n-- DOWN\n-- DROP TABLE t;\n")
    project.write("002_v", "-- Transaction: off\nVACUUM t;\n-- DOWN\n-- ANALYZE t;\n")
    text = squashed(project, "2").read_text(encoding="utf-8")
    assert "-- Transaction: off\n" in text
    run(project, "sqlmigrate_apply")
    run(project, "sqlmigrate_rollback", noinput=True, allow_data_loss=True)
    assert project.tables() == set()


def test_a_dry_run_shows_the_file_and_writes_nothing(shop):
    shown = run(shop, "sqlmigrate_squash", "2", dry_run=True)
    assert not list(shop.folder.glob("*squashed*"))
    path = squashed(shop, "2")
    assert path.read_text(encoding="utf-8").strip() in shown
    document = json.loads(shop.run("sqlmigrate_squash", "3", dry_run=True, format="json").out)
    assert complaints("sqlmigrate_squash", document) == []
    assert [Path(each).name for each in document["may_go"]] == [
        "001_users.sql",
        "002_orders.sql",
        "002_squashed.sql",
        "003_email.sql",
    ]


def test_it_writes_over_nothing_and_says_where_there_is_nothing_to_do(shop):
    path = squashed(shop)
    said = run(shop, "sqlmigrate_squash", "3")
    assert "Nothing to squash: up to there is only 003_squashed, which stands for 3 files" in said
    assert "up to there is only 001_users." in run(shop, "sqlmigrate_squash", "1")
    document = json.loads(shop.run("sqlmigrate_squash", "1", format="json").out)
    assert complaints("sqlmigrate_squash", document) == []
    path.write_text("SELECT 'my own';\n", encoding="utf-8")
    assert "2 files have the number 3" in run(shop, "sqlmigrate_squash", "3", code=2)
    assert path.read_text(encoding="utf-8") == "SELECT 'my own';\n"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"001_a": "SELECT 1;", "003_b": "SELECT 1;"}, "number 2 is missing"),
        ({"001_a": "SELECT 1;", "002_b": "SELECT nowhere;"}, "fail when they are run from empty"),
        ({"001_a": "SELECT 1;"}, "there is no migration '2'"),
        (
            {
                "001_a": "-- Transaction: off\nVACUUM;",
                "002_b": "BEGIN;\nSAVEPOINT s;\nROLLBACK TO s;\nCOMMIT;",
            },
            "cannot be put into one that can be read",
        ),
        (
            {"001_a": "SELECT 1;", "002_b": "BEGIN READ ONLY;\nSELECT 1;\nCOMMIT;"},
            "runs its transaction with READ ONLY",
        ),
        (
            {
                "001_a": "CREATE TABLE auth_user ();",
                "002_b": "-- Requires: nothing.0001_here\nSELECT 1;",
            },
            "cannot be run before it",
        ),
    ],
)
def test_what_cannot_be_squashed_is_said_before_anything_is_written(project, files, words):
    for name, text in files.items():
        project.write(name, text)
    assert words in run(project, "sqlmigrate_squash", "2", code=2)
    assert len(list(project.folder.glob("*.sql"))) == len(files)


def test_a_version_has_to_be_named(project):
    project.write("001_a", "SELECT 1;")
    assert "VERSION is empty" in run(project, "sqlmigrate_squash", "", code=2)


def test_a_rollback_that_does_not_run_is_left_out(project):
    project.write("001_a", "CREATE TABLE a (id bigint PRIMARY KEY);\n-- DOWN\n-- DROP TABLE a;\n")
    project.write("002_b", "CREATE VIEW v AS SELECT * FROM a;\n-- DOWN\n-- SELECT 1;\n")
    said = run(project, "sqlmigrate_squash", "2")
    assert "are left out: its rollback does not run" in said
    (file,) = squashed_files(read_directory(project.folder).migrations)
    assert "its rollback does not run" in file.file.header["Irreversible"]
    assert file.file.down.statements == ()


def test_linting_goes_by_one_of_them(shop):
    squashed(shop)
    for _round in range(2):
        said = json.loads(shop.run("sqlmigrate_lint", fail_on="never", format="json").out)
        found = [
            Path(each["locations"][0]["path"]).stem
            for each in said["findings"]
            if each["code"] == "lint.foreign_key_index"
        ]
        assert found == ["003_squashed"]
        if (shop.folder / "001_users.sql").exists():
            take_away(shop)
