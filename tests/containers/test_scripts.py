"""The entry scripts with stand-ins for what they start: order, exit codes, signals."""

from __future__ import annotations

import http.server
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.containers.conftest import ROOT

pytestmark = pytest.mark.process
SCRIPTS = sorted((ROOT / "docker").glob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    program = shutil.which("shellcheck", path=Path(sys.executable).parent)
    assert program, "make install brings it"
    done = subprocess.run([program, script], capture_output=True, text=True, check=False)
    assert done.stdout == ""


class Stand:
    """A folder of programs that do what a test says, before all others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.log.touch()

    def program(self, name: str, text: str) -> None:
        """Make a program that notes its arguments and then runs a text."""
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "$*" >> "{self.log}"\n{text}\n', encoding="utf-8")
        path.chmod(0o755)

    def start(self, script: str, **variables: str) -> subprocess.Popen[str]:
        """Start an entry script, from anywhere."""
        return subprocess.Popen(
            [ROOT / "docker" / script],
            cwd=self.folder,
            env={"PATH": f"{self.folder}:{os.environ['PATH']}", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, script: str, **variables: str) -> tuple[int, str]:
        """Run it to its end; return its exit code and what it writes."""
        process = self.start(script, **variables)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    @property
    def calls(self) -> list[str]:
        """What was started."""
        return self.log.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_files_are_applied_then_django_migrations_then_all_is_compared(stand: Stand) -> None:
    stand.program("python", "")
    code, _said = stand.run("migrate.sh")
    assert code == 0
    assert stand.calls == [
        "manage.py sqlmigrate_apply --noinput",
        "manage.py migrate --noinput",
        "manage.py validate_schema",
    ]


@pytest.mark.parametrize(("failing", "number"), [("sqlmigrate_apply", 1), ("validate_schema", 3)])
def test_what_fails_ends_it_with_its_code(stand: Stand, failing: str, number: int) -> None:
    stand.program("python", f'[ "$2" != {failing} ] || exit 5')
    code, _said = stand.run("migrate.sh")
    assert code == 5
    assert len(stand.calls) == number


def test_a_container_that_is_stopped_lets_the_run_end_in_order(stand: Stand) -> None:
    """A shell that is the first process would else keep the signal to itself."""
    started = stand.folder / "started"
    stand.program(
        "python",
        f"trap 'echo rolled back; exit 143' TERM; touch '{started}'; while :; do sleep 0.05; done",
    )
    process = stand.start("migrate.sh")
    deadline = time.monotonic() + 30
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert said.endswith("rolled back\n")
    assert len(stand.calls) == 1


def test_without_a_key_each_start_makes_its_own_and_says_so(stand: Stand) -> None:
    stand.program("gunicorn", 'echo "key: $SECRET_KEY"')
    (stand.folder / "python").symlink_to(sys.executable)
    keys = set()
    for _ in range(2):
        code, said = stand.run("serve.sh")
        assert code == 0
        assert "SECRET_KEY is not set" in said
        keys.add(said.split("key: ")[-1].strip())
    assert len(keys) == 2
    assert all(len(key) > 50 for key in keys)


def test_a_key_that_is_set_is_used_and_no_word_is_said(stand: Stand) -> None:
    stand.program("gunicorn", 'echo "key: $SECRET_KEY"')
    assert stand.run("serve.sh", SECRET_KEY="k", PORT="8002") == (0, "key: k\n")
    assert "--bind 0.0.0.0:8002" in stand.calls[0]


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[str]]]:
    """Answer all requests with a status; yield the port and the names that were asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Host']}{self.path}")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"status": "x"}')

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            yield str(server.server_address[1]), asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def healthcheck(monkeypatch: pytest.MonkeyPatch):
    spec = importlib.util.spec_from_file_location("healthcheck", ROOT / "docker/healthcheck.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    return module


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (400, 1)])
def test_health_is_what_the_service_answers(
    healthcheck, monkeypatch: pytest.MonkeyPatch, capsys, status: int, code: int
) -> None:
    with answering(status) as (port, asked):
        monkeypatch.setenv("PORT", port)
        assert healthcheck.main() == code
    assert asked == ["localhost/health/schema"]
    assert capsys.readouterr().out == f'{status} {{"status": "x"}}\n'


def test_nobody_there_is_not_healthy(healthcheck, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    with answering(200) as (port, _asked):
        pass
    monkeypatch.setenv("PORT", port)
    assert healthcheck.main() == 1
    assert "no answer on port" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("", "localhost"),
        ("*", "localhost"),
        ("auth.example.org, x", "auth.example.org"),
        (".b.org", "b.org"),
    ],
)
def test_the_service_is_asked_by_a_name_that_it_answers_to(
    healthcheck, monkeypatch: pytest.MonkeyPatch, allowed: str, host: str
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", allowed)
    assert healthcheck.host() == host
