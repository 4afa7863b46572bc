"""What a server's refusal asks for: the code, and the next step."""

from __future__ import annotations

import django.db.utils
import psycopg
import pytest

from schema_tools.management.circumstances import next_step
from schema_tools.management.exit_codes import UNAVAILABLE, exit_code

REFUSALS = {
    psycopg.errors.IdleInTransactionSessionTimeout: "idle_in_transaction_session_timeout",
    psycopg.errors.IdleSessionTimeout: "idle_session_timeout",
    psycopg.errors.TransactionTimeout: "transaction_timeout",
    psycopg.errors.ReadOnlySqlTransaction: "default_transaction_read_only",
    psycopg.errors.InsufficientPrivilege: "docs/rights.md",
    psycopg.errors.DiskFull: "Make room",
    psycopg.errors.OutOfMemory: "memory",
    psycopg.errors.TooManyConnections: "CONNECTION LIMIT",
    psycopg.errors.AdminShutdown: "sqlmigrate_status",
}


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_refusal_is_no_fault_of_the_tool_and_has_a_next_step(kind, is_wrapped):
    error: Exception = kind("what the server says")
    if is_wrapped:
        wrapper = django.db.utils.InternalError("what the server says")
        wrapper.__cause__ = error
        error = wrapper
    assert exit_code(error) == UNAVAILABLE
    assert REFUSALS[kind] in next_step(error)


def test_a_cancelled_statement_has_one_where_a_timeout_did_it():
    timeout = psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
    request = psycopg.errors.QueryCanceled("canceling statement due to user request")
    assert "statement_timeout" in next_step(timeout)
    assert next_step(request) == ""


def test_before_a_session_the_words_tell():
    full = psycopg.OperationalError("FATAL:  sorry, too many clients already")
    gone = psycopg.OperationalError("connection refused")
    stranger = psycopg.OperationalError('FATAL:  password authentication failed for user "a"')
    assert "max_connections" in next_step(full)
    assert next_step(gone) == ""
    assert "PASSWORD of the alias" in next_step(stranger)
    assert next_step(ZeroDivisionError()) == ""
