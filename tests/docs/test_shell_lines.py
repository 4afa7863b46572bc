"""What the pages say to type can be typed: commands, options, targets, scripts, containers.

Nothing is run here. Lines that need a container engine are RUN BY NO TEST of these pages: they are
held against the compose files, which tests/containers holds against docker-compose itself.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, CommandParser, get_commands, load_command_class
from ruamel.yaml import YAML

from tests.docs.pages import DOCS, PAGES, README, ROOT, name_of, shell_lines, tokens

COMPOSE = ("docker-compose.migration-first.yml", "docker-compose.migration-test.yml")
OURS = {name for name, app in get_commands().items() if app == "schema_tools"}
_MANAGE = re.compile(r"(?:^|\s)(?:(?:\./)?manage\.py|django-admin)\s+(.+)$")
# The commands of somebody else's project, or of a program that the page is a way away from.
_UNKNOWN = re.compile(r"[A-Z]{3,}=?…|\bNAME\b|COMMAND|--$")
_TALK = re.compile(r"arguments are required|expected (one|at least one) argument")
_MAKE = re.compile(r"^make((?: [a-z-]+)*)(?: [A-Z_]+=.*)?$")
_SCRIPT = re.compile(r"(?:^|\s)(?:bash|sh|python) ((?:scripts|docker|\.githooks)/[\w./-]+)")


def typed(page: Path) -> Iterator[tuple[str, str]]:
    """Yield what a page says to type, in blocks and within sentences, and where."""
    name = name_of(page)
    for line in shell_lines(page):
        yield line.where, line.command
    for token in tokens(page):
        for child in token.children or ():
            if child.type == "code_inline":
                yield f"{name}:{token.map[0] + 1 if token.map else 0}", child.content


def arguments(text: str) -> list[str] | None:
    """Return the words after manage.py, or None where the text is no such command."""
    found = _MANAGE.search(text)
    words = found[1] if found else text if text.split(" ")[0] in OURS and " " in text else None
    if words is None or _UNKNOWN.search(words):
        return None
    words = re.split(r" (?:&&|\|\||[|;>]|<<) ?", re.sub(r"\s#\s.*$", "", words))[0]
    try:
        return shlex.split(words)
    except ValueError:  # a quote that the next line closes
        return None


@cache
def parser(name: str) -> CommandParser:
    """Return the parser of a command, ours or Django's."""
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


def fault(text: str) -> str | None:
    """Return what the command's own parser has against a text, or None."""
    words = arguments(text)
    if not words or words[0] not in get_commands():
        return None
    name, *given = words[: words.index("--")] if "--" in words else words
    try:
        parser(name).parse_args(given)
    except CommandError as error:
        return str(error)
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_take_what_the_page_gives_them(page: Path) -> None:
    faults = {f"{where}: {text}": fault(text) for where, text in typed(page)}
    # Who only talks of a command need not give it all that it asks for.
    assert {text: said for text, said in faults.items() if said and not _TALK.search(said)} == {}


def test_what_no_command_takes_is_told() -> None:
    assert "--no-such" in str(fault("python manage.py sqlmigrate_apply --no-such # why"))
    assert "--of" in str(fault("$ manage.py schema_snapshot > schema.jsonl"))
    assert fault("sqlmigrate_apply 004 --plan && echo done") is None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_lines_to_type_are_whole(page: Path) -> None:
    lines = ((line.where, line.command) for line in shell_lines(page))
    faults = {f"{where}: {text}": fault(text) for where, text in lines}
    assert {text: said for text, said in faults.items() if said} == {}


def test_every_command_is_shown_on_some_page() -> None:
    shown = [words for page in PAGES for _, text in typed(page) if (words := arguments(text))]
    assert len(shown) > 100
    assert {words[0] for words in shown} >= OURS


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_targets_and_scripts_are_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for where, text in typed(page):
        if found := _MAKE.match(text):
            assert set(found[1].split()) <= targets, f"{where}: {text}"
        if found := _SCRIPT.search(text):
            assert (ROOT / found[1]).is_file(), f"{where}: {text}"


@cache
def services() -> dict[str, dict[str, Any]]:
    """Return the services of all compose files by the names of their containers."""
    found = {}
    for name in COMPOSE:
        read = YAML(typ="safe", pure=True).load((ROOT / name).read_text(encoding="utf-8"))
        for service, said in read["services"].items():
            found[said.get("container_name", service)] = {**said, "service": service, "file": name}
    return found


CONTAINERS = [
    pytest.param(text, id=f"{where}: {text}")
    for page in (README, *sorted(DOCS.glob("*.md")))
    for where, text in typed(page)
    if re.match(r"(sudo )?docker[ -]\w", text)
]


@pytest.mark.parametrize("text", CONTAINERS)
def test_a_container_is_one_of_the_compose_files(text: str) -> None:
    words = shlex.split(text.split("; ")[0])
    if words[0] == "docker-compose":
        file = words[words.index("-f") + 1]
        assert (ROOT / file).is_file(), file
        if "up" in words:
            there = {each["service"] for each in services().values() if each["file"] == file}
            asked = [word for word in words[words.index("up") + 1 :] if not word.startswith("-")]
            assert set(asked) <= there
    elif words[1] in {"exec", "logs", "start", "stop", "inspect"}:
        name, *rest = [word for word in words[2:] if word not in {"-it", "-f", "-i", "-t"}]
        assert name in services(), name
        if rest[:1] == ["psql"]:
            environment = services()[name]["environment"]
            assert rest[rest.index("-d") + 1] == environment["POSTGRES_DB"]


def test_the_lines_of_containers_are_looked_at() -> None:
    assert len(CONTAINERS) >= 8


def test_ports_of_the_guide_are_those_of_the_compose_files() -> None:
    guide = (DOCS / "developer-guide.md").read_text(encoding="utf-8")
    published = {port for each in services().values() for port in each.get("ports", ())}
    ports = {port.rpartition(":")[0].rpartition(":")[2] for port in published}
    assert set(re.findall(r"localhost:(\d+)", guide)) <= ports
    assert {"8001", "5438"} <= ports
