"""A project's first SQL file, drafted from models that refer to tables of Django's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.db

MODELS = """\
from django.conf import settings
from django.db import models


class Basket(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    note = models.TextField(default="")
"""
SETTINGS = """\
SECRET_KEY = "a test"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "schema_tools", "shop"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", **{place!r}}}}}
"""


@pytest.fixture
def project(tmp_path: Path, database) -> Path:
    place = {name.upper(): value for name, value in database.params.items() if name != "dbname"}
    place["NAME"] = database.name
    (tmp_path / "own_settings.py").write_text(SETTINGS.format(place=place))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "models.py").write_text(MODELS)
    return tmp_path


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "django", *words],
        cwd=project,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "own_settings",
            "PYTHONPATH": os.pathsep.join([str(project), *sys.path]),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_says_which_migrations_of_django_it_requires(project: Path) -> None:
    shown = run(project, "sqlmigrate_create", "Shop", "--from-models", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "-- Requires: auth.0012_" in shown.stdout
    assert not (project / "migrations_sql").exists()

    for command in (
        ("sqlmigrate_create", "Shop", "--from-models"),
        ("migrate", "auth", "--verbosity", "0"),
        ("sqlmigrate_apply",),
    ):
        done = run(project, *command)
        assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(run(project, "validate_schema", "--format", "json").stdout)
    assert report["findings"] == []
    status = run(project, "sqlmigrate_status").stdout
    assert "The only migration is applied and intact." in status


TAGGED = """

from django.contrib.postgres.fields import HStoreField


class Tagged(models.Model):
    tags = HStoreField()
"""


def test_a_model_that_lacks_its_extension_is_named_and_left_out(project: Path) -> None:
    models = project / "shop" / "models.py"
    models.write_text(MODELS + TAGGED)
    why = 'model shop.Tagged: its table could not be made: type "hstore" does not exist'
    drafted = run(project, "sqlmigrate_create", "Shop", "--from-models")
    assert drafted.returncode == 0, drafted.stderr
    assert why in drafted.stdout
    (file,) = (project / "migrations_sql").iterdir()
    assert "shop_basket" in file.read_text()
    assert "shop_tagged" not in file.read_text()

    again = run(project, "sqlmigrate_create", "More", "--from-models")
    assert again.returncode == 2
    assert why in again.stderr
    assert "What models need and do not make (extensions, types) goes into a file" in again.stderr
    assert list((project / "migrations_sql").iterdir()) == [file]
