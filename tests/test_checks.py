"""System checks: one test for each id, with its exact words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.checks import Error, Warning, run_checks

import schema_tools.checks
from schema_tools.checks import check_import_name, check_settings

ROOT = Path(__file__).resolve().parents[1]


def installed(folder: Path, name: str, **files: str) -> None:
    """Write the metadata of a distribution as pip leaves them."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    for file, text in files.items():
        (info / {"record": "RECORD", "top_level": "top_level.txt"}[file]).write_text(text)


def test_the_sample_has_nothing_to_report() -> None:
    assert run_checks(tags=["schema_tools"]) == []


def test_E001_settings_that_cannot_be_used(settings) -> None:  # noqa: N802 - the id's case
    settings.SCHEMA_TOOLS = {"LOCK_TIMOUT": 3}
    expected = Error(
        "SCHEMA_TOOLS has no key 'LOCK_TIMOUT'.",
        hint="Did you mean 'LOCK_TIMEOUT'?",
        id="schema_tools.E001",
    )
    assert run_checks(tags=["schema_tools"]) == [expected]


def test_E001_of_an_alias_other_than_default(settings, monkeypatch) -> None:  # noqa: N802
    monkeypatch.setitem(settings.DATABASES, "archive", settings.DATABASES["default"])
    settings.SCHEMA_TOOLS = {"DATABASES": {"archive": {"LOCK_WAIT": "long"}}}
    [error] = check_settings()
    assert error == Error(
        "SCHEMA_TOOLS['DATABASES']['archive']['LOCK_WAIT'] is 'long', not a number of seconds, "
        "0 or more.",
        id="schema_tools.E001",
    )


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


def test_every_id_is_documented() -> None:
    source = Path(schema_tools.checks.__file__).read_text(encoding="utf-8")
    documented = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    pattern = r"schema_tools\.[EWI]\d{3}"
    assert set(re.findall(pattern, source)) == set(re.findall(pattern, documented))
