"""System checks of settings and files: each id with its exact words."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.checks import WARNING, Error, Warning, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from schema_tools.checks import check_files, check_import_name, check_settings


def installed(folder: Path, name: str, **files: str) -> None:
    """Write the metadata of a distribution as pip leaves them."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    for file, text in files.items():
        (info / {"record": "RECORD", "top_level": "top_level.txt"}[file]).write_text(text)


def test_the_sample_has_nothing_to_report() -> None:
    assert run_checks(tags=["schema_tools"], databases=[]) == []


def test_E001_settings_that_cannot_be_used(settings) -> None:  # noqa: N802 - the id's case
    settings.SCHEMA_TOOLS = {"LOCK_TIMOUT": 3}
    expected = Error(
        "SCHEMA_TOOLS has no key 'LOCK_TIMOUT'.",
        hint="Did you mean 'LOCK_TIMEOUT'?",
        id="schema_tools.E001",
    )
    assert run_checks(tags=["schema_tools"], databases=[]) == [expected]


def test_E001_of_an_alias_other_than_default(settings, monkeypatch) -> None:  # noqa: N802
    monkeypatch.setitem(settings.DATABASES, "archive", settings.DATABASES["default"])
    settings.SCHEMA_TOOLS = {"DATABASES": {"archive": {"LOCK_WAIT": "long"}}}
    [error] = check_settings()
    assert error == Error(
        "SCHEMA_TOOLS['DATABASES']['archive']['LOCK_WAIT'] is 'long', not a number of seconds, "
        "0 or more.",
        hint="Write 5 for five seconds, without a unit.",
        id="schema_tools.E001",
    )


def test_E001_of_a_code_that_no_finding_has(settings) -> None:  # noqa: N802
    settings.SCHEMA_TOOLS = {"RULES": {"colum.type": "info"}}
    [error] = check_settings()
    assert error.id == "schema_tools.E001"
    assert (
        error.msg == "SCHEMA_TOOLS['RULES'] names 'colum.type', which is the code of no finding."
    )
    assert error.hint == "Did you mean 'column'?"


def test_E001_is_said_once_where_all_aliases_have_it(settings, monkeypatch) -> None:  # noqa: N802
    monkeypatch.setitem(settings.DATABASES, "archive", settings.DATABASES["default"])
    settings.SCHEMA_TOOLS = []
    assert [error.msg for error in check_settings()] == ["SCHEMA_TOOLS is a list, not a dict."]


@pytest.mark.parametrize(
    "files",
    [
        {"top_level": "schema_tools\n"},
        {"record": "schema_tools/__init__.py,sha256=x,0\n"},
        {"record": "a.py,,\nschema_tools/core.py,sha256=x,0\n"},
    ],
)
def test_W001_another_distribution_of_our_import_name(  # noqa: N802
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    installed(tmp_path, "Schema_Tools", **files)
    monkeypatch.syspath_prepend(tmp_path)
    assert check_import_name() == [
        Warning(
            "The distribution 'schema-tools' installs a package schema_tools, too: its files and "
            "those of django-schema-tools are mixed up in one folder.",
            hint="Run: pip uninstall schema-tools, then: pip install --force-reinstall --no-deps "
            "django-schema-tools",
            id="schema_tools.W001",
        )
    ]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("django-schema-tools", {"record": "schema_tools/__init__.py,sha256=x,0\n"}),
        ("Django.Schema_Tools", {"top_level": "schema_tools\n"}),
        ("other", {"top_level": "schema_tools_more\n", "record": "x/schema_tools/a.py,,\n"}),
        ("bare", {}),
    ],
)
def test_W001_is_not_about_ourselves_and_what_has_another_name(  # noqa: N802
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: dict[str, str]
) -> None:
    installed(tmp_path, name, **files)
    monkeypatch.syspath_prepend(tmp_path)
    assert check_import_name() == []


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    """An empty folder of SQL files."""
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path)}
    return tmp_path


def test_an_empty_folder_is_nothing_to_report(folder: Path) -> None:
    assert check_files() == []


