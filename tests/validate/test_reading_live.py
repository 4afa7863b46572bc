"""The database is read in a thread of its own, which ends with who asked for it."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from schema_tools.services import live
from schema_tools.services.target import Target, open_target
from schema_tools.services.wanted import Wanted

pytestmark = pytest.mark.db


def test_who_is_interrupted_ends_a_reading_of_any_number_of_queries(
    alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, cancelled = threading.Event(), []

    def read(target: Target, *_arguments: Any, **_options: Any) -> None:
        begun.set()
        for _ in range(3):
            try:
                target.connection.execute("SELECT pg_catalog.pg_sleep(600)")
            except psycopg.errors.QueryCanceled as error:
                cancelled.append(error)

    def be_interrupted(target: Target) -> None:
        with live.reading_live(target, Wanted(("public",)), live.Past(), deferred=False):
            assert begun.wait(120)
            raise KeyboardInterrupt

    monkeypatch.setattr(live, "read_live", read)
    with open_target(alias, files=False) as target:
        with pytest.raises(KeyboardInterrupt):
            be_interrupted(target)
        assert len(cancelled) == 3
        with suppress(psycopg.errors.QueryCanceled):  # the last call may have come too late
            target.connection.execute("SELECT 1")
        assert target.connection.execute("SELECT 2").fetchone() == (2,)
