"""No more connections, and no more room."""

from __future__ import annotations

import os
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from schema_tools.postgres.interruptible import InterruptibleConnection

pytestmark = pytest.mark.db

TABLE = "BEGIN;\nCREATE TABLE first (id int);\nCOMMIT;\n-- DOWN\n-- DROP TABLE first;\n"
INDEX = (
    "CREATE INDEX CONCURRENTLY first_id ON first (id);\n"
    "-- DOWN\n-- DROP INDEX CONCURRENTLY first_id;\n"
)
BIG = "INSERT INTO {0} SELECT repeat('x', 1000) FROM generate_series(1, 20000);"
TABLESPACE_MIB = 4


def refused(result) -> None:
    assert result.code == 3, (result.out, result.err)
    assert "too many connections" in result.err
    assert "→ Let other sessions end" in result.err
    assert "Traceback" not in result.err


@contextmanager
def taken(database, role: str, count: int) -> Iterator[None]:
    """Hold some of the role's connections."""
    params = {**database.params, "user": role}
    held = [psycopg.connect(**params) for _ in range(count)]
    try:
        yield
    finally:
        for connection in held:
            connection.close()


def until_gone(server, role: str, database) -> None:
    """Wait until no session counts any more: one does until its process has ended."""
    query = (
        f"SELECT 1 FROM pg_stat_activity WHERE usename = '{role}' OR datname = '{database.name}'"
    )
    deadline = time.monotonic() + 120
    while server.execute(query):
        assert time.monotonic() < deadline, "a session stays"
        time.sleep(0.02)


@pytest.mark.parametrize("free", [0, 1])
@pytest.mark.parametrize("whose", ["role", "database"])
def test_an_apply_that_gets_too_few_connections_does_nothing(project, role, server, free, whose):
    """Its first connection fails, or its second; with two it works."""
    name = role if whose == "role" else project.database.name
    server.execute(f"ALTER {whose} {name} CONNECTION LIMIT 3")
    project.write("001_first", TABLE)
    project.write("002_index", INDEX)
    until_gone(server, role, project.database)
    with taken(project.database, role, 3 - free):
        refused(project.run("sqlmigrate_apply"))
    assert project.tables() == set()
    assert project.applied() == []
    until_gone(server, role, project.database)
    with taken(project.database, role, 1):
        result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.applied() == ["001_first", "002_index"]


