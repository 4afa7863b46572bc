"""A plan that was saved runs as it was saved, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.db

TABLE = "BEGIN;\nCREATE TABLE {name} (id integer);\nCOMMIT;\n"


@pytest.fixture
def two_files(project):
    project.write("001_one", TABLE.format(name="one"))
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_two", TABLE.format(name="two"))
    project.write("003_three", TABLE.format(name="three"))
    return project


@pytest.fixture
def plan(tmp_path: Path) -> str:
    return str(tmp_path / "agreed.json")


def test_it_runs_as_it_was_saved(two_files, plan: str) -> None:
    saved = two_files.run("sqlmigrate_apply", "002", "--save-plan", plan)
    assert saved.code == 0, saved.err
    assert "CREATE TABLE two" in saved.out
    assert "CREATE TABLE three" not in saved.out
    assert f"sqlmigrate_apply --from-plan {plan}" in saved.out
    assert two_files.applied() == ["001_one"]
    done = two_files.run("sqlmigrate_apply", "--from-plan", plan)
    assert done.code == 0, done.err
    assert two_files.applied() == ["001_one", "002_two"]


def test_the_plan_of_a_fake_records_only(two_files, plan: str) -> None:
    two_files.run("sqlmigrate_apply", "--fake", "--save-plan", plan)
    done = two_files.run("sqlmigrate_apply", "--from-plan", plan, "--noinput")
    assert done.code == 0, done.err
    assert two_files.tables() == {"one"}
    assert two_files.applied() == ["001_one", "002_two", "003_three"]


def test_with_plan_it_is_only_looked_at(two_files, plan: str) -> None:
    two_files.run("sqlmigrate_apply", "--save-plan", plan)
    looked = two_files.run("sqlmigrate_apply", "--from-plan", plan, "--plan")
    assert looked.code == 0
    assert f"--from-plan {plan}" in looked.out
    assert two_files.applied() == ["001_one"]


def edit_a_file(project) -> None:
    project.write("003_three", TABLE.format(name="drei"))


def add_a_file(project) -> None:
    project.write("004_four", TABLE.format(name="four"))


def remove_a_file(project) -> None:
    (project.folder / "003_three.sql").unlink()


def apply_one(project) -> None:
    assert project.run("sqlmigrate_apply", "002").code == 0


def alter_the_database(project) -> None:
    project.database.execute("ALTER TABLE one ADD COLUMN by_hand integer")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit_a_file, "003_three was changed after the plan was saved"),
        (add_a_file, "004_four would run too"),
        (remove_a_file, "003_three would no longer run"),
        (apply_one, "002_two is applied by now"),
        (apply_one, "the history has changed"),
        (alter_the_database, "the database's schema has changed"),
    ],
)
def test_what_has_moved_since_refuses_it(two_files, plan: str, change, said: str) -> None:
    two_files.run("sqlmigrate_apply", "--save-plan", plan)
    change(two_files)
    before = two_files.applied()
    refused = two_files.run("sqlmigrate_apply", "--from-plan", plan)
    assert refused.code == 2
    assert said in refused.out
    assert "--save-plan" in refused.out
    assert two_files.applied() == before


def test_rows_are_no_change(two_files, plan: str) -> None:
    two_files.run("sqlmigrate_apply", "--save-plan", plan)
    two_files.database.execute("INSERT INTO one VALUES (1)")
    assert two_files.run("sqlmigrate_apply", "--from-plan", plan).code == 0


def test_a_plan_of_nothing_runs_nothing(project, plan: str) -> None:
    assert project.run("sqlmigrate_apply", "--save-plan", plan).code == 0
    assert project.run("sqlmigrate_apply", "--from-plan", plan).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no plan"),
        ("[]", "is no plan"),
        ("[" * 100_000, "is no plan"),
        ('{"format_version": 1}', "is no plan"),
        ('{"format_version": 2}', "format 2"),
    ],
)
def test_a_file_that_is_no_plan(two_files, plan: str, text: str, said: str) -> None:
    Path(plan).write_text(text, encoding="utf-8")
    refused = two_files.run("sqlmigrate_apply", "--from-plan", plan)
    assert refused.code == 2
    assert said in refused.err


def test_a_plan_with_a_value_of_another_type(two_files, plan: str) -> None:
    two_files.run("sqlmigrate_apply", "--save-plan", plan)
    content = json.loads(Path(plan).read_text(encoding="utf-8"))
    for name, value in {"fake": "no", "steps": [{"version": 3}], "target": None}.items():
        Path(plan).write_text(json.dumps({**content, name: value}), encoding="utf-8")
        assert two_files.run("sqlmigrate_apply", "--from-plan", plan).code == 2


def test_no_such_file_and_no_place_for_one(two_files, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no" / "plan.json")
    assert "cannot be read" in two_files.run("sqlmigrate_apply", "--from-plan", nowhere).err
    refused = two_files.run("sqlmigrate_apply", "--save-plan", nowhere)
    assert refused.code == 2
    assert "there is no folder" in refused.err


def test_the_command_line_cannot_ask_for_something_else(two_files, plan: str) -> None:
    two_files.run("sqlmigrate_apply", "--save-plan", plan)
    refused = two_files.run("sqlmigrate_apply", "002", "--from-plan", plan)
    assert refused.code == 2
    assert "--from-plan says what runs" in refused.err
