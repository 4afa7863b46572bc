"""Single differences by hand: each is found, judged, and placed at the right line.

A case is a file of the folder `differences`: SQL run on the live database, edits to the sample's
models and SQL files, and the findings that must come of it, no more and no fewer. A finding on the
side of the database must go away when its remedy is run.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.diff import diff
from schema_tools.schema.objects import Schema
from tests.validate.sample import ROOT, run, validated

CASES = sorted((Path(__file__).parent / "differences").glob("*.toml"))
pytestmark = pytest.mark.db


def read(case: Path) -> dict[str, Any]:
    return tomllib.loads(case.read_text(encoding="utf-8"))


IN_DATABASE = [case for case in CASES if "edit" not in read(case)]
IN_FILES = [case for case in CASES if "edit" in read(case)]


def test_untouched_sample_has_no_finding(sample, alias: str) -> None:
    result = validated(alias)
    assert result["findings"] == []
    assert result["ok"] is True
    assert result["summary"]["objects_compared"] > 150


@pytest.mark.parametrize("case", IN_DATABASE, ids=lambda case: case.stem)
def test_difference_in_the_database(case: Path, sample, alias: str) -> None:
    expected = read(case)
    before = schema_of(sample)
    sample.execute(expected["database"])
    result = validated(alias)
    assert found(result, ROOT) == wanted(expected)
    assert result["ok"] is all(each["severity"] == "info" for each in expected["finding"])
    for finding in result["findings"]:
        undo = [each for each in finding["remedies"] if each["action"] == "undo"]
        assert undo, finding
        sample.execute(undo[0]["text"])
    # What validate_schema compares is as it was: there is nothing left for it to find.
    assert (diff(schema_of(sample), before) == ()) is expected.get("can_be_undone", True)


def schema_of(database) -> Schema:
    with database.connect() as connection:
        return read_schema(connection, ("public",))


@pytest.mark.parametrize("case", IN_FILES, ids=lambda case: case.stem)
def test_difference_in_the_files(case: Path, sample, copy: Path) -> None:
    expected = read(case)
    if "database" in expected:
        sample.execute(expected["database"])
    for edit in expected["edit"]:
        apply_edit(copy, **edit)
    done = run(copy, sample.url, "validate_schema", "--format", "json")
    assert done.stdout, done.stderr
    assert found(json.loads(done.stdout), copy) == wanted(expected)


def apply_edit(folder: Path, file: str, find: str, replace: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert find in text, f"{file} does not hold {find!r}"
    path.write_text(text.replace(find, replace, 1) if find else replace, encoding="utf-8")


def wanted(expected: dict[str, Any]) -> list[dict[str, Any]]:
    fields = ("code", "object", "verdict", "severity", "sql", "sql_line", "model", "model_line")
    return sorted_by_object(
        {name: each.get(name) for name in fields} for each in expected["finding"]
    )


def found(result: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Return the findings in the words of a case; a line is cut to what the case says of it."""
    return sorted_by_object(described(each, folder) for each in result["findings"])


def described(finding: dict[str, Any], folder: Path) -> dict[str, Any]:
    subject = finding["object"]
    sql = [place for place in finding["locations"] if place["path"].endswith(".sql")]
    model = [place for place in finding["locations"] if place["path"].endswith(".py")]
    assert len(sql) <= 1
    assert len(model) <= 1
    return {
        "code": finding["code"],
        "object": ".".join(filter(None, (subject["table"], subject["name"]))),
        "verdict": finding["verdict"],
        "severity": finding["severity"],
        "sql": sql[0]["path"] if sql else None,
        "sql_line": line_of(folder, sql),
        "model": model[0]["path"] if model else None,
        "model_line": line_of(folder, model),
    }


def line_of(folder: Path, places: list[dict[str, Any]]) -> Line | None:
    if not places:
        return None
    lines = (folder / places[0]["path"]).read_text(encoding="utf-8").splitlines()
    return Line(lines[places[0]["line"] - 1])


class Line(str):
    """A line of a file, equal to any text that it holds."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other in str(self)

    __hash__ = str.__hash__


def sorted_by_object(findings: Any) -> list[dict[str, Any]]:
    return sorted(findings, key=lambda each: (each["object"], each["code"]))
