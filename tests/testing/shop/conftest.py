"""The plugin is loaded because the project names it."""

from __future__ import annotations

import sys

import pytest

pytest_plugins = ["schema_tools.testing.plugin"]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Hold the plugin to importing nothing of weight before a test needs a database."""
    loaded = [name for name in sys.modules if name.startswith("schema_tools.services")]
    if loaded:
        raise RuntimeError(f"loaded while tests were collected: {loaded}")
