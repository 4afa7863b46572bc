"""Databases that hold the sample service as its SQL files make it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.validate.sample import ROOT, run

COPIED = ("authservice", "migrations_sql", "manage.py")


@pytest.fixture(scope="session")
def sample_template(server) -> Iterator[str]:
    """A database with all files applied, to be copied."""
    name = f"sample_{secrets.token_hex(6)}"
    server.create(name)
    url = f"postgresql:///{name}?host={server.params['host']}&port={server.params['port']}"
    done = run(ROOT, url + f"&user={server.params['user']}", "sqlmigrate_apply")
    assert done.returncode == 0, done.stderr
    yield name
    server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def sample(database, server, sample_template: str) -> Any:
    """A copy of the sample's database, under the name that `database` and `alias` have."""
    server.execute(f"DROP DATABASE {database.name}")
    server.create(database.name, template=sample_template)
    return database


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sample service, to be edited."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path
