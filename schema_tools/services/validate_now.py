"""Validate for somebody who waits on a web page: one at a time, and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from schema_tools.conf import get_settings
from schema_tools.errors import LockHeld
from schema_tools.findings import Report
from schema_tools.postgres.lock import lock_key
from schema_tools.postgres.session import connect
from schema_tools.services.last_validation import remember
from schema_tools.services.question import Question
from schema_tools.services.validate import validate


def validate_now(alias: str, *, by: str) -> Report:
    """Compare all sides of a database and remember the report; ``by`` says who wants to know.

    Raises LockHeld while another validation of this kind goes on, and what ``validate`` raises.
    """
    question = Question(alias, fail_on=get_settings(alias).fail_on)
    with _alone(alias):
        report = validate(question)
        remember(question, report, by=by)
        return report


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Hold a lock for the length of a transaction, which a pooler does not tear apart."""
    with connect(alias) as connection, connection.transaction():
        connection.execute(
            "SELECT pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true)"
        )
        key = lock_key("validation")
        got = connection.execute("SELECT pg_catalog.pg_try_advisory_xact_lock(%s::bigint)", (key,))
        if got.fetchone() != (True,):
            raise LockHeld(
                "another validation is going on", hint="Load the page again in a moment."
            )
        yield
