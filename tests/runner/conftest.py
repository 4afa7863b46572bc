"""A project with a migrations folder of its own, its commands run here or as a process."""

from __future__ import annotations

import io
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from tests.interrupts import heed_interrupts
from tests.runner.squashing import fill

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    """What a command left: its code (0 for none), report and error output."""

    code: int
    out: str
    err: str


@dataclass
class Project:
    """Migration files, and a database to apply them to."""

    folder: Path
    alias: str
    database: object = None

    def write(self, name: str, sql: str) -> Path:
        """Write a migration file; `sql` may be indented."""
        path = self.folder / f"{name}.sql"
        path.write_text(dedent(sql), encoding="utf-8")
        return path

    def run(self, command: str, *arguments: str, **options: object) -> Result:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command(
                command, *arguments, database=self.alias, stdout=out, stderr=err, **options
            )
        except CommandError as error:
            return Result(error.returncode, out.getvalue(), err.getvalue() + str(error))
        return Result(0, out.getvalue(), err.getvalue())

    def applied(self) -> list[str]:
        """Return the versions in the history table, in the order of application."""
        rows = self.database.execute("SELECT to_regclass('public.schema_migrations')")
        if rows == [(None,)]:
            return []
        rows = self.database.execute("SELECT version FROM public.schema_migrations ORDER BY id")
        return [version for (version,) in rows]

    def tables(self) -> set[str]:
        """Return the tables outside the history."""
        rows = self.database.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname NOT IN "
            "('pg_catalog', 'information_schema') AND tablename NOT LIKE 'schema\\_migration%'"
        )
        return {name for (name,) in rows}


@dataclass
class Shell:
    """Runs commands as processes, as a user does."""

    project: Project
    home: Path

    def environment(self) -> dict[str, str]:
        """Return the environment of a process that works on the project."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "shell_settings",
            "PYTHONPATH": f"{self.home}{os.pathsep}{ROOT}",
            "PYTHONUTF8": "1",
        }

    def start(self, *arguments: str, **more: object) -> subprocess.Popen[str]:
        """Start `manage.py` with these arguments."""
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "django", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self.environment(),
            cwd=self.home,
            **{"preexec_fn": heed_interrupts, **more},
        )

    def run(self, *arguments: str) -> Result:
        """Run `manage.py` with these arguments to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return Result(process.returncode, out, err)


@pytest.fixture
def project(tmp_path, alias, database, settings) -> Project:
    """An empty migrations folder, which the settings name, and an empty database."""
    folder = tmp_path / "migrations_sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(folder), "APPS": [], "LOCK_WAIT": 0.5}
    return Project(folder, alias, database)


@pytest.fixture
def many(server):
    """Return what makes databases with aliases that Django knows until the test ends."""
    made: list[str] = []

    def make(count: int) -> list[str]:
        names = [f"tenant_{secrets.token_hex(4)}_{number}" for number in range(count)]
        for name in names:
            server.create(name)
            made.append(name)
            connections.databases[name] = {
                **connections.databases["default"],
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "HOST": server.params["host"],
                "PORT": str(server.params["port"]),
                "USER": server.params["user"],
                "OPTIONS": {},
                "TEST": {**connections.databases["default"]["TEST"]},
            }
        return names

    yield make
    for name in made:
        connections[name].close()
        del connections[name]
        del connections.databases[name]
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def shell(project, tmp_path) -> Shell:
    """The same project as a user's shell sees it, under the alias `default`."""
    params = project.database.params
    (tmp_path / "shell_settings.py").write_text(
        dedent(
            f"""
            SECRET_KEY = "for tests only"
            INSTALLED_APPS = ["schema_tools"]
            USE_TZ = True
            SCHEMA_TOOLS = {{"MIGRATIONS_DIR": {str(project.folder)!r}, "LOCK_WAIT": 0.5}}
            DATABASES = {{
                "default": {{
                    "ENGINE": "django.db.backends.postgresql",
                    "NAME": {project.database.name!r},
                    "HOST": {params["host"]!r},
                    "PORT": {str(params["port"])!r},
                    "USER": {params["user"]!r},
                }},
                "lite": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
                "nowhere": {{
                    "ENGINE": "django.db.backends.postgresql",
                    "NAME": "x",
                    "HOST": {str(tmp_path)!r},
                    "USER": "someone",
                    "PASSWORD": "not to be seen",
                }},
            }}
            """
        )
    )
    return Shell(project, tmp_path)


@pytest.fixture
def shop(project: Project) -> Project:
    """Three files that can be squashed, and an empty database."""
    fill(project)
    return project
