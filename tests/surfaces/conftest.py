"""A database with migrations of its own beside the sample's, and people who look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connections

from tests.authservice.factories import AdminFactory, ModeratorFactory, UserFactory

SAMPLE_FILES = Path(__file__).resolve().parents[2] / "migrations_sql"


@dataclass(frozen=True)
class Project:
    """Migration files for the database `alias`; the default database has none."""

    alias: str
    folder: Path
    database: object

    def write(self, version: str, up: str, down: str = "", header: str = "") -> Path:
        """Write a migration file."""
        undo = f"-- DOWN\n-- {down}\n" if down else ""
        path = self.folder / f"{version}.sql"
        text = f"{dedent(header).strip()}\n-- UP\nBEGIN;\n{up}\nCOMMIT;\n{undo}"
        path.write_text(text, encoding="utf-8")
        return path

    def apply(self) -> int:
        """Run sqlmigrate_apply; return its exit code."""
        try:
            call_command("sqlmigrate_apply", database=self.alias, noinput=True, verbosity=0)
        except CommandError as error:
            return error.returncode
        return 0


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """What a test remembers the next one must not see."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def project(tmp_path, alias, database, settings) -> Project:
    """An empty migrations folder and an empty database."""
    folders = [tmp_path / "migrations_sql", tmp_path / "none"]
    for folder in folders:
        folder.mkdir()
    settings.SCHEMA_TOOLS = {
        "MIGRATIONS_DIR": str(folders[1]),
        "DATABASES": {alias: {"MIGRATIONS_DIR": str(folders[0])}},
    }
    return Project(alias, folders[0], database)


@pytest.fixture
def three(project) -> Project:
    """One migration applied and two pending."""
    project.write("001_first", "CREATE TABLE first (id int);", "DROP TABLE first;")
    assert project.apply() == 0
    project.write("002_second", "CREATE TABLE second (id int);")
    project.write("003_third", "CREATE TABLE third (id int);")
    return project


_template: dict[str, str] = {}


@pytest.fixture
def sample(project, settings, server) -> Project:
    """A database with the sample's own files applied: models, files and database agree.

    Applied by the first test; the others get a copy.
    """
    settings.SCHEMA_TOOLS = {
        **settings.SCHEMA_TOOLS,
        "DATABASES": {project.alias: {"MIGRATIONS_DIR": str(SAMPLE_FILES)}},
    }
    name = project.database.name
    if not _template:
        assert project.apply() == 0
        connections[project.alias].close()
        server.execute(f"CREATE DATABASE {name}_template TEMPLATE {name}")
        _template["name"] = f"{name}_template"
    else:
        server.execute(f"DROP DATABASE {name}")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {_template['name']}")
    return project


@pytest.fixture
def nowhere(tmp_path, settings) -> Iterator[str]:
    """An alias whose server does not exist."""
    connections.databases["nowhere"] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "x",
        "HOST": str(tmp_path),
        "USER": "someone",
        "PASSWORD": "not to be seen",
        "OPTIONS": {},
    }
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "DATABASES": {"nowhere": {}}}
    yield "nowhere"
    del connections["nowhere"]
    del connections.databases["nowhere"]


@pytest.fixture
def administrator(client):
    """An administrator, logged in."""
    client.force_login(user := AdminFactory())
    return user


@pytest.fixture
def moderator(client):
    """A moderator, who may view everything, logged in."""
    client.force_login(user := ModeratorFactory())
    return user


@pytest.fixture
def ordinary_user(client):
    """A user who is no staff, logged in."""
    client.force_login(user := UserFactory())
    return user


@pytest.fixture
def staff_without_permission(client, monkeypatch):
    """A moderator who may look at everything but the schema, logged in."""
    client.force_login(user := ModeratorFactory())
    has_perm, has_module_perms = type(user).has_perm, type(user).has_module_perms
    monkeypatch.setattr(
        type(user),
        "has_perm",
        lambda self, perm, obj=None: (
            not perm.startswith("schema_tools.") and has_perm(self, perm, obj)
        ),
    )
    monkeypatch.setattr(
        type(user),
        "has_module_perms",
        lambda self, label: label != "schema_tools" and has_module_perms(self, label),
    )
    return user
