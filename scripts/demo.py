"""The main job on the sample service, step by step, on a server that ends with the demonstration.

Each step shows the command that a user would type and what it prints, and is checked: the exit
code of this program is 0 only if every step did what it claims.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402
from psycopg import sql  # noqa: E402

from schema_tools.errors import SchemaToolsError  # noqa: E402
from schema_tools.postgres.embedded.binaries import find_binaries  # noqa: E402
from schema_tools.postgres.embedded.private import private_server  # noqa: E402

DATABASE = "auth_db"
DRIFT = "ALTER TABLE users ALTER COLUMN email TYPE varchar(100)"
TERMINAL = sys.stdout.isatty()


class Unexpected(Exception):
    """A step did not do what it claims."""


@dataclass(frozen=True)
class Stage:
    """The database on which the demonstration plays."""

    params: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which manage.py finds the database."""
        url = "postgresql:///{dbname}?host={host}&port={port}&user={user}".format_map(self.params)
        return {**os.environ, "DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL on the database; return the rows, if any."""
        with psycopg.connect(**self.params, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def manage(self, *arguments: str, code: int = 0, shows: str = "") -> None:
        """Run a command of manage.py for all to see; check its exit code and what it prints."""
        say(f"$ python manage.py {shlex.join(arguments)}", "36")
        colour = ["--force-color"] if TERMINAL else []
        # A terminal of its own shows the progress of an apply; what must be read is captured.
        captured = bool(shows)
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments, *colour],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE if captured else None,
            stderr=subprocess.STDOUT if captured else None,
            text=True,
            check=False,
        )
        if captured:
            sys.stdout.write(done.stdout)
        if done.returncode != code:
            raise Unexpected(f"{arguments[0]} ended with {done.returncode}, not {code}")
        if shows not in (done.stdout or ""):
            raise Unexpected(f"{arguments[0]} did not say: {shows}")

    def findings(self) -> list[dict[str, Any]]:
        """Return what validate_schema finds."""
        done = subprocess.run(
            [sys.executable, "manage.py", "validate_schema", "--format", "json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
        return found


def say(text: str, colour: str = "1") -> None:
    """Print a line, in colour on a terminal."""
    sys.stdout.write(f"\033[{colour}m{text}\033[0m\n" if TERMINAL else f"{text}\n")
    sys.stdout.flush()


@contextmanager
def step(number: int, title: str) -> Iterator[None]:
    """Announce a step, and say that it did what it claims."""
    say(f"\n━━━ {number}. {title}")
    yield
    say(f"✓ step {number} did what it claims", "32")


def play(stage: Stage) -> None:
    """Play all steps; raises Unexpected where one does something else."""
    with step(1, "Where do we stand? Four SQL files, an empty database."):
        stage.manage("sqlmigrate_status", shows="0 applied, 4 pending")
    with step(2, "Apply them. Each file is one transaction, its history row included."):
        stage.manage("sqlmigrate_apply", "--noinput")
        expect(stage.query("SELECT count(*) FROM schema_migrations") == [(4,)], "four rows")
    with step(3, "Where do we stand now? (Django's own apps go by Django's migrations.)"):
        stage.manage("sqlmigrate_status", "--check", shows="All 4 migrations are applied")
        stage.manage("migrate", "--verbosity", "0")
    with step(
        4, "Do models, SQL files and database agree? Django's own tables are looked at, too."
    ):
        stage.manage("validate_schema", shows="all agree")
    with step(5, "Somebody alters a column by hand, behind everybody's back."):
        say(f'$ psql {DATABASE} -c "{DRIFT}"', "36")
        stage.query(DRIFT)
    with step(6, "Who is wrong, where, and what is to be done?"):
        stage.manage(
            "validate_schema",
            code=1,
            shows="column email is varchar(100), SQL files say varchar(255)",
        )
        found = stage.findings()
        expect([each["verdict"] for each in found] == ["database_drifted"], "one drifted object")
    with step(7, "Undo it, with the statement that the finding hands out."):
        undo = next(each for each in found[0]["remedies"] if each["action"] == "undo")
        say(f"$ psql {DATABASE} <<'SQL'\n{undo['text']}\nSQL", "36")
        stage.query(undo["text"])
    with step(8, "Healed?"):
        stage.manage("validate_schema", shows="all agree")


def expect(condition: bool, what: str) -> None:
    """Raise Unexpected unless the condition holds."""
    if not condition:
        raise Unexpected(f"expected {what}")


def main() -> int:
    """Start a server, play, and say how it went."""
    try:
        params = private_server(find_binaries()).params
        with psycopg.connect(**params, dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        play(Stage({**params, "dbname": DATABASE}))
    except Unexpected as error:
        say(f"✗ {error}", "31")
        return 1
    except SchemaToolsError as error:
        say(f"✗ {error}\n{error.hint}", "31")
        return 3
    say("\nThat was the main job. Try it by hand: make run, then http://localhost:8001/admin/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
