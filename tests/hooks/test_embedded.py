"""Where no database can be reached the hook works all the same, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hooks.conftest import MODELS_WITH_PRICE, SECOND, SECOND_SQL, Repository

pytestmark = pytest.mark.db

EMBEDDED = """
DATABASES["default"] = {
    "ENGINE": "schema_tools.postgres.backend",
    "NAME": "shop",
    "EMBEDDED": {"HOME": BASE_DIR / ".embedded"},
}
"""


@pytest.fixture
def apart(shop: Repository, tmp_path: Path) -> Repository:
    """The project, with folders for temporary files and for the cache that no other test has."""
    for name in ("tmp", "cache"):
        (tmp_path / name).mkdir(mode=0o700)
    own = {"TMPDIR": str(tmp_path / "tmp"), "SCHEMA_TOOLS_CACHE": str(tmp_path / "cache")}
    return replace(shop, environment={**shop.environment, **own})


def programs_at_work(repository: Repository) -> list[str]:
    """Return the command lines of programs that know the folder for temporary files."""
    known = repository.environment["TMPDIR"].encode()
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (
                known in (path / "environ").read_bytes()
                or known in (path / "cmdline").read_bytes()
            ):
                found.append((path / "cmdline").read_bytes().decode())
        except OSError:  # it has ended meanwhile
            continue
    return found


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_comes_and_goes(apart: Repository) -> None:
    apart.write(SECOND, SECOND_SQL)
    apart.write("shop/models.py", MODELS_WITH_PRICE)
    done = apart.commit()
    assert done.code == 0, done.output
    assert "whether the files are applied in the database: database 'default'" in done.output
    assert 'socket "/nonexistent/.s.PGSQL.5432" failed' in done.output
    wait_for(lambda: not programs_at_work(apart))
    wait_for(lambda: not apart.left_behind)
    # What was built is known by now: no server is needed for models that change no table.
    apart.write("shop/models.py", MODELS_WITH_PRICE + "\n\nDOZEN = 12\n")
    again = apart.commit()
    assert again.code == 0, again.output
    sys.stdout.write(f"with a server {done.seconds:.2f} s, without {again.seconds:.2f} s\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_who_interrupts_a_commit_leaves_nothing(apart: Repository, number: int) -> None:
    apart.write(SECOND, SECOND_SQL)
    process = apart.start("git", "commit", "-m", "never made")
    wait_for(lambda: list(Path(apart.environment["TMPDIR"]).glob("schema_tools-private-*")))
    os.killpg(process.pid, number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0, output
    assert "Traceback" not in output
    wait_for(lambda: not programs_at_work(apart))
    wait_for(lambda: not apart.left_behind)
    assert apart.git("log", "--format=%s") == "Begin"


def test_an_embedded_server_of_the_project_is_not_started(apart: Repository) -> None:
    settings = (apart.top / "shop/settings.py").read_text(encoding="utf-8")
    apart.write("shop/settings.py", settings + EMBEDDED)
    apart.write(".gitignore", ".embedded/\n")
    done = apart.commit()
    assert done.code == 0, done.output
    assert not (apart.top / ".embedded").exists()
    apart.write(SECOND, SECOND_SQL)
    apart.write("shop/models.py", MODELS_WITH_PRICE)
    done = apart.commit()
    assert done.code == 0, done.output
    assert "the embedded server of the project does not run" in done.output
    wait_for(lambda: not programs_at_work(apart))
    wait_for(lambda: not apart.left_behind)
