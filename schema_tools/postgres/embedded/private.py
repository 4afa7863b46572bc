"""A server for one process, gone with all its data when that process ends, however it ends.

Run as a program, this module is the guard: a process of its own that starts a server in a
temporary folder, says where, and removes everything once its standard input ends. That happens
also when the process at the other end of the pipe is killed. A guard that is killed itself leaves
its server to the next guard of the same user, which removes it.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schema_tools
from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import Binaries, find_binaries
from schema_tools.postgres.embedded.postmaster import listens
from schema_tools.postgres.embedded.server import EmbeddedServer

HOME_PREFIX = "schema_tools-private-"
GUARD_LOCK = "guard"
"""The file in a private server's home that its guard keeps locked for as long as it lives."""


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
        self._owner = os.getpid()
        self.params = self._read_answer()

    def is_running(self) -> bool:
        """Tell whether the server takes connections, and will end with this process.

        A forked child cannot ask after its parent's guard, only after the server.
        """
        if os.getpid() == self._owner and self._guard.poll() is not None:
            return False
        return listens(Path(self.params["host"]), self.params["port"])

    def stop(self) -> None:
        """Stop the server and delete its data."""
        for pipe in (self._guard.stdin, self._guard.stdout):
            if pipe:
                pipe.close()
        self._guard.wait()

    def stop_at_exit(self) -> None:
        """Stop the server; an impatient Ctrl-C only ends the waiting, the guard does its work."""
        with contextlib.suppress(KeyboardInterrupt):
            self.stop()

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
    """Return this process's own server, started at the first call, and anew if it has died."""
    with _own_lock:
        own = _own.get(binaries)
        if own is not None and not own.is_running():
            atexit.unregister(own.stop_at_exit)
            del _own[binaries]
            own.stop()
        if binaries not in _own:
            _own[binaries] = PrivateServer(binaries)
            atexit.register(_own[binaries].stop_at_exit)
        return _own[binaries]


def guard(programs: Path) -> None:
    """Run a server in a temporary folder until standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = EmbeddedServer(Path(tempfile.mkdtemp(prefix=HOME_PREFIX)))
    try:
        _lock(server.home)
        _answer(server.start(find_binaries(programs), durable=False))
        remove_orphans()
        sys.stdin.read()
    except Unavailable as error:
        _answer({"error": str(error), "hint": error.hint})
    finally:
        server.remove()


def remove_orphans() -> None:
    """Remove the private servers of this user whose guards were killed.

    What cannot be removed is left for another time: nobody waits for it.
    """
    for home in Path(tempfile.gettempdir()).glob(f"{HOME_PREFIX}*"):
        with contextlib.suppress(Unavailable, OSError), _taken_over(home) as is_orphan:
            if is_orphan:
                EmbeddedServer(home).remove()


@contextlib.contextmanager
def _taken_over(home: Path) -> Iterator[bool]:
    """Yield whether the home is this user's and has no guard any more; nobody else has it then."""
    facts = home.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        yield False
        return
    with (home / GUARD_LOCK).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _lock(home: Path) -> None:
    """Say until the end of this process that a guard is there.

    The file gets its name once it is locked, so that nobody sees it without a lock.
    """
    unnamed = home / f"{GUARD_LOCK}.unfinished"
    descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT, 0o600)  # closed by the process's end
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    unnamed.rename(home / GUARD_LOCK)


def _answer(answer: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):  # who asked is gone; standard input says so, too
        os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
