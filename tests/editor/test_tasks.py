"""The tasks of VS Code: those of the workflow guide, and their findings reach the right line.

A problem matcher is read here as VS Code reads it: one line of output at a time.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands

from tests.conftest import Database
from tests.runner.conftest import Project
from tests.runner.conftest import project as project

ROOT = Path(__file__).resolve().parents[2]
FILE = json.loads((ROOT / ".vscode/tasks.json").read_text(encoding="utf-8"))
TASKS: dict[str, dict[str, Any]] = {task["label"]: task for task in FILE["tasks"]}
GUIDE = [
    "Migration: Validate Schema",
    "Migration: Show Status",
    "Migration: Create New",
    "Migration: Apply Pending",
    "Test: Schema Integration",
    "Docker: Start Migration-First Environment",
    "Schema: Full Validation Workflow",
]
OURS = [label for label in GUIDE if label.startswith("Migration:")]


def problems(label: str, output: str) -> list[dict[str, str | None]]:
    """Return what a task's matcher finds in an output, by the names of its groups."""
    pattern = dict(TASKS[label]["problemMatcher"]["pattern"])
    regexp = re.compile(pattern.pop("regexp"))
    found = filter(None, map(regexp.search, output.split("\n")))
    return [{name: line[group] for name, group in pattern.items()} for line in found]


def run(label: str, alias: str, **inputs: str) -> str:
    """Run a task's command in this process; return what it writes."""
    manage, command, *arguments = (filled(word, inputs) for word in TASKS[label]["args"])
    assert manage == "manage.py"
    out = io.StringIO()
    try:
        call_command(command, *arguments, database=alias, stdout=out, stderr=out)
    except CommandError as error:
        out.write(str(error))  # as the command line does
    return out.getvalue()


def filled(word: str, inputs: dict[str, str]) -> str:
    return re.sub(r"\$\{input:(\w+)\}", lambda found: inputs[found[1]], word)


def test_they_are_the_seven_of_the_guide() -> None:
    assert list(TASKS) == GUIDE


@pytest.mark.parametrize("label", GUIDE)
def test_a_task_says_what_it_does_and_where_its_problems_are(label: str) -> None:
    task = TASKS[label]
    assert task["type"] == "process"  # no shell reads what somebody types
    assert task["detail"]
    assert "problemMatcher" in task  # without one VS Code asks at each run


@pytest.mark.parametrize("label", GUIDE)
def test_what_a_task_names_is_there(label: str) -> None:
    task = TASKS[label]
    words = [task["command"], *task["args"]]
    variables = {name for word in words for name in re.findall(r"\$\{([^}]+)\}", word)}
    asked = {f"input:{each['id']}" for each in FILE["inputs"]}
    assert variables <= asked | {"workspaceFolder"}
    for word in words:
        if re.search(r"\.(py|sh|yml)$", word):
            assert (ROOT / word).is_file(), word
    if label in OURS:
        assert get_commands()[task["args"][1]] == "schema_tools"


def test_a_new_migration_is_asked_for_its_name() -> None:
    assert "${input:migrationName}" in TASKS["Migration: Create New"]["args"]
    (asked,) = FILE["inputs"]
    assert asked["id"] == "migrationName"
    assert asked["type"] == "promptString"


def test_the_page_shows_the_pattern_and_the_tasks_as_they_are() -> None:
    page = (ROOT / "docs/editor.md").read_text(encoding="utf-8")
    shown = json.loads(page.split("```json\n")[1].split("```")[0])
    assert shown["pattern"] == TASKS["Migration: Validate Schema"]["problemMatcher"]["pattern"]
    rows = re.findall(r"^\| (\w+: [^|]+) \|", page, re.MULTILINE)
    assert rows == GUIDE


