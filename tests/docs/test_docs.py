"""What users can call is documented, and the documents name nothing that is not there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from schema_tools.conf import Settings
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.kinds import kinds
from schema_tools.schema.manual import page
from schema_tools.schema.tolerance import tolerances

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(name for name, app in get_commands().items() if app == "schema_tools")
SHARED = {"--help", "--version", "--settings", "--pythonpath", "--force-color", "--skip-checks"}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_page_of_kinds_is_what_the_kinds_say() -> None:
    assert read("docs/kinds.md") == page(kinds().values()), (
        "write it anew: python -m schema_tools.schema > docs/kinds.md"
    )
