"""When a template has to be built anew: each thing that it is made from changes its key."""

from __future__ import annotations

import sys

import pytest
from django.apps import AppConfig, apps

from schema_tools.conf import get_settings
from schema_tools.history.files import read_migration
from schema_tools.history.statements import split
from schema_tools.testing import content
from schema_tools.testing.content import code_of_other_apps, content_key


@pytest.fixture
def key(database, tmp_path):
    """Return a function that makes the key of a file, an app's code and a few values."""
    path = tmp_path / "001_first.sql"

    def make(text="CREATE TABLE t ();\n", *, live="shop", prelude="", base="template1"):
        path.write_text(text)
        with database.connect() as connection:
            return content_key(
                connection,
                get_settings(),
                [read_migration(path, path.name)],
                live=live,
                prelude=split(prelude),
                base=base,
            )

    return make


@pytest.mark.db
def test_the_same_gives_the_same(key):
    assert key() == key()


@pytest.mark.db
def test_files_the_prelude_and_the_base_count(key):
    every = [
        key(),
        key("CREATE TABLE u ();\n"),
        key(live="another"),
        key(prelude="CREATE EXTENSION x"),
        key(base="template0"),
    ]
    assert len(set(every)) == len(every)


@pytest.mark.db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH_USER_MODEL", "auth.User"),
        ("DEFAULT_AUTO_FIELD", "django.db.models.AutoField"),
        ("DATABASE_ROUTERS", [type("Router", (), {})()]),
        ("SCHEMA_TOOLS", {"SCHEMAS": ["app"]}),
        ("TIME_ZONE", "Europe/Vienna"),
    ],
)
def test_settings_count(key, settings, name, value):
    before = key()
    setattr(settings, name, value)
    assert key() != before


@pytest.mark.db
def test_the_day_counts_where_files_depend_on_it(key, monkeypatch):
    fickle = "DO $$ BEGIN EXECUTE format('CREATE TABLE %I ()', now()); END $$;\n"
    before = key(), key(fickle)

    class Tomorrow(content.datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + content.datetime.timedelta(days=1)

    monkeypatch.setattr(content.datetime, "datetime", Tomorrow)
    assert key() == before[0]
    assert key(fickle) != before[1]


@pytest.fixture
def app(tmp_path, monkeypatch):
    """An installed app in a folder of its own."""
    folder = tmp_path / "an_app"
    folder.mkdir()
    for name in ("__init__", "models"):
        (folder / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    config = AppConfig.create("an_app")
    config.apps = apps
    config.import_models()
    monkeypatch.setattr(apps, "app_configs", {"an_app": config})
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "an_app"]:
        del sys.modules[name]


def test_models_of_an_app_without_migrations_count_unless_files_own_them(app):
    before = code_of_other_apps(()), code_of_other_apps(["an_app"])
    (app / "models.py").write_text("X = 1\n")
    assert code_of_other_apps(()) != before[0]
    assert code_of_other_apps(["an_app"]) == before[1]


def test_all_in_the_folder_of_migrations_counts_and_then_models_do_not(app):
    migrations = app / "migrations"
    migrations.mkdir()
    for name in ("__init__.py", "0001_initial.py", "0001.sql"):
        (migrations / name).write_text("")
        before = code_of_other_apps(())
        (migrations / name).write_text("-- more\n")
        assert code_of_other_apps(()) != before
    before = code_of_other_apps(())
    (app / "models.py").write_text("X = 1\n")
    assert code_of_other_apps(()) == before
