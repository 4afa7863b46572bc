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
    (file,) = (project / "migrations_sql").glob("*.sql")
    assert "shop_basket" in file.read_text()
    assert "shop_tagged" not in file.read_text()

    again = run(project, "sqlmigrate_create", "More", "--from-models")
    assert again.returncode == 2
    assert why in again.stderr
    assert "What models need and do not make (extensions, types) goes into a file" in again.stderr
    assert list((project / "migrations_sql").glob("*.sql")) == [file]


OWN_SQL = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RunSQL(
            "CREATE VIEW people AS SELECT username FROM auth_user; "
            "CREATE FUNCTION shout(word text) RETURNS text LANGUAGE sql RETURN upper(word)"
        )
    ]
"""


def test_what_migrations_of_django_create_by_sql_is_left_to_them(project: Path, database) -> None:
    (project / "reports" / "migrations").mkdir(parents=True)
    for folder in ("reports", "reports/migrations"):
        (project / folder / "__init__.py").touch()
    (project / "reports" / "migrations" / "0001_initial.py").write_text(OWN_SQL)
    settings = project / "own_settings.py"
    settings.write_text(settings.read_text().replace('"shop"', '"shop", "reports"'))

    def done(*words: str) -> str:
        ended = run(project, *words)
        assert ended.returncode == 0, ended.stderr + ended.stdout
        return ended.stdout

    done("migrate", "--verbosity", "0")
    database.execute("CREATE VIEW by_hand AS SELECT x.username FROM (SELECT * FROM auth_user) x")
    shown = done("sqlmigrate_create", "First", "--from-database")
    assert "-- View people: reports.0001_initial creates it; left to that." in shown
    assert "-- Function shout(text): reports.0001_initial creates it; left to that." in shown
    (file,) = (project / "migrations_sql").glob("*.sql")
    assert "CREATE VIEW people" not in file.read_text()
    assert "-- Requires: auth.0012_" in file.read_text()  # by_hand reads a table of Django's

    recorded = done("sqlmigrate_baseline", "001")
    assert "view public.people: reports.0001_initial creates it by SQL of its own" in recorded
    report = json.loads(run(project, "validate_schema", "--format", "json").stdout)
    people = next(each for each in report["findings"] if each["code"] == "view.extra")
    assert people["hint"].startswith("reports.0001_initial creates people by SQL of its own")
    assert [(each["action"], each["safe"]) for each in people["remedies"]] == [("undo", False)]


def test_an_app_that_moves_to_sql_files_is_told_to_give_up_its_migrations(project: Path) -> None:
    """Its tables would be made twice in a new database."""
    settings = project / "own_settings.py"
    settings.write_text(settings.read_text() + 'SCHEMA_TOOLS = {"APPS": ["shop"]}\n')

    def done(*words: str) -> str:
        ended = run(project, *words)
        assert ended.returncode == 0, ended.stderr + ended.stdout
        return ended.stdout

    done("makemigrations", "shop", "--verbosity", "0")
    done("migrate", "--verbosity", "0")
    said = "App shop: its Django migrations make its tables, too. Take them out of use"
    assert said in done("sqlmigrate_create", "First", "--from-database")
    (file,) = (project / "migrations_sql").glob("*.sql")
    assert "CREATE TABLE shop_basket" in file.read_text()
    settings.write_text(settings.read_text() + 'MIGRATION_MODULES = {"shop": None}\n')
    file.unlink()
    assert said not in done("sqlmigrate_create", "First", "--from-database")
