"""The keys of an index are those that the server prints, also where it is not asked."""

from __future__ import annotations

import pytest
from psycopg import errors, sql

from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.session import open_connection
from schema_tools.schema.kinds.index import Index

pytestmark = pytest.mark.db

FORMS = (
    "({})",
    "({} DESC)",
    "({} NULLS FIRST)",
    '({} COLLATE "C")',
    "({} text_pattern_ops)",
    "({} varchar_pattern_ops)",
    "({}) INCLUDE (extra)",
    "({}, extra)",
    "(({}))",
    "({}) NULLS NOT DISTINCT",
    "({}) WITH (fillfactor = 50)",
    "({}) WHERE extra > 1",
)
# Every type that can be a column's, and some that are no type of the server's own.
TYPES = """
SELECT t.oid::regtype::text FROM pg_type t
 WHERE t.typtype IN ('b', 'r') AND t.typcategory NOT IN ('X', 'Z') AND t.typelem = 0
   AND t.typnamespace = 'pg_catalog'::regnamespace
UNION ALL VALUES ('varchar(7)'), ('char(3)'), ('numeric(5,2)'), ('int[]'), ('text COLLATE "C"'),
                 ('own.small'), ('own.mood'), ('own.pair'), ('own.phrase'), ('varchar[]')
"""
OWN = """
CREATE SCHEMA own;
CREATE DOMAIN own.small AS int;
CREATE DOMAIN own.phrase AS varchar;
CREATE TYPE own.mood AS ENUM ('glad');
CREATE TYPE own.pair AS (a int, b int);
"""
DEFINED = """
SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_class c
 WHERE c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace
"""


def test_keys_are_as_the_server_prints_them(database) -> None:
    with open_connection(database.params, what="the test's database") as connection:
        connection.execute(OWN)
        types = [name for (name,) in connection.execute(TYPES).fetchall()]
        made = sum(indexed(connection, number, name) for number, name in enumerate(types))
        printed = dict(connection.execute(DEFINED).fetchall())
        found = [
            each
            for each in read_schema(connection, ("public",)).objects.values()
            if isinstance(each, Index)
        ]
    assert len(found) == made > 300
    for each in found:
        tail = printed[each.name].split(f" USING {each.method} ", 1)[1]
        assert tail.startswith(each.keys), each
        rest = tail[len(each.keys) :]
        assert bool(rest) == bool(each.options or each.predicate), each


def indexed(connection, number: int, type_name: str) -> int:
    """Make a column of the type, with an index of each form that it can have; return how many."""
    table, column = sql.Identifier(f"T {number}"), sql.Identifier(f"c {number}")
    of_type = sql.SQL(type_name)
    create = sql.SQL("CREATE TABLE public.{} ({} {}, extra int)")
    connection.execute(create.format(table, column, of_type))
    made = 0
    for form in FORMS:
        unique = sql.SQL("UNIQUE" if "NULLS NOT" in form else "")
        statement = sql.SQL("CREATE {} INDEX ON public.{} ").format(unique, table)
        try:
            connection.execute(statement + sql.SQL(form).format(column))
        except (errors.UndefinedObject, errors.DatatypeMismatch, errors.ProgrammingError):
            continue  # no such operator class, or no collation, for the type
        made += 1
    return made
