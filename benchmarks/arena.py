"""A generated project of one size, its databases, and what is measured on them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.measure import Run, run, seconds_of
from benchmarks.project import write_project
from schema_tools.history.directory import read_directory
from schema_tools.postgres.embedded.binaries import Binaries
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.replay import Replayer

ROOT = Path(__file__).resolve().parent.parent
LIVE, COPY, EMPTY = "live", "copy", "empty"


@dataclass(frozen=True, slots=True)
class Arena:
    """A project in a folder, whose files are applied to the database ``live``."""

    folder: Path
    binaries: Binaries
    params: dict[str, Any]
    peers: Path | None

    def environment(self, database: str = LIVE) -> dict[str, str]:
        """Return the variables by which programs find a database."""
        return {
            "PGHOST": str(self.params["host"]),
            "PGPORT": str(self.params["port"]),
            "PGUSER": str(self.params["user"]),
            "PGDATABASE": database,
            "PYTHONPATH": str(ROOT),
            "SCHEMA_TOOLS_CACHE": str(self.folder / "cache"),
            "PYTHONDONTWRITEBYTECODE": "",  # else all models are compiled at each start
        }

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """Open a connection as the tool does: in autocommit mode, nothing prepared."""
        return psycopg.connect(
            **self.params, dbname=database, autocommit=True, prepare_threshold=None
        )

    def anew(self, database: str) -> None:
        """Make an empty database, in place of one that may be there."""
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {database}".encode())

    def python(self, *words: str, database: str = LIVE) -> Run:
        """Run a program of the project with the Python of this one."""
        environment = self.environment(database)
        return run([sys.executable, *words], folder=self.folder, environment=environment)

    def manage(self, *words: str) -> Run:
        """Run a command of manage.py."""
        return self.python("manage.py", *words)

    def forget(self) -> None:
        """Remove what is cached."""
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def program(self, name: str, *words: str, database: str = LIVE) -> float:
        """Return how long one of the server's own programs takes."""
        command = [self.binaries.program(name), *words]
        environment = self.environment(database)
        return run(command, folder=self.folder, environment=environment).seconds

    def dump(self) -> float:
        """Return how long pg_dump takes for the schema."""
        return self.program("pg_dump", "--schema-only")

    def check(self) -> float:
        """Return how long Django's own check takes."""
        return self.manage("check").seconds

    def read(self) -> float:
        """Return how long reading the schema takes, the connection included."""

        def connect_and_read() -> None:
            with self.connect(LIVE) as connection:
                read_schema(connection, ("public",))

        return seconds_of(connect_and_read)

    def validate_warm(self) -> float:
        """Return how long a validation takes whose cache is filled."""
        return self.manage("validate_schema").seconds

    def validate_cold(self) -> float:
        """Return how long a validation takes without a cache."""
        self.forget()
        return self.validate_warm()

    def create_tables(self) -> float:
        """Return how long Django's schema editor takes, a statement at a time."""
        self.anew(EMPTY)
        return self.python("-m", "benchmarks.in_project", "create", database=EMPTY).seconds

    def replay(self) -> float:
        """Return how long the replay of all files takes."""
        self.anew(EMPTY)
        files = read_directory(self.folder / "migrations_sql").migrations

        def connect_and_replay() -> None:
            with self.connect(EMPTY) as connection:
                failure = Replayer(connection).run(files).failure
            if failure is not None:
                raise RuntimeError(failure.message)

        return seconds_of(connect_and_replay)

    def psql(self) -> float:
        """Return how long psql takes to run all files."""
        self.anew(EMPTY)
        return self._psql(EMPTY)

    def _psql(self, database: str) -> float:
        files = sorted((self.folder / "migrations_sql").glob("*.sql"))
        names = [word for file in files for word in ("-f", str(file))]
        options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
        return self.program("psql", *options, *names, database=database)

    def sqldiff(self) -> float:
        """Return how long sqldiff takes to compare models and database."""
        command = [self._peer("python"), "manage.py", "sqldiff", "-a"]
        # Code 1 is that of a difference: it takes several types for others.
        environment = self.environment()
        return run(command, folder=self.folder, environment=environment, codes=(0, 1)).seconds

    def migra(self) -> float:
        """Return how long migra takes to compare the database with a copy of it."""
        user, host, port = (self.params[name] for name in ("user", "host", "port"))
        urls = [
            f"postgresql:///{name}?user={user}&host={host}&port={port}" for name in (LIVE, COPY)
        ]
        # Code 2 is that of a difference: the history tables.
        command = [self._peer("migra"), "--unsafe", *urls]
        environment = self.environment()
        return run(command, folder=self.folder, environment=environment, codes=(0, 2)).seconds

    def _peer(self, name: str) -> str:
        if self.peers is None:
            raise RuntimeError("the peers are not installed")
        return str(self.peers / name)

    def prepare(self, tables: int) -> None:
        """Write the project and its files, and make the databases."""
        write_project(self.folder, tables)
        for database in (LIVE, COPY, EMPTY):
            self.anew(database)
        self.python("-m", "benchmarks.in_project", "files", database=EMPTY)
        self.manage("sqlmigrate_apply", "--noinput")
        self._psql(COPY)
        for database in (LIVE, COPY):
            with self.connect(database) as connection:
                connection.execute("VACUUM ANALYZE")

    def counted(self) -> int:
        """Return how many statements reading the schema sends."""
        path = self.folder / "trace"
        with self.connect(LIVE) as connection, path.open("w") as trace:
            connection.pgconn.trace(trace.fileno())
            read_schema(connection, ("public",))
            connection.pgconn.untrace()
        parts = (line.split("\t") for line in path.read_text().splitlines())
        return sum(part[3:4] in (["Query"], ["Parse"]) for part in parts)


@contextmanager
def arena(
    folder: Path, tables: int, *, binaries: Binaries, params: dict[str, Any], peers: Path | None
) -> Iterator[Arena]:
    """Yield an arena of that many tables; its folder is removed at the end."""
    found = Arena(folder / f"tables_{tables}", binaries, params, peers)
    found.folder.mkdir(parents=True)
    try:
        found.prepare(tables)
        yield found
    finally:
        shutil.rmtree(found.folder)