def test_a_rollback_that_gets_too_few_connections_does_nothing(project, role, server):
    project.write("001_first", TABLE)
    assert project.run("sqlmigrate_apply").code == 0
    server.execute(f"ALTER ROLE {role} CONNECTION LIMIT 1")
    refused(project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss"))
    assert project.applied() == ["001_first"]
    assert project.tables() == {"first"}


@pytest.mark.parametrize(
    "command",
    [
        ("sqlmigrate_status",),
        ("validate_schema",),
        ("schema_snapshot", "--of", "database"),
        ("sqlmigrate_create", "more", "--from-database", "--dry-run"),
    ],
    ids=" ".join,
)
def test_a_command_that_reads_says_that_there_are_no_connections(project, role, server, command):
    server.execute(f"ALTER ROLE {role} CONNECTION LIMIT 1")
    project.write("001_first", TABLE)
    with taken(project.database, role, 1):
        refused(project.run(*command))


@pytest.fixture
def most(monkeypatch) -> Callable[[], int]:
    """Count here how many connections are open at once: the server has closed ones for a while."""
    held, counts, lock = [], [0], threading.Lock()

    def counted(connect):
        def counting(*arguments, **more):
            connection = connect(*arguments, **more)
            with lock:
                held[:] = [*(each for each in held if not each.closed), connection]
                counts.append(len(held))
            return connection

        return counting

    for opens in (psycopg, InterruptibleConnection):  # Django's, and our own
        monkeypatch.setattr(opens, "connect", counted(opens.connect))
    return lambda: max(counts)


def test_a_validation_takes_five_connections_at_the_most(project, role, server, most):
    server.execute(f"ALTER ROLE {role} CREATEDB")
    project.write(
        "001_first",
        "BEGIN;\nCREATE TABLE first (id int CHECK (id > 0));\n"
        "CREATE VIEW second AS SELECT id + 1 AS one FROM first;\nCOMMIT;\n",
    )
    assert project.run("sqlmigrate_apply").code == 0
    with psycopg.connect(**{**project.database.params, "user": role}) as connection:
        connection.execute("CREATE OR REPLACE VIEW second AS SELECT id + 2 AS one FROM first")
        connection.execute("ALTER TABLE first ADD CHECK (id < 9), ADD COLUMN more int")
    assert most() < 5
    for _ in range(5):
        result = project.run("validate_schema", "--no-cache")
        assert result.code == 1, (result.out, result.err)
        assert "second" in result.out
        assert 2 < most() <= 5


def test_connections_that_the_server_keeps_for_superusers(project, role, server):
    """The server's own limit: what is left is for superusers."""
    project.write("001_first", TABLE)
    params = {**project.database.params, "user": role}
    with ExitStack() as held:
        taking = (held.enter_context(closing(psycopg.connect(**params))) for _ in range(1000))
        with pytest.raises(psycopg.OperationalError, match="remaining connection slots"):
            tuple(taking)
        result = project.run("sqlmigrate_apply")
    assert result.code == 3
    assert "→ Let other sessions end" in result.err
    assert project.tables() == set()


@dataclass(frozen=True)
class Disk:
    """A disk of a few MiB, and the tablespace on it."""

    tablespace: str
    place: Path

    def grow(self) -> None:
        mount(f"remount,size={8 * TABLESPACE_MIB}m", self.place).check_returncode()


def mount(options: str, place: Path) -> subprocess.CompletedProcess[str]:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def small(project, server, tmp_path_factory) -> Iterator[Disk]:
    """A tablespace on a disk of its own, of a few MiB."""
    place = tmp_path_factory.mktemp("disk")
    mounted = mount(f"size={TABLESPACE_MIB}m,mode=777", place)
    if mounted.returncode:
        pytest.skip(f"NOT RUN: no small disk can be mounted here: {mounted.stderr.strip()}")
    name = f"small_{secrets.token_hex(4)}"
    owner = Path(server.params["host"]).stat()
    try:
        _let_in(place, owner.st_uid, owner.st_gid)
        server.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'")
        yield Disk(name, place)
        project.database.execute("DROP TABLE IF EXISTS small, filled, kept")
        server.execute(f"DROP TABLESPACE {name}")
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _let_in(place: Path, uid: int, gid: int) -> None:
    """Give the folder to who runs the server, and let that through to it."""
    os.chown(place, uid, gid)
    for parent in place.parents:
        if parent != Path("/") and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)


def test_a_full_disk_fails_the_file_and_leaves_nothing_of_it(project, small):
    project.write("001_kept", TABLE.replace("first", "kept"))
    project.write(
        "002_filled",
        f"BEGIN;\nCREATE TABLE filled (text text) TABLESPACE {small.tablespace};\n"
        f"{BIG.format('filled')}\nCOMMIT;\n",
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "53100" in result.err
    assert "No space left on device" in result.err
    assert "→ Make room on the server's disk" in result.err
    assert "nothing of this file was applied; applied files: 001_kept" in result.err
    assert project.tables() == {"kept"}
    assert project.applied() == ["001_kept"]
    project.write("002_filled", "BEGIN;\nCREATE TABLE filled (text text);\nCOMMIT;\n")
    assert project.run("sqlmigrate_apply").code == 0


def test_a_full_disk_in_a_concurrent_build_is_gone_on_with_once_there_is_room(project, small):
    project.write("001_small", "BEGIN;\nCREATE TABLE small (text text);\nCOMMIT;\n")
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute(
        "INSERT INTO small SELECT md5(i::text) || md5((i + 1)::text) "
        "FROM generate_series(1, 60000) i"
    )
    index = "CREATE INDEX CONCURRENTLY small_text ON small (text)"
    project.write("002_index", f"{index} TABLESPACE {small.tablespace};\n")
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "53100" in result.err
    small.grow()
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert project.database.execute(invalid) == [(0,)]
    assert project.applied() == ["001_small", "002_index"]
