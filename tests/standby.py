"""A hot standby of a test server."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from schema_tools.postgres.embedded.binaries import Binaries
from schema_tools.postgres.embedded.server import EmbeddedServer
from schema_tools.postgres.embedded.unprivileged import make_place

SECONDS = 30


@contextmanager
def standby_of(primary: dict[str, Any], binaries: Binaries) -> Iterator[dict[str, Any]]:
    """Copy a server, let the copy follow it, and yield libpq's parameters of the copy."""
    server = EmbeddedServer(Path(tempfile.mkdtemp(prefix="schema_tools-standby-")))
    (server.home / "lock").touch(mode=0o600)
    place = make_place(server.home, binaries)
    command = [
        *place.account.prefix,
        binaries.program("pg_basebackup"),
        f"--pgdata={place.data}",
        f"--host={primary['host']}",
        f"--port={primary['port']}",
        f"--username={primary['user']}",
        "--checkpoint=fast",
        "--no-sync",
        "--write-recovery-conf",
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, **place.account.options())
        with (place.data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            # A query that waits for what is replayed, while that waits for the query.
            settings.write("max_standby_streaming_delay = '500ms'\n")
        yield server.start(binaries, durable=False)
    finally:
        server.remove()


def caught_up(primary: dict[str, Any], standby: dict[str, Any]) -> None:
    """Wait until the standby has all that the primary has done so far."""
    with (
        psycopg.connect(**primary, dbname="postgres", autocommit=True) as ahead,
        psycopg.connect(**standby, dbname="postgres", autocommit=True) as behind,
    ):
        place = ahead.execute("SELECT pg_switch_wal(), pg_current_wal_insert_lsn()").fetchone()
        query = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            row = behind.execute(query, (place[0],)).fetchone()
            if row and row[0]:
                return
            time.sleep(0.02)
    raise TimeoutError(f"the standby has not caught up in {SECONDS} seconds")
