"""A PostgreSQL server of one's own, without installation, on a Unix socket that nobody else sees.

All that a server keeps is in one folder, its home: the data, the log, and a lock file. Whoever
starts the server takes the lock and hands it down to the server's processes, so that it is held
for as long as any of them lives: only then is ``postmaster.pid`` believed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import USE_A_SERVER, Binaries
from schema_tools.postgres.embedded.cluster import (
    SUPERUSER,
    check_version,
    initdb,
    last_lines,
    launch,
)
from schema_tools.postgres.embedded.postmaster import (
    PORT,
    Postmaster,
    check_private,
    make_socket_folder,
    read_postmaster,
    remove_socket_folder,
)
from schema_tools.postgres.embedded.unprivileged import (
    data_folder,
    make_place,
    nobodys_folder,
    outside_prefix,
)

START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0
POLL = 0.02
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


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
            else:
                time.sleep(POLL)
        raise self._failure(f"did not come up in {START_TIMEOUT:.0f} seconds")

    def running_params(self) -> dict[str, Any] | None:
        """Return libpq's parameters if the server takes connections, else None."""
        postmaster = self._postmaster() if self._is_held() else None
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
        self._check_owner()
        asked = False
        patience = time.monotonic() + 1
        deadline = time.monotonic() + STOP_TIMEOUT
        while time.monotonic() < deadline:
            with self._lock() as lock:
                if lock is not None:
                    self._remove_leftovers()
                    return asked
            postmaster = self._postmaster()
            # A server whose socket was deleted does not answer, but holds the lock for long.
            if postmaster and not asked and (postmaster.answers() or time.monotonic() > patience):
                os.kill(postmaster.pid, signal.SIGINT)
                asked = True
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
            raise self._no_place(error) from error
        self._check_owner()
        if self.home.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Unavailable(
                f"others may write to {self.home}, the folder of the embedded PostgreSQL",
                hint=f"Close it with: chmod 700 '{self.home}'",
            )

    def _check_owner(self) -> None:
        if os.geteuid() not in {0, self.home.stat().st_uid}:
            raise Unavailable(
                f"the embedded PostgreSQL in {self.home} belongs to another user",
                hint=f"Run this as its owner, delete the folder, or {USE_A_SERVER}.",
            )

    @contextlib.contextmanager
    def _lock(self, operation: int = fcntl.LOCK_EX) -> Iterator[int | None]:
        """Yield the descriptor of the lock; None if a starter or the server holds it."""
        with self._open("lock") as descriptor:
            try:
                fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
            except BlockingIOError:
                held = True
            else:
                held = False
            yield None if held else descriptor

    @contextlib.contextmanager
    def _open(self, name: str, flags: int = 0) -> Iterator[int]:
        """Yield the descriptor of a file in the home, which belongs to whom the home does."""
        try:
            descriptor = os.open(self.home / name, os.O_RDWR | os.O_CREAT | flags, 0o600)
        except OSError as error:
            raise self._no_place(error) from error
        try:
            if os.geteuid() == 0:
                owner = self.home.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            yield descriptor
        finally:
            os.close(descriptor)  # without unlocking: that would take the lock from the server

    def _no_place(self, error: OSError) -> Unavailable:
        return Unavailable(
            f"the embedded PostgreSQL cannot keep its data in {self.home}: {error}",
            hint=f"Make the folder writable, or {USE_A_SERVER}.",
        )

    def _is_held(self) -> bool:
        if not (self.home / "lock").exists():
            return False
        with self._lock(fcntl.LOCK_SH) as lock:
            return lock is None

    def _postmaster(self) -> Postmaster | None:
        return read_postmaster(data_folder(self.home))

    def _launch(self, binaries: Binaries, lock: int, settings: tuple[str, ...]) -> None:
        self._remove_leftovers()
        place = make_place(self.home, binaries)
        if place.data.exists():
            check_version(place)
        else:
            initdb(place, lock)
        folder = make_socket_folder(outside_prefix(self.home), place.account)
        (self.home / "socket").symlink_to(folder)
        addresses = (
            "listen_addresses=",
            f'unix_socket_directories="{folder}"',
            "unix_socket_permissions=0700",
            f"port={PORT}",
        )
        with self._open("server.log", os.O_TRUNC) as log:
            launch(place, lock, settings=(*addresses, *settings), log=log)

    def _remove_leftovers(self) -> None:
        """Remove what a server has left that was killed or went down with the machine."""
        data = data_folder(self.home)
        postmaster = read_postmaster(data)
        if postmaster and postmaster.data == data and postmaster.answers():
            raise Unavailable(
                f"another program started the PostgreSQL in {data}, as process {postmaster.pid}",
                hint="Stop it there first.",
            )
        (data / "postmaster.pid").unlink(missing_ok=True)
        remove_socket_folder(self.home / "socket", outside_prefix(self.home))

    def _wait_until_ready(self, deadline: float) -> None:
        """Return once the server is ready or the time is out; raise if the server gave up."""
        while time.monotonic() < deadline and not self.is_running():
            with self._lock() as lock:
                if lock is not None:
                    self._remove_leftovers()
                    raise self._failure("did not start")
            time.sleep(POLL)

    def _failure(self, what: str) -> Unavailable:
        try:
            said = self.log.read_text(errors="replace")
        except OSError as error:
            said = str(error)
        return Unavailable(
            f"the embedded PostgreSQL in {self.home} {what}; its log ends:\n{last_lines(said)}",
            hint=f"The whole log is {self.log}; stop what is left of the server with: "
            f"python -m schema_tools.postgres.embedded stop '{self.home}'",
        )
