"""The mark of the catalogs changes with every change of a schema, and with nothing else."""

from __future__ import annotations

import pytest

from schema_tools.postgres.catalog_mark import read_mark
from schema_tools.postgres.session import open_connection

pytestmark = pytest.mark.db

SCHEMA = """
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id serial PRIMARY KEY, parent int REFERENCES parent, note text);
CREATE INDEX child_note ON child (note);
CREATE VIEW seen AS SELECT name FROM parent;
CREATE MATERIALIZED VIEW kept AS SELECT id, name, repeat(name, 9000) AS big FROM parent;
CREATE UNIQUE INDEX kept_id ON kept (id);
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('glad');
CREATE DOMAIN positive AS int;
CREATE SEQUENCE loose;
ALTER TABLE parent CLUSTER ON parent_pkey;
INSERT INTO parent VALUES (1, 'a'), (2, 'b');
"""
CHANGES = """
ALTER TABLE parent RENAME TO ancestor
ALTER TABLE parent RENAME COLUMN name TO title
ALTER TABLE parent ADD COLUMN more int
ALTER TABLE parent DROP COLUMN name CASCADE
ALTER TABLE parent ALTER COLUMN name SET NOT NULL
ALTER TABLE parent ALTER COLUMN name SET DEFAULT 'a'
ALTER TABLE parent ALTER COLUMN name SET STORAGE EXTERNAL
ALTER TABLE parent SET (fillfactor = 70)
ALTER TABLE child SET UNLOGGED
ALTER TABLE parent ENABLE ROW LEVEL SECURITY
ALTER TABLE parent REPLICA IDENTITY FULL
ALTER TABLE parent ADD CHECK (id > 0)
ALTER TABLE child DROP CONSTRAINT child_parent_fkey
ALTER TABLE child ALTER CONSTRAINT child_parent_fkey DEFERRABLE
ALTER TABLE child DISABLE TRIGGER ALL
ALTER TABLE child CLUSTER ON child_note
ALTER INDEX child_note RENAME TO other
ALTER INDEX child_note SET (fillfactor = 70)
ALTER VIEW seen ALTER COLUMN name SET DEFAULT 'a'
CREATE OR REPLACE VIEW seen AS SELECT name FROM parent WHERE id > 0
ALTER SEQUENCE loose INCREMENT 2
ALTER SEQUENCE loose OWNED BY parent.id
ALTER SEQUENCE loose RENAME TO bound
CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'
CREATE RULE nothing AS ON DELETE TO parent DO INSTEAD NOTHING
CREATE POLICY mine ON parent USING (true)
CREATE STATISTICS both_columns ON id, name FROM parent
CREATE PUBLICATION news FOR TABLE parent
CREATE SCHEMA more
ALTER TYPE mood ADD VALUE 'sad'
ALTER DOMAIN positive ADD CHECK (VALUE > 0)
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC
GRANT SELECT ON parent TO PUBLIC
GRANT SELECT (name) ON parent TO PUBLIC
COMMENT ON TABLE parent IS 'told'
CREATE EXTENSION hstore
CREATE TABLE heir () INHERITS (parent)
DROP TABLE child
REFRESH MATERIALIZED VIEW kept WITH NO DATA
""".strip().splitlines()
DISTURBANCES = """
ANALYZE
VACUUM
VACUUM FULL parent
VACUUM FREEZE
CLUSTER parent
REINDEX TABLE child
TRUNCATE child
TRUNCATE parent, child
REFRESH MATERIALIZED VIEW kept
REFRESH MATERIALIZED VIEW CONCURRENTLY kept
INSERT INTO child (parent, note) VALUES (1, 'x')
SELECT nextval('loose')
SELECT setval('loose', 7)
CREATE TEMPORARY TABLE t (LIKE parent INCLUDING ALL, n serial UNIQUE, m mood)
CREATE TEMPORARY VIEW v AS SELECT 1
CREATE FUNCTION pg_temp.two() RETURNS int LANGUAGE sql AS 'SELECT 2'
CREATE TYPE pg_temp.feeling AS (i int)
SELECT lo_create(4711)
""".strip().splitlines()


@pytest.fixture
def connection(database):
    database.execute(SCHEMA)
    with open_connection(database.params, what="the test's database") as connection:
        yield connection


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_schema_changes_the_mark(database, connection, change: str) -> None:
    if "hstore" in change and not has_extension(connection, "hstore"):
        pytest.skip("this server has no extension hstore")
    before = read_mark(connection)
    database.execute(change)
    assert read_mark(connection) != before


def has_extension(connection, name: str) -> bool:
    query = "SELECT FROM pg_available_extensions WHERE name = %s"
    return connection.execute(query, (name,)).fetchone() is not None


@pytest.mark.parametrize("disturbance", DISTURBANCES)
def test_what_is_no_change_of_the_schema_leaves_the_mark(
    database, connection, disturbance: str
) -> None:
    before = read_mark(connection)
    with database.connect() as other:
        other.execute(disturbance)
        assert read_mark(connection) == before
    assert read_mark(connection) == before


def test_renamed_to_and_fro_is_a_change(database, connection) -> None:
    """What was printed between the two has the other name."""
    before = read_mark(connection)
    database.execute("ALTER TABLE parent RENAME TO ancestor")
    database.execute("ALTER TABLE ancestor RENAME TO parent")
    assert read_mark(connection) != before
