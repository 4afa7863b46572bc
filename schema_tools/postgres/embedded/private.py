"""A server for one process, gone with all its data when that process ends, however it ends.

Run as a program, this module is the guard: a process of its own that starts a server in a
temporary folder, says where, and removes everything once its standard input ends. That happens
also when the process at the other end of the pipe is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import schema_tools
from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import Binaries, find_binaries
from schema_tools.postgres.embedded.server import EmbeddedServer


class PrivateServer:
    """A server that ends with this process."""

    def __init__(self, binaries: Binaries) -> None:
        package = Path(schema_tools.__file__).parent
        path = os.pathsep.join([str(package.parent), os.environ.get("PYTHONPATH", "")])
        self._guard = subprocess.Popen(
            [sys.executable, "-m", __name__, str(binaries.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C in the terminal is not for the guard
        )
        self.params = self._read_answer()

    def stop(self) -> None:
        """Stop the server and delete its data."""
        for pipe in (self._guard.stdin, self._guard.stdout):
            if pipe:
                pipe.close()
        self._guard.wait()

    def _read_answer(self) -> dict[str, Any]:
        line = self._guard.stdout.readline() if self._guard.stdout else b""
        answer: dict[str, Any] = json.loads(line or '{"error": "its guard process ended"}')
        if "error" in answer:
            self.stop()
            raise Unavailable(
                f"no private PostgreSQL server: {answer['error']}", hint=answer.get("hint", "")
            )
        return answer


_own: dict[Binaries, PrivateServer] = {}
_own_lock = threading.Lock()


def private_server(binaries: Binaries) -> PrivateServer:
    """Return this process's own server, started at the first call."""
    with _own_lock:
        if binaries not in _own:
            _own[binaries] = PrivateServer(binaries)
            atexit.register(_own[binaries].stop)
        return _own[binaries]


def guard(programs: Path) -> None:
    """Run a server in a temporary folder until standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = EmbeddedServer(Path(tempfile.mkdtemp(prefix="schema_tools-private-")))
    try:
        _answer(server.start(find_binaries(programs), durable=False))
        sys.stdin.read()
    except Unavailable as error:
        _answer({"error": str(error), "hint": error.hint})
    finally:
        server.remove()


def _answer(answer: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):  # who asked is gone; standard input says so, too
        os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
