"""A server that does not take the password: the message says what to set, and holds none."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from tests.conftest import Server
from tests.containers.conftest import asked_for_a_password
from tests.runner.conftest import Project, Result

pytestmark = pytest.mark.db
WRONG = "wr§ng-one"


@pytest.fixture
def role(server: Server, project: Project) -> Iterator[str]:
    """A role that the server lets in with a password only, as it does over a network."""
    name = f"auth_{secrets.token_hex(4)}"
    server.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'made with the volume'")
    wrapper = connections[project.alias].settings_dict
    wrapper["USER"] = name
    with asked_for_a_password(server, name):
        yield name
    server.execute(f"DROP ROLE {name}")


@pytest.fixture
def project(tmp_path: Path, alias: str, database: object) -> Project:
    return Project(tmp_path, alias, database)


def status(project: Project, password: str) -> Result:
    connections[project.alias].settings_dict["PASSWORD"] = password
    return project.run("sqlmigrate_status")


@pytest.mark.parametrize("password", [WRONG, ""], ids=["another", "none"])
def test_the_message_says_what_to_set(project: Project, role: str, password: str) -> None:
    result = status(project, password)
    assert result.code == 3
    assert "password authentication failed" in result.err or "no password" in result.err
    for words in ("PASSWORD of the alias", "PGPASSWORD", "AUTH_DB_PASSWORD", "ALTER ROLE"):
        assert words in result.err
    assert WRONG not in result.err


def test_the_right_password_is_taken(project: Project, role: str) -> None:
    assert status(project, "made with the volume").code == 0
