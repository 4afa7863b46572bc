"""The generated projects are what they say, and the ratios are of what was measured."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.measure import ProgramFailed, Race, race, run
from benchmarks.migrations import (
    ROWS_OF_A_STATEMENT,
    write_data_file,
    write_for_dbmate,
    write_small_files,
)
from benchmarks.project import write_project
from benchmarks.table import run_all
from schema_tools.history.directory import read_directory
from schema_tools.history.statements import split


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py")}


@pytest.mark.parametrize("tables", [1, 19, 20, 100, 137])
def test_a_project_has_so_many_tables(tmp_path: Path, tables: int) -> None:
    write_project(tmp_path, tables)
    found = 0
    for name, text in texts(tmp_path).items():
        tree = ast.parse(text)
        if name.endswith("models.py"):
            found += sum(
                isinstance(node, ast.ClassDef) and node.name != "Meta" for node in ast.walk(tree)
            )
            found += text.count("ManyToManyField(")
    assert found == tables


def test_a_project_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_project(tmp_path / name, 60)
    assert texts(tmp_path / "one") == texts(tmp_path / "two")


def test_ratios_are_of_the_medians() -> None:
    ours, first, second = iter([1.0, 9.0, 2.0]), iter([3.0, 3.0, 9.0]), iter([1.0, 1.0, 1.0])
    slower = Race(
        "x", lambda: next(ours), "y", (lambda: next(first), lambda: next(second)), most=0.4
    )
    found = race(slower, rounds=3)
    assert (found.ours, found.others, found.ratio, found.is_met) == (2.0, 4.0, 0.5, False)
    faster = Race("x", lambda: 1.0, "y", (lambda: 12.0,), least=10)
    assert (race(faster, rounds=1).ratio, race(faster, rounds=1).is_met) == (12.0, True)


def test_small_files_are_migrations_and_the_same_for_dbmate(tmp_path: Path) -> None:
    write_small_files(tmp_path / "ours", 12)
    write_for_dbmate(tmp_path / "dbmate", 12)
    directory = read_directory(tmp_path / "ours")
    assert directory.problems == ()
    assert [file.number for file in directory.migrations] == list(range(1, 13))
    for file in directory.migrations:
        assert file.up.transactional
        theirs = (tmp_path / "dbmate" / f"{file.version}.sql").read_text()
        up, _mark, down = theirs.removeprefix("-- migrate:up\n").partition("-- migrate:down\n")
        assert [each.text for each in split(up)] == [each.text for each in file.up.statements]
        assert [each.text for each in split(down)] == [each.text for each in file.down.statements]


def test_a_file_of_data_is_as_long_as_asked_for(tmp_path: Path) -> None:
    size = write_data_file(tmp_path / "data", 50_000)
    assert 50_000 <= size < 60_000
    (file,) = read_directory(tmp_path / "data").migrations
    rows = [each.text.count("name of item") for each in file.up.statements[1:]]
    assert set(rows) == {ROWS_OF_A_STATEMENT}


def test_a_table_says_which_limits_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    races = (
        Race("quick", lambda: 1.0, "it", (lambda: 2.0,), most=1.5),
        Race("slow", lambda: 2.0, "it", (lambda: 1.0,), most=1.5),
    )
    first, second = run_all(races, rounds=1)
    assert (first.is_met, second.is_met) == (True, False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == [
        "| quick | 1.00 | it | 2.00 | 0.50 | at most 1.5 | kept |",
        "| slow | 2.00 | it | 1.00 | 2.00 | at most 1.5 | **not kept** |",
    ]


@pytest.mark.process
def test_a_program_that_fails_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match=r"code 3\nwhy"):
        run(["/bin/sh", "-c", "echo why >&2; exit 3"], folder=tmp_path, environment={})
    found = run(["/bin/sh", "-c", "exit 3"], folder=tmp_path, environment={}, codes=(3,))
    assert found.peak_bytes > 100_000
