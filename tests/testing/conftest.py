"""A small project with SQL files, whose own tests run as a process, by either runner."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path(__file__).parent / "shop"
# Its tests run in a copy, by the tests here.
collect_ignore = ["shop"]
SET_BY_CI = {"CI", "BUILD_NUMBER"}

SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "for tests only"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "schema_tools", "shop", "blog",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SCHEMA_TOOLS = {{"MIGRATIONS_DIR": BASE_DIR / "migrations_sql"}}
TEST_RUNNER = "schema_tools.testing.runner.SqlFilesRunner"
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": {name!r},
        "HOST": {host!r},
        "PORT": {port!r},
        "USER": {user!r},
    }},
    "lite": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
}}
"""


_COST = re.compile(r"Template (\w+) of the test database of 'default' (built|found) in ([\d.]+) s")


@dataclass(frozen=True)
class Run:
    """What a run of tests left."""

    code: int
    out: str

    @property
    def cost(self) -> tuple[str, str, float]:
        """Return the template, what became of it, and the seconds, as the run tells them."""
        found = _COST.search(self.out)
        assert found, self.out
        return found[1], found[2], float(found[3])


@dataclass(frozen=True)
class Shop:
    """The project in a folder of its own; `name` is its database in production."""

    folder: Path
    name: str

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def run(self, *words: str, **environment: str) -> Run:
        """Run a module of Python in the project to its end, as on a developer's machine.

        Without the names a CI server sets: beside them pytest repeats whole errors in its summary.
        """
        inherited = {key: value for key, value in os.environ.items() if key not in SET_BY_CI}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", *words],
            cwd=self.folder,
            env={
                **inherited,
                "DJANGO_SETTINGS_MODULE": "settings",
                "PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}",
                "PYTHONUTF8": "1",
                "PYTEST_ADDOPTS": "",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def pytest(self, *arguments: str) -> Run:
        """Run pytest as in a project: nothing of ours is loaded that the project does not name."""
        plugins = ("-p", "pytest_django.plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider")
        return self.run("pytest", *plugins, *arguments, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    def test(self, *arguments: str) -> Run:
        """Run `manage.py test`."""
        return self.run("django", "test", *arguments)


@pytest.fixture
def shop(tmp_path, server):
    """The project of the folder `shop`; its databases are gone after the test."""
    found = Shop(tmp_path, f"shop_{secrets.token_hex(4)}")
    for path in SHOP.rglob("*"):
        if path.is_file() and path.suffix in {".py", ".sql", ".ini"}:
            found.write(str(path.relative_to(SHOP)), path.read_text())
    params = {**server.params, "port": str(server.params["port"])}
    found.write("settings.py", SETTINGS.format(name=found.name, **params))
    yield found
    drop_databases_of(server, found.name)


def databases(server, prefix):
    """Return the databases whose names begin so, by number: one that is made anew has another."""
    query = f"SELECT oid FROM pg_database WHERE starts_with(datname, '{prefix}') ORDER BY 1"
    return [oid for (oid,) in server.execute(query)]


def drop_databases_of(server, name):
    """Drop the test databases of a database, and the templates of all."""
    rows = server.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, 'schema_tools_template_')"
        f" OR starts_with(datname, 'test_{name}')"
    )
    for (each,) in rows:
        server.execute(f'DROP DATABASE "{each}" WITH (FORCE)')
