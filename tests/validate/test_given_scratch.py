"""One marked database is enough to validate with, drift and its lines included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schema_tools.postgres.marked import MARK
from tests.validate.sample import validated

pytestmark = pytest.mark.db


@pytest.fixture
def given(server: Any) -> Iterator[str]:
    """The URL of a marked database, for a role that can do nothing but own it."""
    server.execute("DROP ROLE IF EXISTS tenant")
    server.execute("CREATE ROLE tenant LOGIN")
    server.execute("CREATE DATABASE given_to_us OWNER tenant")
    server.execute(f"COMMENT ON DATABASE given_to_us IS '{MARK}, for the tests of CI'")
    params = server.params
    yield f"postgresql://tenant@/given_to_us?host={params['host']}&port={params['port']}"
    server.execute("DROP DATABASE given_to_us WITH (FORCE)")
    server.execute("DROP ROLE tenant")


def test_the_result_is_that_of_databases_of_our_own(
    sample, alias: str, given: str, settings, server
) -> None:
    sample.execute(
        "DROP INDEX idx_users_role; ALTER TABLE users ALTER COLUMN email TYPE varchar(100)"
    )
    expected = validated(alias)
    assert {each["code"] for each in expected["findings"]} == {"index.missing", "column.type"}
    assert all(each["locations"] for each in expected["findings"])
    settings.SCHEMA_TOOLS = {"SCRATCH": given}
    before = server.execute("SELECT max(oid) FROM pg_database")
    assert validated(alias) == expected
    assert server.execute("SELECT max(oid) FROM pg_database") == before
