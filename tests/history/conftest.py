"""psql as an oracle: what it sends when it runs a file, caught by a server that only listens."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schema_tools.postgres.embedded.binaries import Binaries

_PARAMETERS = {
    "client_encoding": "UTF8",
    "server_encoding": "UTF8",
    "server_version": "15.0",
    "standard_conforming_strings": "on",
}


class Listener:
    """A server that takes every query and does nothing, one client at a time."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.queries: list[str] = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(f"{folder}/.s.PGSQL.5432")
        self.socket.listen()

    def serve_one(self) -> None:
        """Answer one client until it leaves."""
        client, _address = self.socket.accept()
        with client, client.makefile("rwb") as stream:
            (length,) = struct.unpack("!I", stream.read(4))
            stream.read(length - 4)
            stream.write(_message(b"R", struct.pack("!I", 0)))
            for name, value in _PARAMETERS.items():
                stream.write(_message(b"S", f"{name}\0{value}\0".encode()))
            stream.write(_message(b"Z", b"I"))
            stream.flush()
            while (kind := stream.read(1)) == b"Q":
                (length,) = struct.unpack("!I", stream.read(4))
                self.queries.append(stream.read(length - 4)[:-1].decode())
                stream.write(_message(b"C", b"DONE\0") + _message(b"Z", b"I"))
                stream.flush()
            assert kind in {b"", b"X"}, kind


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


@pytest.fixture(scope="session")
def sent_by_psql(binaries: Binaries) -> Iterator[Callable[[str], list[str]]]:
    """Return a function: SQL text to the queries that `psql -f` sends for it."""
    folder = tempfile.mkdtemp(prefix="psql")  # a socket's path must be short
    listener = Listener(folder)
    file = Path(folder, "text.sql")
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10", "PSQLRC": os.devnull}

    def send(text: str) -> list[str]:
        file.write_text(text, encoding="utf-8", newline="")
        listener.queries.clear()
        thread = threading.Thread(target=listener.serve_one, daemon=True)
        thread.start()
        target = f"host={folder} port=5432 user=nobody dbname=none sslmode=disable"
        subprocess.run(
            [binaries.program("psql"), "-X", "-q", "-f", str(file), target],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        thread.join(timeout=10)
        return list(listener.queries)

    yield send
    listener.socket.close()
    with contextlib.suppress(OSError):
        shutil.rmtree(folder)
