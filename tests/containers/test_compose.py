"""The compose files: names and ports of the guide, one order, no password in them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.containers.conftest import ROOT, compose

NAMES = ["first", "test"]
FILES = {name: ROOT / f"docker-compose.migration-{name}.yml" for name in NAMES}
PASSWORD = "a'b\"c d$e:@/#"


def configured(path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Let docker-compose read a file, as it does before it starts anything."""
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("NOT RUN: docker-compose is not installed (Debian: apt-get install it)")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        # Another folder, so that no .env of this checkout is read.
        [program, "--project-directory", os.devnull, "-f", str(path), "config"],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.process
@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_the_file_is_as_the_compose_specification_says(path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", str(path)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.process
@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_docker_compose_accepts_it_and_hands_on_any_password(path: Path) -> None:
    done = configured(path, AUTH_DB_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    services = YAML(typ="safe").load(done.stdout)["services"]
    given = [
        value.replace("$$", "$")
        for service in services.values()
        for name, value in service["environment"].items()
        if name.endswith("PASSWORD")
    ]
    assert given == [PASSWORD] * len(services)


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "variables"),
    [(FILES["first"], {}), (FILES["test"], {"AUTH_DB_PASSWORD": ""})],
    ids=["missing", "empty"],
)
def test_without_a_password_it_says_what_to_set(path: Path, variables: dict[str, str]) -> None:
    done = configured(path, **variables)
    assert done.returncode != 0
    assert "set it in .env (see .env.example), or export AUTH_DB_PASSWORD=..." in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_no_file_holds_a_password(name: str) -> None:
    for service in compose(name)["services"].values():
        for variable, value in service["environment"].items():
            if re.search("PASSWORD|KEY|TOKEN", variable):
                assert re.fullmatch(r"\$\{\w+:[?-].*\}", value), variable
        assert "@" not in json.dumps(service["environment"]).replace("postgres@postgres-auth", "")


def test_the_example_names_what_the_files_take_and_gives_no_password() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    given = dict(line.split("=", 1) for line in example.splitlines() if re.match(r"\w+=", line))
    texts = "".join(path.read_text(encoding="utf-8") for path in FILES.values())
    assert {*given} == {*re.findall(r"\$\{(\w+)", texts)}
    assert not any(given.values())
    page = (ROOT / "docs/containers.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)[: len(given)] == [*given]


def test_git_takes_up_no_env_file() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_each_waits_for_the_one_before(first: dict[str, Any]) -> None:
    assert [*first] == ["postgres-auth", "auth-migrate", "auth-service"]
    assert first["auth-migrate"]["depends_on"] == {
        "postgres-auth": {"condition": "service_healthy"}
    }
    assert first["auth-service"]["depends_on"] == {
        "auth-migrate": {"condition": "service_completed_successfully"}
    }
    assert "restart" not in first["auth-migrate"]


def test_containers_have_the_names_that_the_guide_types(
    first: dict[str, Any], for_tests: dict[str, Any]
) -> None:
    for services in (first, for_tests):
        assert all(service["container_name"] == name for name, service in services.items())
    assert first["postgres-auth"]["environment"]["POSTGRES_DB"] == "auth_db"
    assert for_tests["postgres-auth-test"]["environment"]["POSTGRES_DB"] == "auth_db_test"


def test_the_ports_are_those_of_the_guide_and_for_this_machine_alone(
    first: dict[str, Any], for_tests: dict[str, Any]
) -> None:
    published = [
        port for each in (first, for_tests) for s in each.values() for port in s.get("ports", [])
    ]
    assert published == ["127.0.0.1:8001:8001", "127.0.0.1:5438:5432"]


def test_the_database_for_tests_is_in_memory_and_the_other_is_not(
    first: dict[str, Any], for_tests: dict[str, Any]
) -> None:
    """From 18 on the image keeps its data in a folder of that version, below this one."""
    assert for_tests["postgres-auth-test"]["tmpfs"] == ["/var/lib/postgresql"]
    assert "volumes" not in for_tests["postgres-auth-test"]
    assert first["postgres-auth"]["volumes"] == ["auth-db:/var/lib/postgresql"]


def test_a_database_is_healthy_when_it_answers_over_the_network(
    first: dict[str, Any], for_tests: dict[str, Any]
) -> None:
    for service in (first["postgres-auth"], for_tests["postgres-auth-test"]):
        kind, program, *options = service["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "pg_isready")
        assert "--host=127.0.0.1" in options
        assert f"--dbname={service['environment']['POSTGRES_DB']}" in options


def test_what_serves_may_change_nothing_of_its_container(first: dict[str, Any]) -> None:
    for name in ("auth-migrate", "auth-service"):
        service = first[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_environments_do_not_share_a_thing() -> None:
    """Files in one folder are one project: `down` of one has to spare the other."""
    one, other = (compose(name) for name in NAMES)
    for part in ("services", "networks", "volumes"):
        assert not {*one.get(part, {})} & {*other.get(part, {})}
    for file in (one, other):
        assert all(service["networks"] for service in file["services"].values())