def test_the_workflow_is_asked_for_lines_that_its_matcher_reads() -> None:
    task = TASKS["Schema: Full Validation Workflow"]
    ((name, value),) = task["options"]["env"].items()
    assert value == "gcc"
    script = (ROOT / task["args"][0]).read_text(encoding="utf-8")
    assert f'--format "${{{name}:-text}}"' in script
    assert script.count('"${how[@]}"') == 3


def test_one_task_does_not_wipe_out_what_another_has_found() -> None:
    owners = [task["problemMatcher"]["owner"] for task in TASKS.values() if task["problemMatcher"]]
    assert len(owners) == len({*owners}) == 6


def test_the_matchers_of_our_commands_read_the_same_lines() -> None:
    labels = [*OURS, "Schema: Full Validation Workflow"]
    assert len({TASKS[label]["problemMatcher"]["pattern"]["regexp"] for label in labels}) == 1


@pytest.mark.db
def test_a_drift_shows_at_its_line_of_sql_and_of_the_model(
    database: Database, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    call_command("sqlmigrate_apply", database=alias, noinput=True, verbosity=0)
    call_command("migrate", database=alias, verbosity=0)
    database.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    in_sql, in_model = problems(OURS[0], run(OURS[0], alias))
    for found, severity, words in ((in_sql, "error", "users ("), (in_model, "note", "email =")):
        assert found["severity"] == severity
        assert found["code"] == "column.type"
        assert "email is varchar(100), SQL files say varchar(255)" in str(found["message"])
        line = (
            Path(str(found["file"]))
            .read_text(encoding="utf-8")
            .splitlines()[int(str(found["line"])) - 1]
        )
        assert words in line


@pytest.mark.db
def test_a_statement_that_fails_shows_at_its_line(project: Project) -> None:
    path = project.write(
        "001_a", "BEGIN;\nCREATE TABLE a (id int);\nDROP TABLE nowhere;\nCOMMIT;\n"
    )
    (found,) = problems(OURS[3], run(OURS[3], project.alias))
    assert found["file"] == str(path)
    assert found["line"] == "3"
    assert found["severity"] == "error"
    assert found["code"] == "error.migration_failed"
    assert 'table "nowhere" does not exist' in str(found["message"])


@pytest.mark.db
def test_a_file_that_was_changed_shows_and_so_does_the_table(project: Project) -> None:
    path = project.write("001_a", "CREATE TABLE a (id int);\n")
    assert problems(OURS[3], run(OURS[3], project.alias)) == []
    path.write_text("CREATE TABLE a (id bigint);\n", encoding="utf-8")
    said = run(OURS[1], project.alias)
    (found,) = problems(OURS[1], said)
    assert found["file"] == str(path)
    assert found["code"] == "history.changed"
    assert re.search(r"^  001_a +CHANGED", said, re.MULTILINE)


@pytest.mark.db
def test_a_new_file_is_written_and_one_that_cannot_be_read_shows(project: Project) -> None:
    said = run(OURS[2], project.alias, migrationName="AddUserTwoFactor")
    assert (project.folder / "001_add_user_two_factor.sql").is_file()
    (found,) = problems(OURS[2], said)  # it has no way back yet
    assert Path(str(found["file"])).name == "001_add_user_two_factor.sql"
    assert found["severity"] == "note"
    path = project.write("002_b", "SELECT 1;\n\\d users\n")
    found = problems(OURS[1], run(OURS[1], project.alias))
    assert (str(path), "2", "error") in {
        (each["file"], each["line"], each["severity"]) for each in found
    }


@pytest.mark.process
def test_a_test_that_fails_shows_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_y():\n\n    assert 1 == 2\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--color=no"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    (found,) = problems("Test: Schema Integration", done.stdout)
    assert Path(str(found["file"])).name == "test_x.py"
    assert (found["line"], found["message"]) == ("3", "AssertionError")


def test_the_extensions_that_are_recommended_have_names_of_extensions() -> None:
    file = json.loads((ROOT / ".vscode/extensions.json").read_text(encoding="utf-8"))
    assert file["recommendations"]
    for name in file["recommendations"]:
        assert re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", name)
