"""What the tests of the embedded server share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schema_tools.postgres.embedded.server import EmbeddedServer


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that was not started yet; what is left of it is removed after the test."""
    server = EmbeddedServer(tmp_path / "home")
    yield server
    server.remove()
