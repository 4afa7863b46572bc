"""A private server that may be stopped at once, as by a power cut, and started again."""

from __future__ import annotations

import os
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import Binaries
from schema_tools.postgres.embedded.postmaster import read_postmaster
from schema_tools.postgres.embedded.private import HOME_PREFIX, PrivateServer
from schema_tools.postgres.embedded.server import EmbeddedServer
from schema_tools.postgres.embedded.unprivileged import data_folder

SECONDS = 60.0


class CrashingServer:
    """A server for tests that break it; no other test shares it.

    Its role commits durably, which the command line of a private server gives up: what a COMMIT
    has acknowledged is there after a crash.
    """

    def __init__(self, binaries: Binaries) -> None:
        self._binaries = binaries
        self._private = PrivateServer(binaries)
        self.params: dict[str, Any] = self._private.params
        self._home = self._find_home()
        self.execute(f'ALTER ROLE "{self.params["user"]}" SET synchronous_commit = on')
        self.admin = self.connect("postgres")

    def _find_home(self) -> EmbeddedServer:
        for folder in Path(tempfile.gettempdir()).glob(f"{HOME_PREFIX}*"):
            server = EmbeddedServer(folder)
            with suppress(OSError, Unavailable):  # another's, or it goes at this moment
                if server.running_params() == self.params:
                    return server
        raise AssertionError("the private server has no home")

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection in autocommit mode."""
        return psycopg.connect(**self.params, dbname=database, autocommit=True)

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own; return its rows, if any."""
        with self.connect(database) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self) -> Iterator[str]:
        """Create a database for the length of a block; yield its name."""
        name = f"crash_{secrets.token_hex(4)}"
        self.admin.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
        yield name
        self.admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def crash(self) -> None:
        """Stop in immediate mode: every process ends at once, nothing is written."""
        postmaster = read_postmaster(data_folder(self._home.home))
        if postmaster is None:
            raise AssertionError("the server does not run")
        os.kill(postmaster.pid, signal.SIGQUIT)

    def start_again(self) -> None:
        """Wait until all processes of the crashed server are gone; recover."""
        deadline = time.monotonic() + SECONDS
        while self._home.is_running() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.params = self._home.start(self._binaries, durable=False)
        self.admin.close()
        self.admin = self.connect("postgres")

    def stop(self) -> None:
        """End it, with all its data."""
        self.admin.close()
        self._private.stop()
