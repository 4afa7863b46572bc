"""Which database a connection has reached, by whatever way and under whatever name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from schema_tools.postgres.trust import catalog_rows

# A copy of a server has its system identifier; but a standby of it is the same database, too.
_IDENTITY = """
SELECT (SELECT c.system_identifier FROM pg_catalog.pg_control_system() c), d.oid::bigint,
       d.datname::text
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """A database of a server: what stays the same behind a pooler that gives it another name."""

    system: int
    database: int
    name: str

    def apart_from(self, other: Identity) -> str:
        """Say which one it is instead of the other: by name, on another server by that, too."""
        names = f"{self.name!r} instead of {other.name!r}"
        if self.system == other.system:
            return f"{names}, on the same server"
        return f"{names}, on another server (system identifier {self.system}, not {other.system})"


def read_identity(connection: Connection[Any]) -> Identity:
    """Return the identity of the database that a connection has reached."""
    rows = catalog_rows(connection, _IDENTITY)
    if not rows:
        raise LookupError("the server does not know the database of its own session")
    return Identity(*rows[0])
