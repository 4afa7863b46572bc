"""The generated projects are what they say, and the ratios are of what was measured."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.measure import ProgramFailed, Race, race, run
from benchmarks.project import write_project


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


@pytest.mark.process
def test_a_program_that_fails_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match=r"code 3\nwhy"):
        run(["/bin/sh", "-c", "echo why >&2; exit 3"], folder=tmp_path, environment={})
    found = run(["/bin/sh", "-c", "exit 3"], folder=tmp_path, environment={}, codes=(3,))
    assert found.peak_bytes > 100_000
