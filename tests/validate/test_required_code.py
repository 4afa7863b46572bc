"""Django's migrations that files require: their code is known, or nothing is kept."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from schema_tools.services.required_code import required_code

MIGRATION = """
from django.db import migrations, models
{imports}

class Migration(migrations.Migration):
    operations = [{operations}]
"""
FIELD = 'migrations.CreateModel("T", [("id", models.AutoField(primary_key=True))])'


@pytest.fixture
def write(tmp_path: Path, settings, monkeypatch):
    """Write the one migration of an app; return what is said of its code."""
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"authservice": "their_migrations"}
    package = tmp_path / "their_migrations"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (tmp_path / "their_fields.py").write_text(
        "from django.db import models\nclass Own(models.IntegerField): pass\n"
    )

    def forget() -> None:
        for name in [each for each in sys.modules if each.startswith("their_")]:
            del sys.modules[name]
        importlib.invalidate_caches()

    def written(operations: str, imports: str = "") -> str | None:
        forget()
        text = MIGRATION.format(operations=operations, imports=imports)
        (package / "0001_initial.py").write_text(text)
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        try:
            return required_code(["authservice.0001_initial"])
        finally:
            sys.dont_write_bytecode = before

    yield written
    forget()


def test_nothing_required_is_nothing_to_know() -> None:
    assert required_code([]) == ""


def test_another_target_is_another_code() -> None:
    first = required_code(["auth.0001_initial"])
    assert first
    assert first == required_code(["auth.0001_initial"])
    assert first != required_code(["auth.0012_alter_user_first_name_max_length"])
    assert required_code(["auth.0999_nothing"]) is None
    assert required_code(["nobody.0001_initial"]) is None


def test_an_edited_migration_is_another_code(write) -> None:
    first = write(FIELD)
    assert first
    assert first != write(FIELD.replace("AutoField", "BigAutoField"))
    assert first == write(FIELD)


@pytest.mark.parametrize(
    ("operations", "imports"),
    [
        ("migrations.RunPython(go)", "def go(apps, editor): pass"),
        (
            "migrations.SeparateDatabaseAndState([migrations.RunPython(go)], [])",
            "def go(apps, editor): pass",
        ),
        ("Own()", "class Own(migrations.RunSQL):\n    def __init__(self): super().__init__('')"),
        (FIELD, "from their_fields import Own"),
        (FIELD, "import their_fields"),
    ],
)
def test_code_of_others_is_not_known(write, operations: str, imports: str) -> None:
    assert write(operations, imports) is None


def test_routers_decide_what_runs(settings) -> None:
    settings.DATABASE_ROUTERS = ["builtins.object"]
    assert required_code(["auth.0001_initial"]) is None


def test_settings_that_migrations_read_are_part_of_it(settings) -> None:
    first = required_code(["auth.0001_initial"])
    settings.DEFAULT_TABLESPACE = "elsewhere"
    assert required_code(["auth.0001_initial"]) != first
