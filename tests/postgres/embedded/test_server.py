"""The life of an embedded server: started once, shared, stopped, found again after accidents."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded import postmaster
from schema_tools.postgres.embedded import server as module
from schema_tools.postgres.embedded.__main__ import main
from schema_tools.postgres.embedded.binaries import Binaries
from schema_tools.postgres.embedded.cluster import initdb, launch
from schema_tools.postgres.embedded.postmaster import (
    Postmaster,
    make_socket_folder,
    read_postmaster,
)
from schema_tools.postgres.embedded.server import EmbeddedServer
from schema_tools.postgres.embedded.unprivileged import Account, Place, data_folder, make_place
from tests.postgres.embedded.processes import execute, is_alive, kill, pid_of, python, wait_for

pytestmark = pytest.mark.db

START = """
import json, sys
from pathlib import Path
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.server import EmbeddedServer

params = EmbeddedServer(Path(sys.argv[1])).start(find_binaries(Path(sys.argv[2])))
print(json.dumps(params), flush=True)
sys.stdin.read()
"""


def test_it_speaks_utf8_sorts_by_code_point_and_stores_durably(embedded, binaries):
    params = embedded.start(binaries)
    facts = """
        SELECT pg_encoding_to_char(encoding), current_setting('fsync'),
               'Z' < 'a', 'z' < 'ä', upper('ä'), to_tsvector('dogs')::text
          FROM pg_database WHERE datname = 'template1'
    """
    assert execute(params, facts) == [("UTF8", "on", True, True, "Ä", "'dog':1")]


def test_its_socket_is_private_and_it_listens_nowhere_else(embedded, binaries):
    params = embedded.start(binaries)
    folder = Path(params["host"])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700
    assert execute(params, "SHOW listen_addresses") == [("",)]
    if sys.platform == "linux":
        assert not _tcp_sockets() & _open_sockets(pid_of(embedded))


def _tcp_sockets() -> set[str]:
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    lines = [line for table in tables if table.exists() for line in table.read_text().splitlines()]
    return {f"socket:[{line.split()[9]}]" for line in lines if "inode" not in line}


def _open_sockets(pid: int) -> set[str]:
    links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    sockets = {link for link in links if link.startswith("socket:")}
    assert sockets, "the Unix socket at least"
    return sockets


def test_a_second_start_shares_the_running_server(embedded, binaries):
    params = embedded.start(binaries)
    pid = pid_of(embedded)
    assert EmbeddedServer(embedded.home).start(binaries) == params
    assert pid_of(embedded) == pid


def test_processes_that_start_it_at_once_share_one_server(embedded, binaries):
    starters = [
        python(START, embedded.home, binaries.folder, stdin=subprocess.PIPE) for _ in range(3)
    ]
    answers = [json.loads(starter.stdout.readline()) for starter in starters]
    for starter in starters:
        starter.communicate()
        assert starter.returncode == 0
    assert answers == [embedded.running_params()] * 3


def test_it_outlives_the_process_that_started_it_even_when_that_is_killed(embedded, binaries):
    starter = python(START, embedded.home, binaries.folder, stdin=subprocess.PIPE)
    params = json.loads(starter.stdout.readline())
    starter.kill()
    starter.communicate()
    assert embedded.running_params() == params
    assert execute(params, "SELECT 1") == [(1,)]


def test_stop_ends_it_whatever_its_clients_do_and_start_finds_the_data_again(embedded, binaries):
    params = embedded.start(binaries)
    execute(params, "CREATE TABLE kept AS SELECT 42 AS answer")
    pid, folder = pid_of(embedded), Path(params["host"])
    assert embedded.stop()
    wait_for(lambda: not is_alive(pid), "end of the server")
    assert not folder.exists()
    assert not embedded.is_running()
    assert execute(embedded.start(binaries), "SELECT answer FROM kept") == [(42,)]


def test_stop_of_a_server_that_does_not_run_does_nothing(embedded, binaries):
    assert not embedded.stop()
    assert not embedded.home.exists()
    embedded.start(binaries)
    assert embedded.stop()
    assert not embedded.stop()


def test_a_server_that_was_killed_is_started_again_with_its_data(embedded, binaries):
    params = embedded.start(binaries)
    execute(params, "CREATE TABLE kept AS SELECT 42 AS answer")
    kill(pid_of(embedded))
    # A process that it has just forked may still have its socket.
    wait_for(lambda: not embedded.is_running(), "end of the last that has the socket")
    after = embedded.start(binaries)
    assert execute(after, "SELECT answer FROM kept") == [(42,)]
    assert not Path(params["host"]).exists()


@pytest.fixture
def other_program():
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    assert process.poll() is None, "somebody ended a program that has nothing to do with it"
    process.kill()
    process.wait()


def test_a_pid_file_from_before_a_reboot_is_not_believed(embedded, binaries, other_program):
    """The pid belongs to another program by now."""
    embedded.start(binaries)
    pid_file = data_folder(embedded.home) / "postmaster.pid"
    left = pid_file.read_text()
    embedded.stop()
    pid_file.write_text(left.replace(left.split()[0], str(other_program), 1))
    assert not embedded.is_running()
    assert not embedded.stop()
    pid_file.write_text(left.replace(left.split()[0], str(other_program), 1))
    embedded.start(binaries)
    assert pid_of(embedded) != other_program


def test_an_initdb_that_was_cut_off_is_done_again(embedded, binaries):
    embedded.start(binaries)
    embedded.stop()
    data = data_folder(embedded.home)
    unfinished = data.with_name("pgdata.unfinished")
    data.rename(unfinished)
    (unfinished / "postgresql.conf").unlink()
    embedded.start(binaries)
    assert not unfinished.exists()


def test_a_server_whose_socket_was_deleted_can_be_stopped(embedded, binaries):
    params = embedded.start(binaries)
    pid = pid_of(embedded)
    shutil.rmtree(params["host"])
    assert not embedded.is_running()
    assert embedded.stop()
    wait_for(lambda: not is_alive(pid), "end of the server")


@pytest.mark.parametrize("name", ["with a space", "n" * 150, "quo\"te $HOME `id` 'äß"])
def test_its_home_may_have_any_name(name, tmp_path, binaries):
    embedded = EmbeddedServer(tmp_path / name / ".embedded")
    try:
        params = embedded.start(binaries)
        assert execute(params, "SHOW data_directory") == [(str(data_folder(embedded.home)),)]
    finally:
        embedded.remove()
    assert not embedded.home.exists()


def test_it_loosens_no_folder(tmp_path, binaries):
    parent = tmp_path / "project"
    parent.mkdir(mode=0o700)
    embedded = EmbeddedServer(parent / ".embedded")
    watched = [*parent.parents, parent, *binaries.folder.parents, *binaries.folder.iterdir()]
    before = {path: (path.stat().st_mode, path.stat().st_uid) for path in watched}
    try:
        embedded.start(binaries)
        assert {path: (path.stat().st_mode, path.stat().st_uid) for path in watched} == before
        assert embedded.home.stat().st_mode & 0o777 == 0o700
        assert data_folder(embedded.home).stat().st_mode & 0o777 == 0o700
    finally:
        embedded.remove()


def test_a_copied_home_is_a_server_of_its_own(embedded, tmp_path, binaries):
    params = embedded.start(binaries)
    copy = EmbeddedServer(tmp_path / "copy")
    subprocess.run(["cp", "-a", embedded.home, copy.home], check=False)
    # It may have missed a file that the server renamed meanwhile.
    assert (data_folder(copy.home) / "PG_VERSION").is_file()
    try:
        assert not copy.is_running()
        assert copy.start(binaries)["host"] != params["host"]
        assert embedded.running_params() == params
    finally:
        copy.remove()
    assert execute(params, "SELECT 1") == [(1,)]


def test_data_of_another_major_version_are_refused_with_the_ways_out(embedded, binaries):
    embedded.start(binaries)
    embedded.stop()
    (data_folder(embedded.home) / "PG_VERSION").write_text("9\n")
    with pytest.raises(
        Unavailable, match=r"made by PostgreSQL 9, and the programs here"
    ) as caught:
        embedded.start(binaries)
    assert f"Delete {embedded.home}" in caught.value.hint
    assert "DATABASE_URL" in caught.value.hint


def test_a_start_that_fails_shows_the_end_of_the_log(embedded, binaries):
    embedded.start(binaries)
    embedded.stop()
    with (data_folder(embedded.home) / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(Unavailable, match="did not start") as caught:
        embedded.start(binaries)
    assert 'unrecognized configuration parameter "no_such_setting"' in str(caught.value)
    assert str(embedded.log) in caught.value.hint
    assert not (embedded.home / "socket").is_symlink()


def test_a_start_that_hangs_is_given_up(embedded, binaries, monkeypatch):
    embedded.start(binaries)
    pid = pid_of(embedded)
    monkeypatch.setattr(module, "START_TIMEOUT", 0.3)
    pid_file = data_folder(embedded.home) / "postmaster.pid"
    ready = pid_file.read_text()
    pid_file.write_text(ready.replace("ready", "starting"))
    with pytest.raises(Unavailable, match=r"did not come up in 0 seconds"):
        embedded.start(binaries)
    assert embedded.stop()
    wait_for(lambda: not is_alive(pid), "end of the server")


def test_a_stop_that_hangs_is_given_up(embedded, binaries, monkeypatch):
    embedded.start(binaries)
    os.kill(pid_of(embedded), signal.SIGSTOP)
    monkeypatch.setattr(module, "STOP_TIMEOUT", 0.3)
    with pytest.raises(Unavailable, match=r"did not stop in 0 seconds"):
        embedded.stop()
    os.kill(pid_of(embedded), signal.SIGCONT)
    monkeypatch.undo()
    wait_for(lambda: not embedded.is_running(), "the end of the server")


def test_a_server_that_another_program_started_is_left_alone(embedded, binaries):
    embedded.start(binaries)
    embedded.stop()
    place = make_place(embedded.home, binaries)
    folder = make_socket_folder("schema_tools-test-", place.account)
    settings = (f"unix_socket_directories={folder}", "listen_addresses=")
    with (embedded.home / "other.log").open("wb") as log, Path(os.devnull).open() as no_lock:
        launch(place, no_lock.fileno(), settings=settings, log=log.fileno())
    wait_for(lambda: _is_ready(embedded), "the other program's server")
    try:
        with pytest.raises(Unavailable, match="another program started the PostgreSQL in"):
            embedded.start(binaries)
    finally:
        pid = pid_of(embedded)
        os.kill(pid, signal.SIGINT)
        wait_for(lambda: not is_alive(pid), "end of the other program's server")
        folder.rmdir()


def _is_ready(embedded: EmbeddedServer) -> bool:
    found = read_postmaster(data_folder(embedded.home))
    return found is not None and found.status == "ready"


@pytest.mark.parametrize("text", ["", "garbage\n" * 8, "-17\n/data\n1\n5432\n/tmp\n\n1\nready"])
def test_a_pid_file_that_makes_no_sense_counts_as_none(tmp_path, text):
    (tmp_path / "postmaster.pid").write_text(text)
    assert read_postmaster(tmp_path) is None


def test_a_home_that_is_another_users_is_refused(embedded, monkeypatch, binaries):
    embedded.home.mkdir()
    owner = embedded.home.stat().st_uid
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: owner + 4711)
        with pytest.raises(Unavailable, match="belongs to another user") as caught:
            embedded.start(binaries)
    assert "delete the folder" in caught.value.hint


def test_a_home_that_others_may_write_to_is_refused(embedded, binaries):
    embedded.home.mkdir()
    embedded.home.chmod(0o777)
    with pytest.raises(Unavailable, match="others may write to") as caught:
        embedded.start(binaries)
    assert f"chmod 700 '{embedded.home}'" in caught.value.hint


def test_a_home_that_cannot_be_made_is_an_error_with_a_hint(tmp_path, binaries):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot keep its data") as caught:
        EmbeddedServer(tmp_path / "file" / "home").start(binaries)
    assert "DATABASE_URL" in caught.value.hint


def test_a_socket_folder_that_was_opened_to_others_is_refused(embedded, binaries):
    folder = Path(embedded.start(binaries)["host"])
    folder.chmod(0o755)
    with pytest.raises(Unavailable, match="not private"):
        embedded.start(binaries)


def test_the_programs_hold_no_lock_that_python_gave_away(embedded, binaries):
    """After a stop the lock can be had at once: neither initdb nor a shell has kept it."""
    embedded.start(binaries)
    embedded.stop()
    with embedded._lock() as lock:
        assert lock is not None


def test_make_stop_and_make_clean_have_a_command(embedded, binaries):
    embedded.start(binaries)
    assert main(["stop", str(embedded.home)]) == 0
    assert not embedded.is_running()
    assert main(["remove", str(embedded.home)]) == 0
    assert not embedded.home.exists()


def test_that_command_says_what_is_wrong(embedded, monkeypatch, capsys):
    embedded.home.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: 4711)
        assert main(["stop", str(embedded.home)]) == 3
    assert "belongs to another user\nRun this as its owner" in capsys.readouterr().err


def test_a_dead_socket_refuses_while_a_living_one_answers(tmp_path):
    folder = Path(os.path.relpath(tmp_path))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / ".s.PGSQL.5432"))
        listener.listen()
        found = Postmaster(1, tmp_path, 5432, folder, "ready")
        assert found.answers()
    assert not found.answers()


def test_an_initdb_that_fails_is_shown_and_leaves_nothing_to_be_taken_for_data(embedded, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "initdb").write_text("#!/bin/sh\necho 'initdb: error: no room' >&2\nexit 1\n")
    (programs / "initdb").chmod(0o755)
    tmp_path.chmod(0o755)
    with pytest.raises(Unavailable, match=r"initdb could not make .*\n  initdb: error: no room"):
        embedded.start(Binaries(programs, 18))
    assert not data_folder(embedded.home).exists()


def test_a_program_that_is_gone_is_an_error_with_a_hint(tmp_path):
    place = Place(tmp_path, tmp_path / "pgdata", Account(), Binaries(tmp_path, 18))
    expected = pytest.raises(Unavailable, match=r"initdb cannot be started: .*No such")
    with (tmp_path / "lock").open("wb") as lock, expected as caught:
        initdb(place, lock.fileno())
    assert "DATABASE_URL" in caught.value.hint


def test_a_lock_that_cannot_be_opened_is_an_error_with_a_hint(embedded, binaries):
    (embedded.home / "lock").mkdir(parents=True)
    with pytest.raises(Unavailable, match="cannot keep its data") as caught:
        embedded.start(binaries)
    assert "DATABASE_URL" in caught.value.hint
    (embedded.home / "lock").rmdir()


def test_a_socket_needs_a_short_folder(tmp_path, monkeypatch):
    long = tmp_path / ("n" * 100)
    long.mkdir()
    monkeypatch.setattr(postmaster, "SHORT_FOLDERS", (tmp_path / "is not there",))
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(Unavailable, match="no folder for the embedded PostgreSQL's socket"):
        make_socket_folder("schema_tools-test-", Account())
