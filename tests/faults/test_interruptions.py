"""Ctrl-C and SIGTERM at random moments: each command ends, explains itself and leaves nothing.

A failure names the seed: ``INTERRUPTION_SEED`` repeats the moments, ``INTERRUPTIONS`` says how
many each command gets. What a run of migrations leaves in the history is for tests/crash.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.conftest import Server
from tests.interrupts import heed_interrupts
from tests.validate.sample import ROOT

pytestmark = pytest.mark.db

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
COUNT = int(os.environ.get("INTERRUPTIONS", 25 if IS_LONG else 1))
SECONDS = 120
READY = "django is ready"

# What Django does before it calls a command is not ours to explain.
PROGRAM = f"""
import sys
import django
from django.core.management import execute_from_command_line
django.setup()
print({READY!r}, file=sys.stderr, flush=True)
execute_from_command_line(sys.argv)
"""
ROUND_TRIP = f"""
import sys
from schema_tools.hooks.__main__ import main
print({READY!r}, file=sys.stderr, flush=True)
sys.exit(main(sys.argv[1:]))
"""
SETTINGS = """
import os
from authservice.settings import *
SCHEMA_TOOLS = {"MIGRATIONS_DIR": os.environ["FILES"], "LOCK_WAIT": 0}
"""
# Of a command that has begun: Django imports it before.
FRAME_OF_OURS = re.compile(r'schema_tools/management/base\.py", line \d+, in (?!<module>)')
NOWHERE = "postgresql://nobody@%2Fnonexistent/nothing"
APPLIED = "interrupted_applied"
SCRATCH = "SELECT datname FROM pg_database WHERE datname LIKE 'schema_tools_scratch%'"
AT_WORK = """
SELECT application_name, state, query FROM pg_stat_activity
WHERE datname = 'interrupted' OR application_name LIKE 'schema_tools_scratch%'
"""


@dataclass(frozen=True)
class Case:
    """A command, and what it finds: a copy of a database, edited by hand, and a file less."""

    command: str
    base: str = APPLIED
    without: str = ""
    edit: str = ""
    program: str = PROGRAM


CASES = {
    "apply": Case("sqlmigrate_apply", base="template1"),
    "baseline": Case("sqlmigrate_baseline 004", edit="DROP TABLE schema_migrations CASCADE"),
    "create from database": Case(
        "sqlmigrate_create Hotfix --from-database --dry-run",
        edit="ALTER TABLE users ADD COLUMN by_hand text",
    ),
    "create from models": Case(
        "sqlmigrate_create Follow --from-models --dry-run --noinput",
        without="004_add_user_two_factor.sql",
    ),
    "diff": Case("schema_diff --from migrations@003 --to database"),
    "dry run": Case("sqlmigrate_apply --dry-run", base="template1"),
    "rollback": Case("sqlmigrate_rollback --noinput --allow-data-loss"),
    "round trip": Case("round_trip", program=ROUND_TRIP),
    "snapshot": Case("schema_snapshot --of models"),
    "squash": Case("sqlmigrate_squash 003"),
    "status": Case("sqlmigrate_status"),
    "validate": Case("validate_schema"),
    "validate without database": Case("validate_schema --no-database", base=""),
}


@dataclass(frozen=True)
class Place:
    """Where a command runs: its environment, and its folders."""

    environment: dict[str, str]
    files: Path
    temporary: Path

    @classmethod
    def under(cls, folder: Path, database_url: str) -> Place:
        """Make the folders: the sample's files, and one for temporary files."""
        files, temporary = folder / "files", folder / "tmp"
        shutil.copytree(ROOT / "migrations_sql", files)
        temporary.mkdir()
        settings = folder / "interrupted_settings.py"
        settings.write_text(SETTINGS, encoding="utf-8")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
            "DJANGO_SETTINGS_MODULE": settings.stem,
            "DATABASE_URL": database_url,
            "SCHEMA_TOOLS_CACHE": "",
            "TMPDIR": str(temporary),
            "FILES": str(files),
        }
        return cls(environment, files, temporary)

    def start(self, case: Case) -> subprocess.Popen[str]:
        """Start the command, and wait until Django is ready."""
        process = subprocess.Popen(
            [sys.executable, "-c", case.program, *case.command.split()],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_interrupts,
        )
        assert process.stderr is not None
        said = process.stderr.readline()
        assert READY in said, said + process.stderr.read()
        return process


