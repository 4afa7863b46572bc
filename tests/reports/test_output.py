"""Formats through the commands: on a file, on a pipe, on an output that knows ASCII only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from schema_tools.reports.format import formats

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(formats())


def lint(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run sqlmigrate_lint on a folder as a process."""
    return subprocess.run(
        [sys.executable, "-m", "django", "sqlmigrate_lint", str(folder), *arguments],
        cwd=folder,
        env={
            **{key: value for key, value in os.environ.items() if "COLOR" not in key},
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": str(ROOT),
            **environment,
        },
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files with findings, one in a comment's own letters, one with a name that is no UTF-8."""
    (tmp_path / "001_größe.sql").write_text("SELECT 'ä';\n", encoding="utf-8")
    (tmp_path / "002_two.sql").write_text("CREATE TABLE größe (id int);\n", encoding="utf-8")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/003_\xff.sql")).write_text("SELECT 1;\n")
    except OSError:
        pytest.skip("this file system takes no names that are not UTF-8")
    return tmp_path


@pytest.mark.process
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_an_output_of_any_encoding_takes_any_format(
    folder: Path, name: str, encoding: str
) -> None:
    done = lint(folder, "--format", name, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode in {0, 1}, done.stderr.decode(errors="replace")
    text = done.stdout.decode(encoding)
    assert text.strip()
    if name in {"json", "sarif"}:
        assert json.loads(text)
    if name == "junit":
        assert ET.fromstring(done.stdout) is not None


@pytest.mark.process
@pytest.mark.parametrize("name", NAMES)
def test_output_takes_every_format(folder: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "report.out"
    done = lint(folder, "--format", name, "--output", str(path), PYTHONIOENCODING="ascii")
    assert done.returncode in {0, 1}
    assert done.stdout == b""
    assert "002_two" in path.read_text(encoding="utf-8").replace("\\", "")


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "DJANGO_COLORS": "nocolor"}, False),
        (["--no-color"], {"FORCE_COLOR": "1"}, False),
        (["--force-color"], {}, True),
    ],
)
def test_colour_is_as_asked_for(
    folder: Path, arguments: list[str], environment: dict[str, str], coloured: bool
) -> None:
    done = lint(folder, *arguments, **environment, PYTHONIOENCODING="utf-8")
    assert (b"\x1b[" in done.stdout) is coloured
