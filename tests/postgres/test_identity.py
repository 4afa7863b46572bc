"""Two ways to a database are known for one, and two databases for two, by any role."""

from __future__ import annotations

import psycopg
import pytest

from schema_tools.postgres.identity import Identity, read_identity

pytestmark = pytest.mark.db


def test_any_role_can_ask_which_database_it_has_reached(server, database) -> None:
    role = f"{database.name}_few"
    server.execute(f"CREATE ROLE {role} LOGIN")
    try:
        with (
            psycopg.connect(**{**database.params, "user": role}) as few,
            database.connect() as owner,
            psycopg.connect(**server.params, dbname="postgres") as elsewhere,
        ):
            identity = read_identity(few)
            assert identity == read_identity(owner)
            assert identity.name == database.name
            assert identity != read_identity(elsewhere)
            assert identity.system == read_identity(elsewhere).system
    finally:
        server.execute(f"DROP ROLE {role}")


def test_what_is_apart_is_said_by_what_differs() -> None:
    here, beside, elsewhere = (
        Identity(1, 5, "auth"),
        Identity(1, 6, "shop"),
        Identity(2, 5, "auth"),
    )
    assert beside.apart_from(here) == "'shop' instead of 'auth', on the same server"
    assert "'auth' instead of 'auth', on another server" in elsewhere.apart_from(here)
