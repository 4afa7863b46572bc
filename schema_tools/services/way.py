"""By which alias a database is reached: its own, or one that leads past a pooler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from schema_tools.errors import ConfigurationError
from schema_tools.postgres.identity import read_identity
from schema_tools.postgres.session import connect


@dataclass(frozen=True, slots=True)
class Way:
    """How to open connections to a database; ``purpose`` is what the server shows of them."""

    alias: str
    purpose: str = ""

    def connect(self, seconds: float = 0.0) -> Connection[tuple[Any, ...]]:
        """Open a connection in autocommit mode."""
        return connect(self.alias, seconds=seconds, purpose=self.purpose)


def direct_way(way: Way, direct: str) -> Way:
    """Return the way by another alias, which is to lead to the same database past a pooler.

    Raises ConfigurationError where it leads to another one.
    """
    around = Way(direct, way.purpose)
    check_same_database(way, around)
    return around


def check_same_database(way: Way, around: Way) -> None:
    """Raise ConfigurationError where two aliases lead to different databases."""
    with way.connect() as one, around.connect() as other:
        first, second = read_identity(one), read_identity(other)
    if first != second:
        raise ConfigurationError(
            f"DIRECT_DATABASE of {way.alias!r} is {around.alias!r}, which leads to another "
            f"database: {second.apart_from(first)}",
            hint="Name an alias in DATABASES that leads to the same database, past the pooler.",
        )
