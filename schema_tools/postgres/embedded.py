"""A PostgreSQL server of one's own, without installation, on a Unix socket that nobody else sees.

All that a server keeps is in one folder, its home: the data, the log, and a lock file. Whoever
starts the server takes the lock and hands it down to the server's processes, so that it is held
for as long as any of them lives: only then is ``postmaster.pid`` believed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schema_tools.errors import Unavailable
from schema_tools.postgres.binaries import USE_A_SERVER, Binaries
from schema_tools.postgres.postmaster import (
    PORT,
    Postmaster,
    check_private,
    make_socket_folder,
    read_postmaster,
    remove_socket_folder,
)
from schema_tools.postgres.unprivileged import (
    Account,
    Place,
    data_folder,
    make_place,
    nobodys_folder,
)

SUPERUSER = "postgres"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0
POLL = 0.02
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedServer:
    """The server with this home. It need not run; other processes may share it.

    Once started it runs until somebody stops it.
    """

    def __init__(self, home: Path) -> None:
        self.home = Path(home).resolve()
        self.log = self.home / "server.log"

    def start(self, binaries: Binaries, *, durable: bool = True) -> dict[str, Any]:
        """Start the server unless it runs; return libpq's parameters for it.

        With ``durable=False`` a crash of the machine may cost the data. Raises Unavailable, with
        the end of the server's log, where the server does not come up.
        """
        self._make_home()
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if params := self.running_params():
                return params
            with self._lock() as lock:
                if lock is not None:
                    self._launch(binaries, lock, () if durable else NOT_DURABLE)
            if lock is not None:
                self._wait_until_ready(deadline)
            time.sleep(POLL)
        raise self._failure(f"did not come up in {START_TIMEOUT:.0f} seconds")

    def running_params(self) -> dict[str, Any] | None:
        """Return libpq's parameters if the server takes connections, else None."""
        postmaster = self._postmaster() if self._is_locked() else None
        if postmaster is None or postmaster.status != "ready" or not postmaster.answers():
            return None
        folder = postmaster.socket_folder
        check_private(folder, owner=data_folder(self.home).stat().st_uid)
        return {"host": str(folder), "port": postmaster.port, "user": SUPERUSER}

    def is_running(self) -> bool:
        """Tell whether the server takes connections."""
        return self.running_params() is not None

    def stop(self) -> bool:
        """Stop the server, clients or not; return whether one was running."""
        if not self.home.is_dir():
            return False
        self._check_home()
        asked: Postmaster | None = None
        patience = time.monotonic() + 1
        deadline = time.monotonic() + STOP_TIMEOUT
        while time.monotonic() < deadline:
            with self._lock() as lock:
                if lock is not None:
                    self._remove_leftovers(lock)
                    return asked is not None
            postmaster = self._postmaster()
            # A server whose socket was deleted does not answer, but holds the lock.
            sure = postmaster is not None and (postmaster.answers() or time.monotonic() > patience)
            if postmaster and sure and asked is None:
                os.kill(postmaster.pid, signal.SIGINT)
                asked = postmaster
            time.sleep(POLL)
        raise self._failure(f"did not stop in {STOP_TIMEOUT:.0f} seconds")

    def remove(self) -> None:
        """Stop the server and delete its home, with all data."""
        self.stop()
        for folder in (nobodys_folder(self.home), self.home):
            if folder and folder.is_dir():
                shutil.rmtree(folder)

    def _make_home(self) -> None:
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"the embedded PostgreSQL has no place for its data: {error}",
                hint=f"Make {self.home.parent} writable, or {USE_A_SERVER}.",
            ) from error
        self._check_home()

    def _check_home(self) -> None:
        folder = self.home.stat()
        if os.geteuid() not in {0, folder.st_uid}:
            raise Unavailable(
                f"the embedded PostgreSQL in {self.home} belongs to another user",
                hint=f"Run this as its owner, delete the folder, or {USE_A_SERVER}.",
            )
        if folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Unavailable(
                f"others may write to {self.home}, the folder of the embedded PostgreSQL",
                hint=f"Close it with: chmod 700 '{self.home}'",
            )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[int | None]:
        """Yield the descriptor of the lock; None if a starter or the server holds it."""
        descriptor = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield descriptor if _flock(descriptor, fcntl.LOCK_EX) else None
        finally:
            os.close(descriptor)  # no LOCK_UN: that would take it from the server, too

    def _is_locked(self) -> bool:
        try:
            descriptor = os.open(self.home / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _flock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def _postmaster(self) -> Postmaster | None:
        return read_postmaster(data_folder(self.home))

    def _launch(self, binaries: Binaries, lock: int, settings: tuple[str, ...]) -> None:
        self._remove_leftovers(lock)
        place = make_place(self.home, binaries)
        if place.data.exists():
            self._check_version(place)
        else:
            _initdb(place, lock)
        folder = make_socket_folder(_socket_prefix(lock), place.account)
        (self.home / "socket").symlink_to(folder)
        server = [*place.account.prefix, place.binaries.program("postgres"), "-D", str(place.data)]
        for setting in (
            "listen_addresses=",
            f'unix_socket_directories="{folder}"',
            "unix_socket_permissions=0700",
            f"port={PORT}",
            *settings,
        ):
            server += ["-c", setting]
        self._run_in_background(server, place.account, lock)

    def _remove_leftovers(self, lock: int) -> None:
        """Remove what a server has left that was killed or went down with the machine."""
        data = data_folder(self.home)
        postmaster = read_postmaster(data)
        if postmaster and postmaster.data == data and postmaster.answers():
            raise Unavailable(
                f"another program started the PostgreSQL in {data}, as process {postmaster.pid}",
                hint="Stop it there first.",
            )
        (data / "postmaster.pid").unlink(missing_ok=True)
        remove_socket_folder(self.home / "socket", _socket_prefix(lock))

    def _check_version(self, place: Place) -> None:
        made_by = (place.data / "PG_VERSION").read_text().strip()
        if made_by != str(place.binaries.major):
            raise Unavailable(
                f"the data in {self.home} were made by PostgreSQL {made_by}, "
                f"and the programs here are of PostgreSQL {place.binaries.major}",
                hint=f"Delete {self.home} to start with an empty server, use the programs of "
                f"PostgreSQL {made_by}, or {USE_A_SERVER}.",
            )

    def _run_in_background(self, command: list[str], account: Account, lock: int) -> None:
        """Leave the process to init, so that nobody here has to wait for its end."""
        with self.log.open("wb") as log:
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "sh", *command],
                **_surroundings(account, lock),
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=True,
            )

    def _wait_until_ready(self, deadline: float) -> None:
        """Return once the server is ready or the time is out; raise if the server gave up."""
        while time.monotonic() < deadline and not self.is_running():
            with self._lock() as lock:
                if lock is not None:
                    self._remove_leftovers(lock)
                    raise self._failure("did not start")
            time.sleep(POLL)

    def _failure(self, what: str) -> Unavailable:
        try:
            said = self.log.read_text(errors="replace").strip()
        except OSError as error:
            said = str(error)
        return Unavailable(
            f"the embedded PostgreSQL in {self.home} {what}; the end of its log:\n{_tail(said)}",
            hint=f"The whole log is {self.log}.",
        )


