"""A project whose role, database or server is set against it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from django.db import connections

from tests.runner.conftest import Project


@pytest.fixture
def project(tmp_path, alias, database, settings) -> Project:
    """An empty migrations folder, which the settings name, and an empty database."""
    folder = tmp_path / "migrations_sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(folder), "APPS": [], "LOCK_WAIT": 0.5}
    return Project(folder, alias, database)


@pytest.fixture
def role(project, server) -> Iterator[str]:
    """A role that owns the schema and may log in, and no more; the alias logs in as it."""
    name = f"role_{secrets.token_hex(4)}"
    server.execute(f"CREATE ROLE {name} LOGIN")
    project.database.execute(f"GRANT CREATE ON SCHEMA public TO {name}")
    wrapper = connections[project.alias].settings_dict
    before, wrapper["USER"] = wrapper["USER"], name
    yield name
    wrapper["USER"] = before
    connections[project.alias].close()
    project.database.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