@pytest.fixture(scope="module")
def applied(server, tmp_path_factory) -> Iterator[None]:
    """A database to copy, in which all is applied."""
    server.create(APPLIED)
    place = Place.under(tmp_path_factory.mktemp("applied"), url(server, APPLIED))
    for command in ("sqlmigrate_apply", "migrate"):
        process = place.start(Case(command))
        _, said = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
    yield
    server.execute(f"DROP DATABASE {APPLIED} WITH (FORCE)")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("applied")
def test_who_interrupts_is_answered_soon_and_nothing_stays(name: str, server, tmp_path) -> None:
    case = CASES[name]
    seed = int(os.environ.get("INTERRUPTION_SEED", random.getrandbits(32) if IS_LONG else 1))
    moments = random.Random(f"{seed} {name}")
    whole, code = uninterrupted(case, server, tmp_path / "whole")
    for turn in range(COUNT):
        after = moments.uniform(0, whole)
        number = moments.choice((signal.SIGINT, signal.SIGTERM))
        struck = f"INTERRUPTION_SEED={seed}, turn {turn}: {number.name} after {after:.3f} s"
        sys.stdout.write(f"{name}: {struck}\n")
        with at(case, server, tmp_path / str(turn)) as place:
            process = place.start(case)
            time.sleep(after)
            process.send_signal(number)
            try:
                _, said = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            assert not FRAME_OF_OURS.search(said), f"{struck}\n{said}"
            imported = "KeyboardInterrupt" in said  # by Django, which does not explain anything
            codes = {code, 128 + number, -number} | ({1} if imported else set())
            assert process.returncode in codes, f"{struck}\n{said}"
            wait_for(lambda: server.execute(SCRATCH), f"{struck}\n{said}")
            wait_for(lambda: server.execute(AT_WORK), f"{struck}\n{said}")
            wait_for(lambda: list(place.temporary.iterdir()), f"{struck}\n{said}")
            assert_whole(place.files)


def uninterrupted(case: Case, server: Server, folder: Path) -> tuple[float, int]:
    """Return how long the command takes from when Django is ready, and its exit code."""
    with at(case, server, folder) as place:
        process = place.start(case)
        begun = time.perf_counter()
        _, said = process.communicate(timeout=SECONDS)
        assert process.returncode in {0, 1}, said
        return time.perf_counter() - begun, process.returncode


@contextmanager
def at(case: Case, server: Server, folder: Path) -> Iterator[Place]:
    """Yield a place with a database as the case has it, which is gone afterwards."""
    name = "interrupted"
    if case.base:
        server.create(name, case.base)
    place = Place.under(folder, url(server, name) if case.base else NOWHERE)
    if case.edit:
        with psycopg.connect(**server.params, dbname=name) as connection:
            connection.execute(case.edit)
    if case.without:
        (place.files / case.without).unlink()
        (place.files / "schema.lock").unlink()
    try:
        yield place
    finally:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def url(server: Server, name: str) -> str:
    host = quote(str(server.params["host"]), safe="")
    return f"postgresql://{server.params['user']}@{host}:{server.params['port']}/{name}"


def wait_for(what: Callable[[], object], said: str) -> None:
    """Wait until nothing is left; a server may need a moment to part from a client."""
    deadline = time.monotonic() + SECONDS
    while left := what():
        assert time.monotonic() < deadline, f"{left}\n{said}"
        time.sleep(0.02)


def assert_whole(files: Path) -> None:
    """A file is there as a whole, or not at all."""
    for path in files.iterdir():
        assert path.name == "schema.lock" or path.name[:3].isdigit(), path
        assert path.read_text(encoding="utf-8").endswith("\n"), path
