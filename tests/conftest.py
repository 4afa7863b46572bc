"""Fixtures for all tests: a private server, started by the first test that asks for it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker
from xdist.scheduler import LoadGroupScheduling

from schema_tools.postgres.embedded.binaries import Binaries, find_binaries
from schema_tools.postgres.interruptible import InterruptibleConnection
from tests.selection import mark, scope_of

ALIAS = "scratch_test"
# Databases that are made for one test are made twice as fast in memory.
MEMORY = Path("/dev/shm")
ROOM = 4 << 30

# A test of something else must not find what another has built.
os.environ["SCHEMA_TOOLS_CACHE"] = ""
# Nor does what colours the output, or sets up sessions, where it runs matter to a test.
for _name in tuple(os.environ):
    if _name in {"FORCE_COLOR", "NO_COLOR", "DJANGO_COLORS"} or _name.startswith("PG"):
        del os.environ[_name]

# The same examples each time: who changes nothing sees nothing fail. The campaigns look further.
hypothesis.settings.register_profile("moderate", deadline=None, max_examples=100, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "moderate"))


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs where."""
    mark(items)


class Together(LoadGroupScheduling):
    """Gives each process what belongs together; marks of groups xdist 3.8 loses on pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(optionalhook=True)  # also where xdist is switched off
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """Let tests/selection.py say which tests one process runs."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@dataclass(frozen=True)
class Server:
    """The private server of this test process."""

    params: dict[str, Any]
    version: int
    """The version as psycopg gives it: 180006 is 18.6."""

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement on the database `postgres`; return the rows, if any."""
        with psycopg.connect(**self.params, dbname="postgres", autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, template: str = "template1") -> None:
        """Create a database; where nothing has to be durable, files are the fastest to copy."""
        strategy = "STRATEGY file_copy" if self.version >= 150000 else ""
        self.execute(f"CREATE DATABASE {database} TEMPLATE {template} {strategy}")


@dataclass(frozen=True)
class Database:
    """A fresh database, gone after the test."""

    name: str
    params: dict[str, Any]

    @property
    def url(self) -> str:
        """The same as a URL, for DATABASE_URL or psql."""
        host = quote(self.params["host"], safe="")
        return f"postgresql://{self.params['user']}@{host}:{self.params['port']}/{self.name}"

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection in autocommit mode, such as commands have; the caller closes it."""
        return InterruptibleConnection.connect(**self.params, autocommit=True)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL on a connection of its own; return the last statement's rows, if any."""
        with self.connect() as connection:
            cursor = connection.execute(sql)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The PostgreSQL programs that the tests run on; SCHEMA_TOOLS_TEST_BINDIR names others."""
    folder = os.environ.get("SCHEMA_TOOLS_TEST_BINDIR")
    return find_binaries(Path(folder) if folder else None)


@pytest.fixture(scope="session")
def server(binaries: Binaries) -> Server:
    """A server of this test process alone, which ends with it."""
    from schema_tools.postgres.embedded.private import private_server

    with pytest.MonkeyPatch.context() as patch:
        if _has_room(MEMORY):
            patch.setenv("TMPDIR", str(MEMORY))
        params = private_server(binaries).params
    with psycopg.connect(**params, dbname="postgres") as connection:
        return Server(params, connection.info.server_version)


def _has_room(folder: Path) -> bool:
    """Return whether a server and its programs can live in a folder of the system's memory."""
    if not os.access(folder, os.W_OK):
        return False
    facts = os.statvfs(folder)
    return not facts.f_flag & os.ST_NOEXEC and facts.f_bavail * facts.f_frsize > ROOM


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """An empty database with a random name."""
    name = f"test_{secrets.token_hex(6)}"
    server.create(name)
    yield Database(name, {**server.params, "dbname": name})
    server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def alias(database: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name under which Django knows `database`; connections are allowed."""
    connections.databases[ALIAS] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.name,
        "HOST": database.params["host"],
        "PORT": str(database.params["port"]),
        "USER": database.params["user"],
        "OPTIONS": {},
    }
    with django_db_blocker.unblock():
        yield ALIAS
        connections[ALIAS].close()
    del connections[ALIAS]
    del connections.databases[ALIAS]


@pytest.fixture(scope="session")
def django_db_setup(server: Server, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Build the database behind pytest-django's fixtures: first the SQL files, then Django's own.

    The files go to the server as they stand, as `psql -f` would send them.
    """
    wrapper = connections["default"]
    wrapper.close()
    wrapper.settings_dict["NAME"] = f"test_{wrapper.settings_dict['NAME']}"
    with django_db_blocker.unblock():
        wrapper.ensure_connection()
        for file in sorted(Path(settings.BASE_DIR, "migrations_sql").glob("[0-9]*.sql")):
            wrapper.connection.execute(file.read_text(encoding="utf-8"))
        call_command("migrate", verbosity=0)
        yield
        wrapper.close()
