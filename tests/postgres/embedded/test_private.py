"""A private server ends with the process that it is for, however that ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import Binaries
from schema_tools.postgres.embedded.postmaster import listens
from schema_tools.postgres.embedded.private import HOME_PREFIX, PrivateServer, remove_orphans
from tests.interrupts import heed_interrupts
from tests.postgres.embedded.processes import execute, is_alive, kill, python, wait_for

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


def test_who_interrupts_the_waiting_at_exit_is_told_nothing_and_nothing_stays(binaries):
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    owner = python(OWNER, binaries.folder, preexec_fn=heed_interrupts, **pipes)
    params = json.loads(owner.stdout.readline())
    pid, home = _facts(params)
    guard = _guard_of(owner)
    os.kill(guard, signal.SIGSTOP)
    try:
        opened = _descriptors(owner)
        owner.stdin.write("\n")
        owner.stdin.flush()
        wait_for(lambda: _descriptors(owner) < opened, "the owner's parting from its guard")
        owner.send_signal(signal.SIGINT)
        owner.wait(timeout=120)
    finally:
        os.kill(guard, signal.SIGCONT)
    assert owner.communicate()[1] == ""  # which the guard could have written to, too
    wait_for(lambda: not is_alive(pid), "end of the private server")
    wait_for(lambda: not home.exists(), "end of its data")


def _guard_of(owner: subprocess.Popen[str]) -> int:
    asked = ["ps", "-o", "pid=", "--ppid", str(owner.pid)]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def _descriptors(owner: subprocess.Popen[str]) -> int:
    return len(list(Path(f"/proc/{owner.pid}/fd").iterdir()))


def test_it_ends_when_its_guard_is_asked_to(binaries):
    server = PrivateServer(binaries)
    pid, home = _facts(server.params)
    server._guard.terminate()
    assert server._guard.wait() == 143
    wait_for(lambda: not is_alive(pid), "end of the server")
    assert not home.exists()
    server.stop()


def test_it_can_be_stopped_before(binaries):
    server = PrivateServer(binaries)
    pid, home = _facts(server.params)
    server.stop()
    wait_for(lambda: not is_alive(pid), "end of the server")
    assert not home.exists()


# Asks for the server before and after something happened to it, and in a forked child.
ASKS_AGAIN = """
import json, os, sys
from pathlib import Path
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import private_server

binaries = find_binaries(Path(sys.argv[1]))
first = private_server(binaries)
print(json.dumps([first._guard.pid, first.params]), flush=True)
sys.stdin.readline()
print(json.dumps(private_server(binaries).params), flush=True)
if os.fork() == 0:
    print(json.dumps(private_server(binaries).params), flush=True)
    os._exit(0)
os.wait()
sys.stdin.readline()
"""


@pytest.fixture
def asker(binaries, tmp_path, monkeypatch) -> Iterator[Asker]:
    """A process that has its private server, in a folder for temporary files of its own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = python(ASKS_AGAIN, binaries.folder, stdin=subprocess.PIPE)
    guard, params = json.loads(process.stdout.readline())
    yield Asker(process, guard, params)
    process.communicate()


@dataclass(frozen=True)
class Asker:
    """The process, the pid of its guard, and what it was told about its server."""

    process: subprocess.Popen[str]
    guard: int
    params: dict[str, object]

    def asks_again(self) -> tuple[dict[str, object], dict[str, object]]:
        """Return what the process is told when it asks once more, and what its child is told."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        own, childs = self.process.stdout.readline(), self.process.stdout.readline()
        return json.loads(own), json.loads(childs)


def test_it_is_the_same_at_each_call_and_in_a_forked_child(asker):
    assert asker.asks_again() == (asker.params, asker.params)
    assert execute(asker.params, "SELECT 1") == [(1,)]


def test_one_whose_guard_was_stopped_is_started_anew(asker):
    os.kill(asker.guard, signal.SIGTERM)
    wait_for(lambda: not is_alive(asker.guard), "end of the guard")
    params, _childs = asker.asks_again()
    assert params != asker.params
    assert execute(params, "SELECT 1") == [(1,)]


def test_one_that_was_killed_is_started_anew(asker):
    pid, _home = _facts(asker.params)
    kill(pid)
    # A process that it has just forked may still have its socket.
    socket = Path(asker.params["host"]), asker.params["port"]
    wait_for(lambda: not listens(*socket), "end of the last that has the socket")
    params, _childs = asker.asks_again()
    assert execute(params, "SELECT 1") == [(1,)]


def test_one_whose_guard_was_killed_is_removed_by_the_next_of_the_same_user(asker, tmp_path):
    pid, home = _facts(asker.params)
    kill(asker.guard)
    assert is_alive(pid)
    params, _childs = asker.asks_again()
    wait_for(lambda: not is_alive(pid), "end of the server that nobody guards")
    wait_for(lambda: not home.exists(), "end of its data")
    assert not Path(asker.params["host"]).exists()
    assert execute(params, "SELECT 1") == [(1,)]
    assert len(list(tmp_path.glob(f"{HOME_PREFIX}*"))) == 1


def test_homes_with_a_guard_or_before_they_have_one_are_left_alone(
    binaries, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"{HOME_PREFIX}new").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "guard").touch()
    (tmp_path / f"{HOME_PREFIX}link").symlink_to(tmp_path / "elsewhere")
    other = PrivateServer(binaries)
    try:
        before = set(tmp_path.iterdir())
        remove_orphans()
        assert set(tmp_path.iterdir()) == before
        assert execute(other.params, "SELECT 1") == [(1,)]
    finally:
        other.stop()


def test_homes_of_other_users_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = tmp_path / f"{HOME_PREFIX}anothers"
    home.mkdir()
    (home / "guard").touch()
    with monkeypatch.context() as patch:
        patch.setattr("os.geteuid", lambda: os.getuid() + 1)
        remove_orphans()
    assert home.exists()
    remove_orphans()
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
