"""Ask the catalog so that no search_path decides what is asked.

Functions, operators, types and tables are looked up by search_path, and a role or a database may
have one set that begins with a schema in which others may create (PostgreSQL documentation,
"Writing SECURITY DEFINER Functions Safely", on the same danger). A setting of the session would
stay behind a pooler that lends it to others, so it holds for one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection


@contextmanager
def catalog_first(connection: Connection[Any]) -> Iterator[None]:
    """Let a block read with pg_catalog alone in the path; what it writes is rolled back."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        yield


def catalog_rows(
    connection: Connection[Any],
    query: str,
    parameters: Sequence[object] | Mapping[str, object] | None = None,
) -> list[tuple[Any, ...]]:
    """Return the rows of one query on the catalog."""
    with catalog_first(connection):
        return connection.execute(query.encode(), parameters).fetchall()
