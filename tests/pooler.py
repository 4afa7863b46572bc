"""PgBouncer before a test server."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from schema_tools.postgres.embedded.binaries import Binaries
from schema_tools.postgres.embedded.unprivileged import make_place

PORT = 6432
SECONDS = 20
# Debian puts it where an ordinary user's PATH does not lead.
PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def pooler_before(
    server: dict[str, Any], binaries: Binaries, mode: str
) -> Iterator[dict[str, Any]]:
    """Start a pooler in that mode, and yield libpq's parameters for it; the user is the server's.

    Like the server it does not run as root, and has the same access to the server's socket.
    """
    home = Path(tempfile.mkdtemp(prefix="schema_tools-pooler-"))
    (home / "lock").touch()
    account = make_place(home, binaries).account
    configuration = home / "pgbouncer.ini"
    configuration.write_text(
        f"""[databases]
* = host={server["host"]} port={server["port"]} user={server["user"]}
[pgbouncer]
unix_socket_dir = {home}
listen_port = {PORT}
auth_type = any
pool_mode = {mode}
default_pool_size = 5
server_lifetime = 5
""",
        encoding="utf-8",
    )
    for path in (home, configuration):
        account.give(path)
    process = subprocess.Popen(
        [*account.prefix, str(PROGRAM), "-q", str(configuration)],
        stderr=subprocess.PIPE,
        text=True,
        **account.options(),
    )
    params = {"host": str(home), "port": PORT, "user": server["user"]}
    try:
        _wait(process, params)
        yield params
    finally:
        process.kill()
        process.communicate()
        shutil.rmtree(home)


def _wait(process: subprocess.Popen[str], params: dict[str, Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            psycopg.connect(**params, dbname="postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"no pooler: {process.communicate()[1]}") from None
            time.sleep(0.05)
        else:
            return
