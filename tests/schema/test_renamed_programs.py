"""A view, routine, trigger, rule or policy with another name is one that was renamed."""

from __future__ import annotations

import pytest

from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.diff import diff
from schema_tools.schema.kinds import kinds
from schema_tools.schema.renames import find_renames, relabelled

pytestmark = pytest.mark.db
SCHEMA = """
CREATE TABLE t (a int);
CREATE VIEW v AS SELECT a FROM t;
CREATE VIEW on_v AS SELECT v.a, t.a AS other FROM v JOIN t ON t.a = v.a;
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE VIEW calls_f AS SELECT f(a, 'x') FROM t;
CREATE PROCEDURE p(int) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
CREATE AGGREGATE middle(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition,
    STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION noop();
CREATE FUNCTION event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION event();
CREATE RULE r AS ON DELETE TO v DO INSTEAD NOTHING;
CREATE TABLE u (b int);
CREATE POLICY s ON u USING (EXISTS (SELECT FROM t WHERE t.a = u.b));
"""
RENAMED = [
    Key("table", "public", "", "t"),
    Key("view", "public", "", "v"),
    Key("materialized_view", "public", "", "m"),
    Key("function", "public", "", "f(integer, text)"),
    Key("procedure", "public", "", "p(integer)"),
    Key("aggregate", "public", "", "total(integer)"),
    Key("aggregate", "public", "", "middle(double precision, anyelement)"),
    Key("trigger", "public", "t", "tr"),
    Key("event_trigger", "", "", "e"),
    Key("rule", "public", "v", "r"),
    Key("policy", "public", "u", "s"),
]


@pytest.mark.parametrize("key", RENAMED, ids=str)
def test_a_rename_is_known_and_can_be_undone(database, key: Key) -> None:
    bare, parenthesis, types = key.name.partition("(")
    renamed = Key(key.kind, key.schema, key.table, f"New {bare}{parenthesis}{types}")
    rename = kinds()[key.kind].rename
    with database.connect() as connection:
        connection.execute(SCHEMA.encode())
        before = read_schema(connection, ("public",))
        connection.execute(rename(key, renamed.name).encode())
        after = read_schema(connection, ("public",))
        assert find_renames(before, after) == {key: renamed}
        assert diff(relabelled(before, {key: renamed}), after) == ()
        connection.execute(rename(renamed, key.name).encode())
        assert diff(read_schema(connection, ("public",)), before) == ()
