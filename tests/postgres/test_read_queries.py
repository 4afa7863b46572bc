"""Reading asks a constant number of questions, with no privilege but CONNECT."""

from __future__ import annotations

import dataclasses
import secrets

import pytest
from psycopg.sql import SQL

from schema_tools.postgres import introspect
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.schema_lines import Seen
from schema_tools.postgres.session import open_connection
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import table_key

pytestmark = pytest.mark.db

SCHEMAS = ("public",)
MOST_QUERIES = 40
TABLES = """
DO $$ BEGIN FOR n IN 1..300 LOOP
  EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a int UNIQUE, b text, CHECK (a > 0))', n);
  EXECUTE format('CREATE INDEX i%s ON t%1$s (b)', n);
END LOOP; END $$
"""


@pytest.fixture
def connection(database):
    with open_connection(database.params, what="the test's database") as connection:
        yield connection


def statements(connection, folder, **options) -> list[str]:
    """Read the schema; return the lines of libpq's trace that send a statement."""
    path = folder / "trace"
    with path.open("w") as trace:
        connection.pgconn.trace(trace.fileno())
        read_schema(connection, SCHEMAS, **options)
        connection.pgconn.untrace()
    lines = path.read_text().splitlines()
    return [line for line in lines if line.split("\t")[3:4] in (["Query"], ["Parse"])]


def test_the_number_of_queries_is_constant(connection, tmp_path, monkeypatch) -> None:
    """Reading itself writes now and then, and what is written has to be marked."""
    monkeypatch.setattr(introspect, "is_still", lambda _connection, _since: False)
    few = statements(connection, tmp_path)
    connection.execute(TABLES)
    many = statements(connection, tmp_path)
    assert len(few) == len(many) <= MOST_QUERIES
    assert "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" in few[2]  # the trace has all


def test_what_is_equal_is_shared(connection) -> None:
    connection.execute("CREATE TABLE t (i int, j int); CREATE TABLE u (i int)")
    seen = Seen()
    first = read_schema(connection, SCHEMAS, seen=seen)
    connection.execute("ALTER TABLE u ALTER COLUMN i TYPE bigint")
    second = read_schema(connection, SCHEMAS, seen=seen)
    other = [key for key in second.objects if second.get(key) is not first.get(key)]
    assert list(map(str, other)) == ["column public.u.i"]


def test_rows_beyond_one_batch_are_all_read(connection, monkeypatch) -> None:
    connection.execute("CREATE TABLE t (a int, b int, c int, d int, e int)")
    whole = read_schema(connection, SCHEMAS)
    monkeypatch.setattr(introspect, "_ROWS_AT_ONCE", 2)
    assert read_schema(connection, SCHEMAS) == whole


TEXT = "a\\b \"c\" 'd' \\n \t\n\r\x01 %s %% {e} é \u2028 😀"


@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1", "SQL_ASCII"])
def test_texts_arrive_as_they_are(connection, database, encoding: str) -> None:
    connection.execute("CREATE TABLE t (i int)")
    connection.execute(SQL("COMMENT ON TABLE t IS {}").format(TEXT))
    params = {**database.params, "client_encoding": encoding}
    with open_connection(params, what="the test's database") as other:
        found = read_schema(other, SCHEMAS)
        assert other.execute("SHOW client_encoding").fetchone() in {(encoding,), (b"SQL_ASCII",)}
    assert found.objects[table_key("public", "t")].comment == TEXT


@pytest.fixture
def stranger(server, database):
    """A connection of a role that may connect, and nothing else."""
    name = f"stranger_{secrets.token_hex(4)}"
    server.execute(f"CREATE ROLE {name} LOGIN")
    server.execute(f"REVOKE ALL ON DATABASE {database.name} FROM PUBLIC")
    server.execute(f"GRANT CONNECT ON DATABASE {database.name} TO {name}")
    database.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    params = {**database.params, "user": name}
    with open_connection(params, what="the test's database") as connection:
        yield connection
    server.execute(f"DROP OWNED BY {name}")
    server.execute(f"REVOKE ALL ON DATABASE {database.name} FROM {name}")
    server.execute(f"DROP ROLE {name}")


RICH = """
CREATE SCHEMA hidden;
CREATE TYPE hidden.mood AS ENUM ('glad');
CREATE TABLE hidden.parent (id int PRIMARY KEY);
CREATE TABLE t (id serial PRIMARY KEY, mood hidden.mood DEFAULT 'glad',
  parent int REFERENCES hidden.parent, n numeric CHECK (n > 0), note text COLLATE "C");
CREATE INDEX ON t (lower(note)) WHERE n IS NOT NULL;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE VIEW v AS SELECT f(id) FROM t;
COMMENT ON TABLE t IS 'told';
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (n = 1);
"""


def test_a_role_with_nothing_but_connect_reads_the_same(database, connection, stranger) -> None:
    database.execute(RICH)
    schemas = ("public", "hidden")
    wanted = read_schema(connection, schemas)
    found = read_schema(stranger, schemas)
    assert found == wanted
    assert len(found.objects) > 10
    assert read_schema(connection, schemas).not_seen == ()


def test_what_is_hidden_is_told(connection, monkeypatch) -> None:
    some = dict(kinds())
    queries = {
        "table": "SELECT n.nspname || '.secret', 'no right' FROM pg_catalog.pg_namespace n"
        " WHERE n.nspname = ANY (%(schemas)s)",
        "column": "SELECT 'a'::pg_catalog.name, 'b' WHERE false",
        "constraint": "SELECT 'c'::text AS c, 'd' AS d",
    }
    for name, query in queries.items():
        some[name] = dataclasses.replace(some[name], hidden=query)
    monkeypatch.setattr(introspect, "kinds", lambda: some)
    found = read_schema(connection, SCHEMAS)
    assert set(found.not_seen) >= {("public.secret", "no right"), ("c", "d")}
    assert found == dataclasses.replace(found, not_seen=())
