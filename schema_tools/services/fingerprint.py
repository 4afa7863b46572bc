"""The fingerprint of the live schema: after a run, beside the event, and for a saved plan."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from schema_tools.errors import SchemaToolsError
from schema_tools.postgres.activity import AnyConnection
from schema_tools.postgres.introspect import read_schema
from schema_tools.services.live import history_tables
from schema_tools.services.target import Target
from schema_tools.services.wanted import without

logger = logging.getLogger(__name__)

_SECONDS = 10


def fingerprint_of(target: Target) -> str:
    """Return what stands for all that the schemas hold now, but the history tables.

    Raises what reading the catalog raises.
    """
    schema = read_schema(target.connection, target.settings.schemas)
    return without(schema, history_tables(target.settings)).fingerprint()


def keep_fingerprint(target: Target) -> None:
    """Store with the last event what the schema is now; called under the lock, after a run.

    Not inside the files' transactions: reading the catalog may wait for somebody else's lock, and
    no migration is to fail for the sake of a record. Where it cannot be read, it stays empty.
    """
    connection = target.connection
    try:
        with _in_time(connection):
            fingerprint = fingerprint_of(target)
        with _in_time(connection):  # somebody may have locked the events
            target.ledger.keep_fingerprint(connection, fingerprint)
    except (psycopg.Error, SchemaToolsError) as error:
        why = " ".join(str(error).split())
        logger.warning("the schema's fingerprint could not be stored: %s", why)


@contextmanager
def _in_time(connection: AnyConnection) -> Iterator[None]:
    with connection.transaction():
        connection.execute(f"SET LOCAL statement_timeout = {round(_SECONDS * 1000)}")
        yield
