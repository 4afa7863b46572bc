"""What users can call is documented, and the documents name nothing that is not there."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from schema_tools.conf import Settings
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.tolerance import tolerances

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(name for name, app in get_commands().items() if app == "schema_tools")
SHARED = {"--help", "--version", "--settings", "--pythonpath", "--force-color", "--skip-checks"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def options(command: str) -> set[str]:
    parser = load_command_class("schema_tools", command).create_parser("manage.py", command)
    return {word for action in parser._actions for word in action.option_strings[:1]} - SHARED


@pytest.mark.parametrize("command", COMMANDS)
def test_command_and_its_options_are_documented(command: str) -> None:
    text = read("docs/commands.md")
    assert f"## `{command}" in text
    assert f"| `{command}" in read("README.md")
    shared, sections = text.split("## `", 1)[0], text.split("\n## ")
    section = next(part for part in sections if part.startswith(f"`{command}"))
    described = set(re.findall(r"--[a-z-]+", shared + section))
    assert {word for word in options(command) if word.startswith("--")} <= described


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_options_exist(command: str) -> None:
    sections = read("docs/commands.md").split("\n## ")
    section = next(part for part in sections if part.startswith(f"`{command}"))
    rows = "\n".join(line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"--[a-z-]+", rows)) <= options(command)


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.MULTILINE))
    assert documented == {field.name.upper() for field in fields(Settings)} | {"DATABASES"}


def test_every_verdict_and_tolerance_is_documented() -> None:
    text = read("docs/verdicts.md")
    assert {name for name in (*Verdict, *tolerances()) if f"`{name}`" not in text} == set()


def test_the_layers_that_are_drawn_are_those_that_imports_are_held_against() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    lines = [re.findall(r"\w+", layer) for layer in contracts[0]["layers"]]
    drawn = read("docs/architecture.md").split("```text\n")[1].split("```")[0]
    shown = [re.findall(r"^(\w+(?:  \w+)*)", line) for line in drawn.splitlines()]
    assert [names[0].split("  ") for names in shown] == lines


def test_what_builds_the_pages_changes_nothing_of_what_is_installed() -> None:
    tests, pages = (
        set(re.findall(r"^([\w.-]+)==(\S+)", read(lock), re.MULTILINE))
        for lock in ("requirements-dev.txt", "requirements-docs.txt")
    )
    names = {name for name, _version in tests}
    assert "django" in names
    assert {pin for pin in pages if pin[0] in names} <= tests, "run make lock"


def test_each_folder_of_tests_is_told() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    page = read("docs/test-documentation.md")
    assert {name for name in folders if f"`tests/{name}`" not in page} == set()
