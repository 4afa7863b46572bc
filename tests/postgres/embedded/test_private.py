"""A private server ends with the process that it is for, however that ends."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import Binaries
from schema_tools.postgres.embedded.private import PrivateServer
from tests.postgres.embedded.processes import execute, is_alive, python, wait_for

pytestmark = pytest.mark.db

# Tells where the server is, then waits for a line of input, or to be killed.
OWNER = """
import json, sys
from pathlib import Path
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import private_server

params = private_server(find_binaries(Path(sys.argv[1]))).params
print(json.dumps(params), flush=True)
sys.stdin.readline()
"""


def _facts(params: dict[str, object]) -> tuple[int, Path]:
    """Return the server's pid and its home."""
    sql = """
        SELECT current_setting('data_directory'),
               split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int
    """
    [(data, pid)] = execute(params, sql)
    return pid, Path(data).parent


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, None])
def test_it_ends_with_its_owner(sent, binaries):
    owner = python(OWNER, binaries.folder, stdin=subprocess.PIPE)
    params = json.loads(owner.stdout.readline())
    pid, home = _facts(params)
    if sent:
        owner.send_signal(sent)
    owner.communicate("\n" if sent is None else None)
    wait_for(lambda: not is_alive(pid), "end of the private server")
    wait_for(lambda: not home.exists(), "end of its data")
    assert not Path(params["host"]).exists()


def test_it_ends_with_an_owner_that_is_killed_while_it_starts(binaries, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    owner = python(OWNER, binaries.folder, stdin=subprocess.PIPE)
    wait_for(lambda: list(tmp_path.iterdir()), "the private server's home")
    owner.kill()
    owner.communicate()
    wait_for(lambda: not list(tmp_path.iterdir()), "end of the private server's home")


def test_it_ends_when_its_guard_is_asked_to(binaries):
    server = PrivateServer(binaries)
    pid, home = _facts(server.params)
    server._guard.terminate()
    assert server._guard.wait() == 143
    assert not is_alive(pid)
    assert not home.exists()
    server.stop()


def test_it_can_be_stopped_before(binaries):
    server = PrivateServer(binaries)
    pid, home = _facts(server.params)
    server.stop()
    assert not is_alive(pid)
    assert not home.exists()


def test_each_is_a_server_of_its_own(server, binaries):
    other = PrivateServer(binaries)
    try:
        assert other.params["host"] != server.params["host"]
    finally:
        other.stop()


def test_one_that_cannot_start_is_an_error_that_says_why(tmp_path):
    with pytest.raises(Unavailable, match="it lacks initdb, postgres, pg_ctl") as caught:
        PrivateServer(Binaries(tmp_path, 18))
    assert "pg_config --bindir" in caught.value.hint
