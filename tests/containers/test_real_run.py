"""The entry scripts for real, on a server that asks for the password, as in the compose file."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Server
from tests.containers.conftest import ROOT, asked_for_a_password

pytestmark = pytest.mark.db
# What would have to be escaped in a URL, and in a shell.
PASSWORD = "a'b\"c d$e:@/#%"


class Stage:
    """An empty database whose role has a password, and the environment of a container."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.name = f"auth_{secrets.token_hex(4)}"
        self.params = {**server.params, "dbname": self.name, "user": self.name}
        host = quote(str(self.params["host"]), safe="")
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "authservice.settings",
            "DATABASE_URL": f"postgresql://{self.name}@{host}:{self.params['port']}/{self.name}",
            "PGPASSWORD": PASSWORD,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "CACHE_DIR": str(folder / "cache"),
            "STATIC_ROOT": str(folder / "static"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PORT": str(free_port()),
        }

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the project's folder."""
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run SQL as the role."""
        with psycopg.connect(**self.params, password=PASSWORD, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def healthy(self) -> tuple[int, str]:
        """Ask as the container's health check does, until the service is there."""
        for _ in range(120):
            done = self.run("python", "docker/healthcheck.py")
            if "no answer" not in done.stdout:
                break
            time.sleep(0.25)
        return done.returncode, done.stdout


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def stage(server: Server, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(server, tmp_path)
    name = sql.Identifier(stage.name)
    with psycopg.connect(**server.params, dbname="postgres", autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN SUPERUSER PASSWORD {}").format(name, PASSWORD)
        )
        connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(name))
    with asked_for_a_password(server, stage.name):
        yield stage
    server.execute(f"DROP DATABASE {stage.name} WITH (FORCE)")
    server.execute(f"DROP ROLE {stage.name}")


def test_an_empty_database_is_migrated_and_then_served(stage: Stage) -> None:
    migrated = stage.run("docker/migrate.sh")
    assert migrated.returncode == 0, migrated.stdout
    assert "4 migrations applied" in migrated.stdout
    assert "Models, SQL files and database all agree" in migrated.stdout
    assert PASSWORD not in migrated.stdout

    assert stage.run("python", "manage.py", "collectstatic", "--noinput").returncode == 0
    with subprocess.Popen(
        ["docker/serve.sh"], cwd=ROOT, env=stage.environment, stderr=subprocess.PIPE, text=True
    ) as service:
        try:
            assert stage.healthy() == (0, '200 {"status": "ok"}\n')
            stage.execute("DELETE FROM schema_migrations WHERE version LIKE '004%'")
            code, said = stage.healthy()
            assert code == 1
            assert said.startswith("503 ")
        finally:
            service.terminate()
            _, said = service.communicate(timeout=60)
    assert service.returncode == 0, said


def test_a_password_that_is_not_the_volumes_stops_it_and_says_what_to_set(stage: Stage) -> None:
    refused = stage.run("docker/migrate.sh", PGPASSWORD="testpassword")
    assert refused.returncode == 3
    assert "password authentication failed" in refused.stdout
    assert "AUTH_DB_PASSWORD" in refused.stdout
    assert "testpassword" not in refused.stdout
    assert "manage.py migrate" not in refused.stdout


def test_a_database_that_differs_is_not_served(stage: Stage) -> None:
    """The service waits for a run that ends well: docker-compose starts it after code 0 alone."""
    assert stage.run("docker/migrate.sh").returncode == 0
    stage.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    again = stage.run("docker/migrate.sh")
    assert again.returncode == 1
    assert "Table structure mismatch for table 'users'" in again.stdout
