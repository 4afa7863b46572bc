"""What a change of type does to values, held against what the server does."""

from __future__ import annotations

import psycopg
import pytest

from schema_tools.schema.parts.types import (
    cast,
    casts_by_itself,
    comparable,
    keeps_rows,
    keeps_values,
)

KEEPS = [
    ("integer", "bigint"),
    ("smallint", "smallint"),
    ("integer", "numeric"),
    ("character varying(5)", "character varying(9)"),
    ("character varying(5)", "character varying"),
    ("character varying(5)", "text"),
    ("numeric(5,2)", "numeric(7,2)"),
    ("numeric(5,2)", "numeric"),
]
MAY_LOSE = [
    ("bigint", "integer"),
    ("text", "character varying(5)"),
    ("character varying", "character varying(5)"),
    ("character varying(9)", "character varying(5)"),
    ("text", "character(5)"),
    ("character(5)", "text"),
    ("numeric", "numeric(5,2)"),
    ("numeric(5,2)", "numeric(5,3)"),
    ("numeric(5,2)", "numeric(5,1)"),
    ("integer", "numeric(5,0)"),
    ("numeric", "integer"),
    ("double precision", "real"),
    ("timestamp with time zone", "timestamp without time zone"),
    ("timestamp(6) with time zone", "timestamp(0) with time zone"),
    ("text", "integer"),
    ("text[]", "integer[]"),
    ("public.mood", "text"),
]

SPATIAL = [
    ("geometry(Point,4326)", "geometry(Point,3857)", "st_transform(v, 3857)"),
    ("gis.geometry(PointZ,4326)", "gis.geometry(Point,4326)", "gis.st_force2d(v)"),
    ('"g s".geometry(Point)', '"g s".geometry(Point,4326)', '"g s".st_setsrid(v, 4326)'),
    ("geometry(Point,4326)", "geometry(Point)", "st_setsrid(v, 0)"),
    ("geometry(Point)", "geometry(PointZM,1)", "st_force4d(st_setsrid(v, 1))"),
    ("geometry(Polygon,1)", "geometry(MultiPolygon,1)", "st_multi(v)"),
    ("geometry(Point,3857)", "geography(Point,4326)", "st_transform(v, 4326)"),
    ("geography(PointZ)", "geometry(PointM,3857)", "st_force3dm(st_transform(v::geometry, 3857))"),
    ("geometry(Geometry,4326)", "geometry(LineString,4326)", "v"),
    ("geometry(PointZ,1)", "geometry", "v"),
    ("geometry", "geometry(PointZ,1)", "v"),
]

TYPES = [
    *("smallint", "integer", "bigint", "numeric", "numeric(5,2)", "real", "double precision"),
    *("text", "character varying(5)", "character(3)", "boolean", "uuid", "bytea", "money", "xml"),
    *("date", "timestamp(3) with time zone", "timestamp without time zone", "interval"),
    *("time without time zone", "time with time zone", "json", "jsonb", "inet", "cidr", "bit(3)"),
    *("bit varying", "integer[]", "text[]", "uuid[]", "int4range", "point", "public.mood"),
    *("public.weather", "public.percent"),
]


@pytest.mark.parametrize(("before", "after"), KEEPS)
def test_wider_types_keep_every_value(before: str, after: str) -> None:
    assert keeps_values(before, after)


@pytest.mark.parametrize(("before", "after"), MAY_LOSE)
def test_other_types_may_not(before: str, after: str) -> None:
    assert not keeps_values(before, after)


@pytest.mark.parametrize(("before", "after", "value"), SPATIAL)
def test_shapes_are_brought_into_the_system_and_dimensions(
    before: str, after: str, value: str
) -> None:
    assert cast("v", before, after) == f"{value}::{after}"
    assert not casts_by_itself(before, after)


def test_a_type_that_is_none_of_postgis_goes_by_way_of_text() -> None:
    assert cast("v", "raster", "geometry(Point,1)") == "v::text::geometry(Point,1)"


@pytest.mark.db
def test_using_is_left_out_only_where_the_server_needs_none(database) -> None:
    pairs = [pair for pair in [*KEEPS, *MAY_LOSE] if casts_by_itself(*pair)]
    assert len(pairs) > 15
    statements = ["CREATE TYPE mood AS ENUM ('a')"]
    for number, (before, after) in enumerate(pairs):
        statements.append(f"CREATE TABLE t{number} (a {before})")
        statements.append(f"ALTER TABLE t{number} ALTER COLUMN a TYPE {after}")
    database.execute(";".join(statements))


@pytest.mark.db
def test_a_value_that_is_too_long_is_refused_and_not_cut(database) -> None:
    database.execute("CREATE TABLE t (a varchar(50)); INSERT INTO t VALUES ('abcdefghij')")
    assert casts_by_itself("character varying(50)", "character varying(5)")
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        database.execute("ALTER TABLE t ALTER COLUMN a TYPE character varying(5)")


@pytest.mark.db
def test_there_is_an_expression_that_makes_each_type_of_each_other(database) -> None:
    statements = [
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE TYPE weather AS ENUM ('a')",
        "CREATE DOMAIN percent AS integer",
    ]
    statements += [
        f"SELECT {cast('x', before, after)} FROM (SELECT NULL::{before} AS x) AS t WHERE false"
        for before in TYPES
        for after in TYPES
    ]
    database.execute(";".join(statements))


def test_a_cast_keeps_to_the_servers_own_where_there_is_one() -> None:
    assert cast("a", "integer", "bigint") == "a::bigint"
    assert cast("a", "timestamp(3) with time zone", "date") == "a::date"
    assert cast("a", "integer[]", "bigint[]") == "a::bigint[]"
    assert cast("a", "public.mood", "text") == "a::text"
    assert cast("a", "public.mood", "public.weather") == "a::text::public.weather"


@pytest.mark.db
def test_types_are_comparable_where_a_foreign_key_takes_them(database) -> None:
    names = ("smallint", "bigint", "text", "character varying(5)", "uuid", "date")
    pairs = [(a, b) for a in names for b in names if comparable(a, b)]
    assert len(pairs) == 10
    for before, after in pairs:
        database.execute(
            f"CREATE TABLE p (a {before} UNIQUE); CREATE TABLE c (a {after} "
            "REFERENCES p (a)); DROP TABLE c, p"
        )


AS_THEY_ARE = [
    ("character varying(5)", "character varying(9)"),
    ("character varying(5)", "character varying"),
    ("character varying(5)", "text"),
    ("text", "character varying"),
    ("numeric(5,2)", "numeric(7,2)"),
    ("numeric(5,2)", "numeric"),
]


@pytest.mark.parametrize(
    ("before", "after"),
    [*AS_THEY_ARE, ("integer", "bigint"), ("numeric(5,2)", "numeric(7,3)"), *MAY_LOSE[1:4]],
)
@pytest.mark.db
def test_a_table_is_written_anew_where_that_is_said(database, before: str, after: str) -> None:
    """What the server does: a table that it writes anew is another file."""
    expected = (before, after) in AS_THEY_ARE
    assert keeps_rows(before, after) is expected
    database.execute(f"CREATE TABLE t (v {before}); INSERT INTO t VALUES ('1')")
    file = "SELECT pg_relation_filenode('t')"
    there = database.execute(file)
    database.execute(f"ALTER TABLE t ALTER v TYPE {after}")
    assert (database.execute(file) == there) is expected


def test_a_type_that_stays_keeps_the_rows() -> None:
    assert keeps_rows("public.mood", "public.mood")