def test_a_project_without_sql_files_needs_no_folder(tmp_path: Path, settings) -> None:
    settings.BASE_DIR = tmp_path
    settings.SCHEMA_TOOLS = {}
    assert check_files() == []


def test_W003_a_file_that_cannot_be_read(folder: Path) -> None:  # noqa: N802
    (folder / "001_first.sql").write_bytes(b"\xff\xfe")
    [error] = check_files()
    assert (error.id, error.level) == ("schema_tools.W003", WARNING)
    assert error.obj.endswith("001_first.sql")
    assert error.msg == "the file is UTF-16, not UTF-8."
    assert error.hint == "Save the file as UTF-8."


def test_W003_a_file_whose_header_names_another(folder: Path) -> None:  # noqa: N802
    (folder / "001_first.sql").write_text("-- Migration: 001_other.sql\nSELECT 1;\n")
    [error] = check_files()
    assert error.id == "schema_tools.W003"
    assert error.msg == "the header says Migration: 001_other.sql, the file is 001_first.sql."
    assert error.hint == "Correct the line, or the file's name."


def test_W004_two_files_of_one_number(folder: Path) -> None:  # noqa: N802
    for name in ("001_a", "001_b"):
        (folder / f"{name}.sql").write_text("SELECT 1;\n")
    [error] = check_files()
    assert error.id == "schema_tools.W004"
    assert error.msg == "2 files have the number 1: 001_a.sql, 001_b.sql."
    assert error.hint == (
        "Give the file that is not applied yet the next free number; where two branches have "
        "added files, manage.py sqlmigrate_renumber --onto REF does."
    )


def test_W005_a_number_is_missing(folder: Path) -> None:  # noqa: N802
    for name in ("001_a", "003_c"):
        (folder / f"{name}.sql").write_text("SELECT 1;\n")
    [error] = check_files()
    assert error.id == "schema_tools.W005"
    assert error.msg == "number 2 is missing between 001_a.sql and 003_c.sql."
    assert error.hint.startswith("Is a file missing from this checkout?")


def test_W002_a_folder_that_the_settings_name_is_not_there(  # noqa: N802
    tmp_path: Path, settings
) -> None:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path / "none")}
    [warning] = check_files()
    assert (warning.id, warning.level) == ("schema_tools.W002", WARNING)
    assert warning.msg.endswith("/none cannot be read: No such file or directory.")
    assert warning.hint == (
        "sqlmigrate_create makes it with the first file; or name another folder in "
        "SCHEMA_TOOLS['MIGRATIONS_DIR']."
    )


def test_W002_a_folder_that_is_none(tmp_path: Path, settings) -> None:  # noqa: N802
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path / "file")}
    (tmp_path / "file").write_text("")
    [warning] = check_files()
    assert warning.id == "schema_tools.W002"
    assert warning.hint.startswith("Mend that; or name another folder")


def test_files_are_told_of_once_where_aliases_share_them(folder: Path, settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES, "archive", settings.DATABASES["default"])
    (folder / "nonsense.sql").write_text("SELECT 1;\n")
    assert [error.id for error in check_files()] == ["schema_tools.W003"]


def test_mistakes_in_the_settings_are_not_told_twice(settings) -> None:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": 3}
    assert check_files() == []
    assert [error.id for error in check_settings()] == ["schema_tools.E001"]


def test_a_file_that_is_still_to_be_written_stops_nobody(folder: Path) -> None:
    call_command("sqlmigrate_create", "AddNotes", verbosity=0)
    [warning] = check_files()
    assert warning.id == "schema_tools.W003"
    assert warning.msg == "the file holds no SQL to apply."
    call_command("check")


def test_an_id_can_be_silenced(folder: Path, settings) -> None:
    (folder / "nonsense.sql").write_text("SELECT 1;\n")
    with pytest.raises(SystemCheckError, match=r"schema_tools\.W003"):
        call_command("check", fail_level="WARNING")
    settings.SILENCED_SYSTEM_CHECKS = ["schema_tools.W003"]
    call_command("check", fail_level="WARNING")
