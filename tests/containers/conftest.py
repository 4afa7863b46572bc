"""The compose files, read as YAML; a server that asks for a password, as over a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conftest import Server

ROOT = Path(__file__).resolve().parents[2]


def compose(name: str) -> dict[str, Any]:
    """Return a compose file."""
    return YAML(typ="safe").load(ROOT / f"docker-compose.migration-{name}.yml")


@contextmanager
def asked_for_a_password(server: Server, role: str) -> Iterator[None]:
    """Let the server take a role with its password only."""
    access = Path(str(server.execute("SHOW hba_file")[0][0]))
    before = access.read_text(encoding="utf-8")
    try:
        access.write_text(f"local all {role} scram-sha-256\n{before}", encoding="utf-8")
        server.execute("SELECT pg_reload_conf()")
        yield
    finally:
        access.write_text(before, encoding="utf-8")
        server.execute("SELECT pg_reload_conf()")


@pytest.fixture
def first() -> dict[str, Any]:
    """The services of the environment in which migrations come first."""
    return compose("first")["services"]


@pytest.fixture
def for_tests() -> dict[str, Any]:
    """The services of the environment for tests."""
    return compose("test")["services"]
