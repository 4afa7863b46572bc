"""The wheel holds the app alone, and its commands work in an empty Django project."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built without the network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory) -> Path:
    """A folder with what the wheel installs; Django and psycopg come from the environment."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.process
def test_wheel_holds_the_app_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"schema_tools", "django_schema_tools-0.1.0.dist-info"}
    for needed in ("py.typed", "templates/schema_tools/status.html", "linter/rules/header.py"):
        assert f"schema_tools/{needed}" in names


@pytest.mark.process
def test_wheel_needs_django_and_psycopg_only(site: Path) -> None:
    metadata = (site / "django_schema_tools-0.1.0.dist-info" / "METADATA").read_text()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    always = [line for line in required if "extra ==" not in line]
    assert sorted(always) == ["Requires-Dist: django>=5.2", "Requires-Dist: psycopg>=3.2"]
    assert "License-Expression: MIT" in metadata


class Shop:
    """An empty Django project that has installed the wheel."""

    def __init__(self, folder: Path, site: Path, database) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "PYTHONPATH": str(site),
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "PYTHONWARNINGS": "error",
        }
        self.run_python("-m", "django", "startproject", "shop", ".", settings=None)
        params = database.params
        settings = folder / "shop" / "settings.py"
        settings.write_text(
            settings.read_text(encoding="utf-8") + '\nINSTALLED_APPS += ["schema_tools"]\n'
            'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", '
            f'"NAME": {database.name!r}, "USER": {params["user"]!r}, '
            f'"HOST": {params["host"]!r}, "PORT": {str(params["port"])!r}}}}}\n',
            encoding="utf-8",
        )

    def run_python(self, *arguments: str, settings: str | None = "shop.settings"):
        environment = dict(self.environment)
        if settings is None:
            environment.pop("DJANGO_SETTINGS_MODULE")
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str):
        return self.run_python("manage.py", *arguments)


@pytest.mark.db
def test_commands_work_in_an_empty_project(site: Path, database, tmp_path: Path) -> None:
    shop = Shop(tmp_path, site, database)
    where = shop.run_python("-c", "import schema_tools; print(schema_tools.__file__)")
    assert where.stdout.startswith(str(site)), where

    assert shop.manage("check").returncode == 0
    begin = shop.manage("sqlmigrate_status", "--check")  # there is no folder yet
    assert begin.returncode == 0, begin.stderr
    assert "There are no SQL files yet; manage.py sqlmigrate_create NAME makes" in begin.stdout
    assert shop.manage("sqlmigrate_create", "AddNotes").returncode == 0
    file = tmp_path / "migrations_sql" / "001_add_notes.sql"
    text = file.read_text(encoding="utf-8")
    start, end = text.index("BEGIN;") + len("BEGIN;"), text.index("COMMIT;\n\n-- ")
    text = text[:start] + "\nCREATE TABLE notes (body text NOT NULL);\n" + text[end:]
    file.write_text(text.rstrip() + "\n-- DROP TABLE notes;\n", encoding="utf-8")

    assert "1 pending" in shop.manage("sqlmigrate_status").stdout
    assert shop.manage("sqlmigrate_lint").returncode in {0, 1}
    applied = shop.manage("sqlmigrate_apply")
    assert applied.returncode == 0, applied.stderr
    assert database.execute("SELECT to_regclass('notes')") == [("notes",)]

    judged = shop.manage("validate_schema")
    assert judged.returncode == 1, judged
    assert "no model has it" in judged.stdout
    undone = shop.manage("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert undone.returncode == 0, undone.stderr
    assert database.execute("SELECT to_regclass('notes')") == [(None,)]
