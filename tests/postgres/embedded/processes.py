"""Look at, start and kill the processes that the tests of the embedded server are about."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from schema_tools.postgres.embedded.server import EmbeddedServer
from schema_tools.postgres.embedded.unprivileged import data_folder

PROJECT = Path(__file__).resolve().parents[3]


def pid_of(server: EmbeddedServer) -> int:
    """Return the pid of the server's main process, as its pid file has it."""
    return int((data_folder(server.home) / "postmaster.pid").read_text().split()[0])


def execute(params: dict[str, object], sql: str, dbname: str = "postgres") -> list[tuple]:
    """Run a statement on the server; return the rows, if any."""
    with psycopg.connect(**params, dbname=dbname, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until the condition holds; fail after two minutes, for busy machines."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited for: {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Tell whether a process lives; a dead one whose parent has not asked for it does not."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return re.match(r"\s*[^Z\s]", answer.stdout) is not None


def kill(pid: int) -> None:
    """Kill a process in the way that it cannot notice."""
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(pid), f"end of {pid}")


def python(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """Start a Python process that runs the code, in the project's folder."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
