"""Wait for what another session does: however fast or busy the machine is."""

from __future__ import annotations

import time

SECONDS = 120


def wait_for_statement(database, pattern: str, event: str = "%") -> None:
    """Wait until such a statement runs, and waits itself for an event of that name."""
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
        f"AND pid <> pg_backend_pid() AND query LIKE '{pattern}' "
        f"AND coalesce(wait_event, '') LIKE '{event}'"
    )
    deadline = time.monotonic() + SECONDS
    while not database.execute(query):
        assert time.monotonic() < deadline, f"{pattern} never ran"
        time.sleep(0.02)


def wait_for_sleep(database) -> None:
    """Wait until a session sleeps, in a statement or in what it has called."""
    wait_for_statement(database, "%", "PgSleep")
