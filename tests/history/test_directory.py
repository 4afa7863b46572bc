"""A folder of migrations: what is read, what is wrong, and how a user names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Location, Severity
from schema_tools.history.directory import find_migration, read_directory, shown


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A function that makes a folder of files; the folder is `m`, seen from here."""
    monkeypatch.chdir(tmp_path)

    def make(files):
        Path("m").mkdir()
        for name, content in files.items():
            Path("m", name).write_text(content, encoding="utf-8")
        return Path("m")

    return make


def _problems(directory):
    return [(each.code, *map(str, each.locations)) for each in directory.problems]


def test_files_come_in_the_order_of_their_numbers(folder):
    names = ("0010_c.sql", "009_b.sql", "20260131120000_e.sql", "0011_d.sql", "008_a.sql")
    directory = read_directory(folder(dict.fromkeys(names, "SELECT 1;")))
    assert [each.name for each in directory.migrations] == ["a", "b", "c", "d", "e"]
    assert directory.path == "m"
    assert directory.migrations[0].path == "m/008_a.sql"
    assert directory.problems == ()


def test_other_files_are_left_alone(folder):
    path = folder({"001_a.sql": "SELECT 1;", "_draft.sql": "(", ".x.sql": "(", "README.md": ""})
    (path / "old").mkdir()
    (path / "old" / "bad.sql").write_text("(")
    directory = read_directory(path)
    assert [each.version for each in directory.migrations] == ["001_a"]
    assert directory.problems == ()


def test_a_link_is_read(folder):
    path = folder({"_real.sql": "SELECT 1;"})
    (path / "001_a.sql").symlink_to("_real.sql")
    assert [each.version for each in read_directory(path).migrations] == ["001_a"]


def test_an_empty_folder_has_no_migrations(folder):
    directory = read_directory(folder({}))
    assert (directory.migrations, directory.problems) == ((), ())


def test_what_cannot_be_read_is_a_problem_and_leaves_no_gap(folder):
    path = folder(
        {
            "001_a.sql": "SELECT 1;",
            "002_b.sql": "SELECT 1;\nSELECT 'b",
            "005_e.sql": "SELECT 1;",
            "006_F.sql": "SELECT 1;",
            "readme.SQL": "",
        }
    )
    (path / "003_c.sql").mkdir()
    (path / "004_d.sql").symlink_to("nowhere.sql")
    directory = read_directory(path)
    assert [each.version for each in directory.migrations] == ["001_a", "005_e"]
    assert _problems(directory) == [
        ("file.unreadable", "m/002_b.sql:2"),
        ("file.unreadable", "m/003_c.sql"),
        ("file.unreadable", "m/004_d.sql"),
        ("file.unreadable", "m/006_F.sql"),
        ("file.unreadable", "m/readme.SQL"),
    ]
    for problem in directory.problems:
        assert problem.severity is Severity.CRITICAL
        assert problem.hint
    assert directory.problems[1].message == "the file cannot be read: Is a directory"


def test_two_files_with_one_number_are_a_problem(folder):
    names = ("001_a.sql", "002_b.sql", "0002_c.sql", "003_d.sql")
    directory = read_directory(folder(dict.fromkeys(names, "SELECT 1;")))
    assert len(directory.migrations) == 4
    (problem,) = directory.problems
    assert problem.code == "file.duplicate_number"
    assert problem.message == "2 files have the number 2: 0002_c.sql, 002_b.sql"
    assert problem.locations == (Location("m/0002_c.sql"), Location("m/002_b.sql"))


def test_a_gap_is_a_problem(folder):
    names = ("003_a.sql", "005_b.sql", "009_c.sql", "20260131120000_d.sql", "20260201000000_e.sql")
    directory = read_directory(folder(dict.fromkeys(names, "SELECT 1;")))
    assert [(each.message, *map(str, each.locations)) for each in directory.problems] == [
        ("number 4 is missing between 003_a.sql and 005_b.sql", "m/005_b.sql"),
        ("numbers 6 to 8 are missing between 005_b.sql and 009_c.sql", "m/009_c.sql"),
    ]
    assert {each.code for each in directory.problems} == {"file.gap"}


def test_a_header_that_names_another_file_is_a_problem(folder):
    path = folder(
        {
            "001_a.sql": "-- Migration: 001_a.sql\nSELECT 1;",
            "002_b.sql": "-- Migration: 002_b\nSELECT 1;",
            "003_c.sql": "-- Author: x\n-- migration: 001_a.sql\nSELECT 1;",
        }
    )
    (problem,) = read_directory(path).problems
    assert problem.code == "file.header"
    assert problem.locations == (Location("m/003_c.sql", 2),)
    assert problem.message == "the header says Migration: 001_a.sql, the file is 003_c.sql"


def test_a_missing_folder_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as refused:
        read_directory(tmp_path / "m")
    assert (
        refused.value.message
        == "the migrations folder m cannot be read: No such file or directory"
    )
    assert "MIGRATIONS_DIR" in refused.value.hint


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "m").write_text("")
    with pytest.raises(ConfigurationError, match="Not a directory"):
        read_directory(tmp_path / "m")


def test_a_path_is_shown_as_the_user_would_type_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "m" / "001_a.sql") == "m/001_a.sql"
    assert shown(Path("/etc")) == "/etc"


VERSIONS = ("001_initial", "002_add", "002_fix", "003_add_two", "030_x", "0031_y", "legacy")


@pytest.mark.parametrize(
    ("target", "version"),
    [
        ("001_initial", "001_initial"),
        ("001_initial.sql", "001_initial"),
        ("001", "001_initial"),
        ("1", "001_initial"),
        ("003", "003_add_two"),
        ("3", "003_add_two"),
        ("30", "030_x"),
        ("031", "0031_y"),
        ("03", "003_add_two"),
        ("002_f", "002_fix"),
        ("leg", "legacy"),
    ],
)
def test_a_version_is_found(target, version):
    assert find_migration(VERSIONS, target) == version


def test_the_number_goes_before_the_prefix():
    assert find_migration(["0031_y", "0003_a"], "3") == "0003_a"
    assert find_migration(["0031_y", "0041_a"], "003") == "0031_y"


def test_more_than_one_match_names_the_candidates():
    for target in ("2", "002", "002_"):
        with pytest.raises(ConfigurationError) as refused:
            find_migration(VERSIONS, target)
        assert refused.value.message == f"'{target}' may mean 002_add, 002_fix"
        assert refused.value.hint == "Give more of the name."


@pytest.mark.parametrize(
    ("versions", "target", "hint"),
    [
        (VERSIONS, "003_ad_two", "Did you mean 003_add_two?"),
        (VERSIONS, "initail", "Did you mean 001_initial?"),
        (VERSIONS, "99", "The last one is legacy."),
        (VERSIONS, "", "The last one is legacy."),
        ((), "1", "There are no migrations."),
    ],
)
def test_an_unknown_target_names_the_nearest(versions, target, hint):
    with pytest.raises(ConfigurationError, match="there is no migration") as refused:
        find_migration(versions, target)
    assert refused.value.hint == hint