def _flock(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_prefix(lock: int) -> str:
    """Return what the socket folder's name begins with: not that of a copied home."""
    return f"schema_tools-{os.fstat(lock).st_ino}-"


def _initdb(place: Place, lock: int) -> None:
    unfinished = place.data.with_name("pgdata.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    command = [
        *place.account.prefix,
        place.binaries.program("initdb"),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # the socket's folder is private
        "--no-sync",
        "--no-instructions",
        "--encoding=UTF8",
        *_locale(place.binaries.major),
    ]
    answer = subprocess.run(
        command, **_surroundings(place.account, lock), capture_output=True, check=False
    )
    if answer.returncode:
        said = (answer.stdout + answer.stderr).decode(errors="replace").strip()
        raise Unavailable(
            f"initdb could not make {place.data}:\n{_tail(said)}",
            hint=f"Put right what it says, or {USE_A_SERVER}.",
        )
    unfinished.rename(place.data)


def _locale(major: int) -> tuple[str, ...]:
    """Return the options for C.UTF-8, from PostgreSQL itself where it has it (17 and later)."""
    common = ("--lc-messages=C", "--text-search-config=english")
    if major < 17:
        return ("--locale=C.UTF-8", *common)
    return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", *common)


def _surroundings(account: Account, lock: int) -> dict[str, Any]:
    """Return how PostgreSQL's programs are started: without variables that would steer them."""
    return {
        "stdin": subprocess.DEVNULL,
        "pass_fds": (lock,),
        "cwd": "/",
        "env": {"PATH": os.environ.get("PATH", os.defpath)},
        **account.options(),
    }


def _tail(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines()[-12:])


def main(arguments: list[str] | None = None) -> int:
    """Stop a server, or remove it with its data: what ``make stop`` and ``make clean`` call."""
    parser = argparse.ArgumentParser(prog="python -m schema_tools.postgres.embedded")
    parser.add_argument("action", choices=["stop", "remove"])
    parser.add_argument("home", type=Path)
    options = parser.parse_args(arguments)
    server = EmbeddedServer(options.home)
    try:
        server.stop() if options.action == "stop" else server.remove()
    except Unavailable as error:
        sys.stderr.write(f"{error}\n{error.hint}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
