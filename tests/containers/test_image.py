"""The Dockerfile: small, not root, pinned, and with no secret in any layer."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.containers.conftest import ROOT

TEXT = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
LINES = [line.split(maxsplit=1) for line in TEXT.splitlines() if line and line[0] != "#"]
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def arguments(instruction: str) -> list[str]:
    return [line[1] for line in LINES if line[0] == instruction]


def test_bases_are_pinned_by_version() -> None:
    bases = [argument.split()[0] for argument in arguments("FROM")]
    assert len(bases) == 2
    for base in bases:
        assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", base)


def test_the_last_stage_is_not_root_and_says_so_by_number() -> None:
    last = [line[0] for line in LINES].index("FROM", 1)
    users = [line[1] for line in LINES[last:] if line[0] == "USER"]
    assert users
    assert users[-1].isdigit()
    assert int(users[-1]) > 1000


def test_no_secret_is_set_and_none_is_asked_for_while_it_is_built() -> None:
    assert not arguments("ARG")
    for argument in (*arguments("ENV"), *arguments("RUN")):
        assert not re.search(r"(?i)password|secret|token|_key", argument)


def test_health_is_asked_without_a_program_that_the_image_lacks() -> None:
    (check,) = arguments("HEALTHCHECK")
    assert 'CMD ["python", "docker/healthcheck.py"]' in check


def sources() -> set[str]:
    own = [argument.split() for argument in arguments("COPY") if "--from=" not in argument]
    return {word for words in own for word in words[:-1]}


def test_only_what_is_copied_is_sent_to_the_engine() -> None:
    """All is left out, and then named again: a new .env or dump cannot get in by itself."""
    patterns = [line for line in IGNORED if line and line[0] != "#"]
    assert patterns[0] == "*"
    assert {pattern[1:] for pattern in patterns if pattern[0] == "!"} == {
        source.split("/")[0] for source in sources()
    }


@pytest.mark.parametrize("source", sorted(sources()))
def test_what_is_copied_is_there(source: str) -> None:
    assert (ROOT / source).exists()


@pytest.mark.parametrize("script", ["migrate.sh", "serve.sh"])
def test_an_entry_script_can_be_run(script: str) -> None:
    assert (ROOT / "docker" / script).stat().st_mode & 0o111 == 0o111


def locked(path: Path) -> dict[str, set[str]]:
    """Return the versions of a lock file by their packages; each has a hash."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=\w)", path.read_text(encoding="utf-8")):
        name, version = re.match(r"([\w-]+)(?:\[\w+\])?==(\S+)", entry).groups()
        assert "--hash=sha256:" in entry, name
        found.setdefault(name, set()).add(version)
    return found


def test_the_image_has_the_versions_that_were_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    image = locked(ROOT / "docker/requirements.txt")
    tested = locked(ROOT / "requirements-dev.txt")
    wanted = {re.split(r"[\[>=]", each)[0] for each in project["dependency-groups"]["service"]}
    assert wanted <= {*image}
    assert {name: tested.get(name) for name in image} == image
