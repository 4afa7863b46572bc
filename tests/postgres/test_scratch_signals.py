"""However validate_schema ends, no scratch database stays for long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.interrupts import heed_interrupts
from tests.validate.sample import ROOT

pytestmark = pytest.mark.db

SLOW = "-- Migration: 005_slow.sql\nSELECT pg_sleep(600);\n"


@pytest.fixture
def slow(tmp_path: Any) -> Any:
    """The SQL files of the sample, and one more that takes its time."""
    for path in (ROOT / "migrations_sql").glob("*.sql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "005_slow.sql").write_text(SLOW)
    (tmp_path / "slow_settings.py").write_text(
        "from authservice.settings import *\n"
        f"SCHEMA_TOOLS = {{'MIGRATIONS_DIR': {str(tmp_path)!r}}}\n"
    )
    return tmp_path


def start(slow: Any, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "validate_schema", "--only", "models,migrations"],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{slow}",
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "slow_settings",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )


def scratch_databases(server: Any) -> list[str]:
    query = "SELECT datname FROM pg_database WHERE datname LIKE 'schema_tools_scratch%' ORDER BY 1"
    return [name for (name,) in server.execute(query)]


def until(condition: Any, what: str) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(what)
        time.sleep(0.05)


def sleeps(server: Any) -> bool:
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()"
    )
    return server.execute(query) != [(0,)]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_in_the_middle_leaves_nothing(
    server, database, slow, number: signal.Signals, code: int
) -> None:
    process = start(slow, database.url)
    both_at_work(server)
    process.send_signal(number)
    _out, err = process.communicate(timeout=180)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert scratch_databases(server) == []
    assert not sleeps(server)


def test_the_next_run_clears_up_after_one_that_was_killed(server, database, slow) -> None:
    process = start(slow, database.url)
    left = both_at_work(server)
    process.kill()
    process.communicate()
    until(lambda: not owner_lives(server, left[0]), "the server never noticed")
    assert scratch_databases(server) == left
    following = start(slow, database.url)
    until(lambda: not {*left} & {*scratch_databases(server)}, "they were left there")
    until(lambda: sleeps(server), "the second replay never began")
    following.terminate()
    following.communicate(timeout=180)
    assert scratch_databases(server) == []


def test_a_run_beside_another_leaves_it_alone(server, database, slow) -> None:
    first = start(slow, database.url)
    living = both_at_work(server)
    second = start(slow, database.url)
    until(lambda: len(scratch_databases(server)) > 2, "the second never began")
    second.terminate()
    second.communicate(timeout=180)
    assert scratch_databases(server) == living
    assert first.poll() is None
    first.terminate()
    first.communicate(timeout=180)
    assert scratch_databases(server) == []


def both_at_work(server: Any) -> list[str]:
    """Wait until files are replayed and models' tables made; return the databases of both."""
    until(lambda: sleeps(server), "the replay never began")
    until(lambda: len(scratch_databases(server)) == 2, "the models' tables were not made ahead")
    return scratch_databases(server)


def owner_lives(server: Any, name: str) -> bool:
    owner = name.rpartition("_")[0]
    query = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{owner}'"
    return server.execute(query) != [(0,)]
