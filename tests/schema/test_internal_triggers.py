"""A constraint that is not kept any more, because its triggers are disabled, is found."""

from __future__ import annotations

import pytest

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
)
from schema_tools.schema.comparison.remedies import draft_for
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.script import script
from schema_tools.schema.kinds import kinds

pytestmark = pytest.mark.db
TABLES = """
CREATE TABLE users (id int PRIMARY KEY, nick text UNIQUE DEFERRABLE);
CREATE TABLE orders (user_id int CONSTRAINT orders_user REFERENCES users);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER own AFTER INSERT ON orders EXECUTE FUNCTION f();
"""
ORDERS = Key("trigger", "public", "orders", "internal triggers of constraint orders_user")
USERS = Key(
    "trigger", "public", "users", "internal triggers of constraint orders_user of public.orders"
)
NICK = Key("trigger", "public", "users", "internal triggers of constraint users_nick_key")


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        connection.execute(TABLES.encode())
        yield connection


def read(connection):
    return read_schema(connection, ("public",))


def internal(schema) -> dict[Key, str]:
    return {
        key: found.enabled
        for key, found in schema.objects.items()
        if key.kind == "trigger" and found.of_constraint
    }


def test_none_is_listed_while_all_are_enabled(connection) -> None:
    assert internal(read(connection)) == {}


@pytest.mark.parametrize(
    ("table", "keys"), [("orders", {ORDERS}), ("users", {USERS, NICK})], ids=["of", "to"]
)
def test_disabled_triggers_are_found_on_both_tables(connection, table, keys) -> None:
    before = read(connection)
    connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
    found = read(connection)
    assert internal(found) == dict.fromkeys(keys, "disabled")
    for key in keys:
        assert kinds()["trigger"].severity(found.objects[key], EXTRA) is Severity.CRITICAL
        assert kinds()["trigger"].describe(found.objects[key]) == "disabled"
        for statement in draft_for(found, before, key, EXTRA).statements:
            connection.execute(statement.encode())
        assert key not in read(connection)


def test_the_users_own_triggers_stay_as_they_are(connection) -> None:
    connection.execute("ALTER TABLE orders DISABLE TRIGGER own")
    before = read(connection)
    connection.execute("ALTER TABLE orders DISABLE TRIGGER ALL")
    found = read(connection)
    draft = draft_for(found, before, ORDERS, EXTRA)
    for statement in draft.statements:
        connection.execute(statement.encode())
    assert diff(read(connection), before) == ()
    assert draft.safe
    assert "Rows that came in meanwhile are not checked" in draft.caution


def test_some_of_them_disabled_are_enabled_but_not_disabled(connection) -> None:
    """Which of them it is cannot be said in a file: their names differ between databases."""
    before = read(connection)
    name = connection.execute(
        "SELECT min(tgname) FROM pg_trigger WHERE tgrelid = 'orders'::regclass AND tgisinternal"
    ).fetchone()[0]
    connection.execute(f'ALTER TABLE orders DISABLE TRIGGER "{name}"'.encode())
    found = read(connection)
    assert internal(found) == {ORDERS: "disabled, enabled"}
    adopt = script(diff(before, found), before, found)
    assert adopt.statements == ()
    assert not adopt.safe
    assert "one by one" in adopt.caution
    for statement in script(diff(found, before), found, before).statements:
        connection.execute(statement.encode())
    assert diff(read(connection), before) == ()


def test_what_goes_with_the_constraint_is_no_statement(connection) -> None:
    connection.execute("ALTER TABLE users DISABLE TRIGGER ALL")
    before = read(connection)
    connection.execute("DROP TABLE orders")
    after = read(connection)
    assert USERS not in after
    assert script(diff(before, after), before, after).statements == ("DROP TABLE orders",)
