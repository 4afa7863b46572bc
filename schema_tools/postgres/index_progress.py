"""How far the build of an index has come, as the server tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

AnyConnection = Connection[tuple[Any, ...]]

# PostgreSQL documentation, "CREATE INDEX Progress Reporting". Of a phase that has not counted
# anything yet, and of one that counts nothing, the totals are 0. A role may not see another's.
_BUILD: LiteralString = """
SELECT p.phase,
       CASE WHEN p.blocks_total > 0 THEN 100.0 * p.blocks_done / p.blocks_total
            WHEN p.tuples_total > 0 THEN 100.0 * p.tuples_done / p.tuples_total
            WHEN p.lockers_total > 0 THEN 100.0 * p.lockers_done / p.lockers_total
       END::float8 AS percent
FROM pg_catalog.pg_stat_progress_create_index p
WHERE p.pid = %s AND p.phase IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Build:
    """The phase of a build, and how much of it is done; None where it does not count."""

    phase: str
    percent: float | None


def read_build(connection: AnyConnection, backend: int) -> Build | None:
    """Return how far the build has come that a server process does, if it does one."""
    with connection.cursor(row_factory=class_row(Build)) as cursor:
        return cursor.execute(_BUILD, (backend,)).fetchone()
