"""Every file up, down and up again: equal schemas, or a finding that says what is not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connections

from schema_tools.findings import Report
from schema_tools.services.round_trip import round_trip

pytestmark = pytest.mark.db
FIRST = ("001_first", "BEGIN; CREATE TABLE a (id int PRIMARY KEY); COMMIT;", "DROP TABLE a;")


@dataclass(frozen=True)
class Case:
    """Files, what becomes of each, and words of the one finding."""

    files: tuple[tuple[str, str, str], ...]
    results: str
    code: str = ""
    says: str = ""
    line: int = 0


CASES = {
    "nothing is wrong": Case(
        (
            FIRST,
            (
                "002_b",
                "ALTER TABLE a ADD b int; CREATE INDEX i ON a (b);",
                "ALTER TABLE a DROP b;",
            ),
        ),
        "equal equal",
    ),
    "what cannot be in a transaction goes both ways": Case(
        (
            FIRST,
            (
                "002_b",
                "CREATE INDEX CONCURRENTLY i ON a (id);",
                "DROP INDEX CONCURRENTLY i;",
            ),
        ),
        "equal equal",
    ),
    "a schema of its own comes and goes": Case(
        (("001_s", "CREATE SCHEMA s; CREATE TABLE s.t (x int);", "DROP SCHEMA s CASCADE;"),),
        "equal",
    ),
    "no rollback is no finding": Case(
        (FIRST, ("002_b", "CREATE TABLE b ();", "")), "equal no_rollback"
    ),
    "what is left behind is named, its columns are not": Case(
        (
            (
                "001_two",
                "CREATE TABLE a (x int); CREATE TABLE b (y int); CREATE INDEX i ON b (y);",
                "DROP TABLE a;",
            ),
        ),
        "failed",
        "rollback.incomplete",
        "its rollback does not lead back: table public.b is left behind",
        3,
    ),
    "what is gone is named": Case(
        (FIRST, ("002_b", "CREATE TABLE b ();", "DROP TABLE b; DROP TABLE a;")),
        "equal failed",
        "rollback.incomplete",
        "table public.a is gone",
    ),
    "what is another is named with its aspect": Case(
        (
            ("001_a", "CREATE TABLE a (x int NOT NULL);", "DROP TABLE a;"),
            (
                "002_b",
                "ALTER TABLE a ALTER x TYPE bigint;",
                "ALTER TABLE a ALTER x DROP NOT NULL, ALTER x TYPE int;",
            ),
        ),
        "equal failed",
        "rollback.incomplete",
        "column public.a.x is another (nullable)",
    ),
    "a rollback that fails is shown at its line": Case(
        (FIRST, ("002_b", "CREATE TABLE b ();", "DROP TABLE b;\nDROP TABLE nowhere;")),
        "equal failed",
        "rollback.fails",
        'its rollback fails: table "nowhere" does not exist',
        4,
    ),
    "what a rollback hides from the schema stops the second time": Case(
        (
            (
                "001_a",
                "CREATE TABLE a AS SELECT 1 / (1 - count(*)) FROM pg_largeobject_metadata;",
                "DROP TABLE a; SELECT lo_create(8);",
            ),
        ),
        "failed",
        "rollback.not_again",
        "after its rollback it cannot be applied as before: division by zero",
    ),
    "the second time makes another schema": Case(
        (
            (
                "001_c",
                "DO $$ BEGIN IF EXISTS (SELECT FROM pg_largeobject_metadata) THEN "
                "CREATE TABLE b (); ELSE CREATE TABLE c (); END IF; END $$;",
                "DROP TABLE IF EXISTS b, c; SELECT lo_create(7);",
            ),
        ),
        "failed",
        "rollback.not_again",
        "it makes another schema: table public.b is left behind; table public.c is gone",
    ),
    "files after one that went wrong are taken, too": Case(
        (
            ("001_a", "CREATE TABLE a (x int); CREATE TABLE b ();", "DROP TABLE b;"),
            ("002_b", "ALTER TABLE a ADD y int;", "ALTER TABLE a DROP y;"),
        ),
        "failed equal",
        "rollback.incomplete",
        "table public.a is left behind",
    ),
    "files after one that does not run are not reached": Case(
        (
            FIRST,
            ("002_b", "CREATE TABLE b (x nowhere);", "DROP TABLE b;"),
            ("003_c", "SELECT 1;", ""),
        ),
        "equal failed unreached",
        "file.replay",
        'type "nowhere" does not exist',
    ),
}


def write(folder: Path, files: tuple[tuple[str, str, str], ...]) -> None:
    for version, up, down in files:
        comments = "".join(f"-- {line}\n" for line in down.splitlines())
        heading = f"-- ROLLBACK (DOWN)\n{comments}" if down else ""
        (folder / f"{version}.sql").write_text(f"{up}\n{heading}", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "APPS": []}
    return tmp_path


def results(report: Report) -> str:
    return " ".join(each["result"] for each in report.facts["round_trip"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_says_what_becomes_of_each_file(case: Case, folder: Path, alias: str) -> None:
    write(folder, case.files)
    report = round_trip(alias)
    assert results(report) == case.results
    assert [finding.code for finding in report.findings] == ([case.code] if case.code else [])
    assert report.ok is not bool(case.code)
    for finding in report.findings:
        assert case.says in finding.message
        assert finding.hint
        assert not case.line or finding.locations[0].line == case.line


def test_what_has_no_way_back_is_named_with_the_reason(folder: Path, alias: str) -> None:
    write(folder, (FIRST, ("002_b", "CREATE TABLE b ();", "")))
    (folder / "003_c.sql").write_text("-- Irreversible: it takes an hour\nCREATE TABLE c ();")
    report = round_trip(alias)
    assert results(report) == "equal no_rollback no_rollback"
    reasons = {each.what.rpartition("/")[2]: each.reason for each in report.not_checked}
    assert reasons["002_b.sql"] == "it has no rollback part"
    assert reasons["003_c.sql"] == "its header calls it irreversible: it takes an hour"
    assert report.ok


def test_django_migrations_that_a_file_requires_are_no_file_s(folder: Path, alias: str) -> None:
    write(
        folder,
        (FIRST, ("002_b", "CREATE INDEX i ON django_content_type (model);", "DROP INDEX i;")),
    )
    path = folder / "002_b.sql"
    path.write_text(f"-- Requires: contenttypes.0001_initial\n{path.read_text()}")
    report = round_trip(alias)
    assert (results(report), report.findings) == ("equal equal", ())


def test_what_a_squashed_file_stands_for_is_left_out(folder: Path, alias: str) -> None:
    write(folder, (FIRST, ("001_squashed", FIRST[1], FIRST[2])))
    checksum = hashlib.sha256((folder / "001_first.sql").read_bytes()).hexdigest()
    path = folder / "001_squashed.sql"
    path.write_text(f"-- Squashes: 001_first.sql sha256:{checksum}\n{path.read_text()}")
    report = round_trip(alias)
    assert report.facts["round_trip"] == [{"version": "001_squashed", "result": "equal"}]
    left_out = {each.what.rpartition("/")[2]: each.reason for each in report.not_checked}
    assert left_out["001_first.sql"] == "a squashed file stands for it"


def test_nothing_is_run_where_files_have_problems(folder: Path, alias: str) -> None:
    write(folder, (FIRST, ("001_second", "SELECT 1;", "")))
    report = round_trip(alias)
    assert [finding.code for finding in report.findings] == ["file.duplicate_number"]
    assert not report.ok


def test_a_project_need_not_have_files(settings, alias: str, tmp_path: Path) -> None:
    settings.SCHEMA_TOOLS = {"APPS": []}
    settings.BASE_DIR = tmp_path
    assert "no SQL files" in round_trip(alias).summary


def test_the_database_itself_is_left_alone(folder: Path, alias: str, database, server) -> None:
    write(folder, (FIRST,))
    round_trip(alias)
    connections[alias].close()
    assert database.execute("SELECT FROM pg_class WHERE relname = 'a'") == []
    scratch = "SELECT datname FROM pg_database WHERE datname LIKE 'schema_tools_scratch%'"
    assert server.execute(scratch) == []
