"""`make stop` ends the service of its own folder, and nothing else, and does not wait for ever."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"
SERVICE = """\
#!{python}
import signal, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose path has a space, with the Makefile and a program in the place of Python."""
    return make_project(tmp_path / "the project")


def make_project(folder: Path) -> Path:
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".embedded").mkdir()
    shutil.copy(MAKEFILE, folder)
    python = folder / ".venv" / "bin" / "python"
    # Behind the link of a virtual environment, whose path may have a blank: #! takes none.
    python.write_text(SERVICE.format(python=Path(sys.executable).resolve()))
    python.chmod(0o755)
    return folder


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a project's service as `make run` does; it is ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(project: Path, *more: str) -> subprocess.Popen[str]:
        command = [project / ".venv/bin/python", "manage.py", "runserver", "8001", *more]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout.readline() == "ready\n"
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def stop(folder: Path, pid: int) -> subprocess.CompletedProcess[str]:
    (folder / ".embedded/service.pid").write_text(f"{pid}\n")
    return subprocess.run(
        ["make", "stop", "ANY_PYTHON=true", "SECONDS_TO_STOP=1"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_the_service_is_ended(folder: Path, start: Start) -> None:
    service = start(folder)
    assert stop(folder, service.pid).returncode == 0
    assert service.wait(10) == -15
    assert not (folder / ".embedded/service.pid").exists()


def test_another_projects_service_with_the_same_pid_is_left_alone(
    folder: Path, start: Start, tmp_path: Path
) -> None:
    other = start(make_project(tmp_path / "other"))
    assert stop(folder, other.pid).returncode == 0
    assert other.poll() is None
    assert not (folder / ".embedded/service.pid").exists()


def test_one_that_does_not_end_is_given_up_with_the_way_out(folder: Path, start: Start) -> None:
    service = start(folder, "stubborn")
    done = stop(folder, service.pid)
    assert done.returncode == 2
    assert f"has not ended in 1 seconds; end it with: kill -9 {service.pid}" in done.stderr
    assert (folder / ".embedded/service.pid").exists()


def test_nothing_to_stop_is_fine(folder: Path) -> None:
    done = subprocess.run(["make", "stop", "ANY_PYTHON=true"], cwd=folder, check=True, timeout=30)
    assert done.returncode == 0


def test_what_make_run_starts_is_what_make_stop_looks_for() -> None:
    text = MAKEFILE.read_text(encoding="utf-8")
    assert "exec $(SERVICE_COMMAND) 8001" in text
    assert "printf '%s ' $(SERVICE_COMMAND)" in text
