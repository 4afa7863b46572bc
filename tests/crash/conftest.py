"""One server to break for all crash tests, and what an undisturbed run does."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest

from schema_tools.postgres.embedded.binaries import Binaries
from tests.conftest import MEMORY, _has_room
from tests.crash.crashing_server import CrashingServer

IS_LONG = hypothesis.settings.get_current_profile_name() == "thorough"


@pytest.fixture(scope="session")
def crashing_server(binaries: Binaries) -> Iterator[CrashingServer]:
    """A server of this test process alone, to be broken."""
    with pytest.MonkeyPatch.context() as patch:
        if _has_room(MEMORY):
            patch.setenv("TMPDIR", str(MEMORY))
            patch.setattr("tempfile.tempdir", None)
        server = CrashingServer(binaries)
    yield server
    server.stop()


@pytest.fixture
def seed() -> int:
    """What all chances of a test come from; CRASH_SEED repeats them, campaigns look further."""
    given = os.environ.get("CRASH_SEED")
    return int(given) if given else int.from_bytes(os.urandom(4), "big") if IS_LONG else 1
