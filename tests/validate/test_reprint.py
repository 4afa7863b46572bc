"""What differs in its printed form only is no difference, also where two versions have printed."""

from __future__ import annotations

import io
import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from schema_tools.conf import Settings
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import private_server
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.scratch import open_scratch
from schema_tools.schema.comparison.compare import compare
from schema_tools.schema.comparison.sides import Sources
from schema_tools.services.reprint import compare_reprinted
from tests.conftest import ALIAS
from tests.validate.sample import validated

pytestmark = pytest.mark.db

FILE = """
BEGIN;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE TABLE person (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name varchar(50) NOT NULL DEFAULT 'nobody' CHECK (name <> ''),
    kind varchar(10) DEFAULT 'a' CHECK (kind IN ('a', 'b') OR kind LIKE 'x%'),
    mood mood DEFAULT 'sad',
    height numeric(5,2) DEFAULT 0 CHECK (height BETWEEN 0 AND 300),
    twice numeric GENERATED ALWAYS AS (height * 2) STORED,
    made timestamptz DEFAULT timezone('utc', now()),
    tags text[] DEFAULT '{}',
    CONSTRAINT sizes CHECK (doubled(length(name)) < 200 AND extract(year from made) > 1900)
);
CREATE TABLE pet (id int PRIMARY KEY, owner bigint REFERENCES person, data jsonb);
CREATE INDEX glad ON person (lower(name), (height + 1) DESC) WHERE mood = 'glad' AND height > 0;
CREATE UNIQUE INDEX named ON pet ((data ->> 'name')) WHERE json_object('{a,1}') IS NOT NULL;
CREATE VIEW glad_people AS
    SELECT name, height, trim(both from name) AS trimmed FROM person WHERE mood = 'glad';
CREATE VIEW owners AS
    SELECT p.id, p.name, count(*) AS pets, max(t.data ->> 'name') FILTER (WHERE t.id > 0) AS last
      FROM person p JOIN pet t ON t.owner = p.id
     WHERE p.kind IN ('a', 'b') AND EXISTS (SELECT FROM glad_people g WHERE g.name = p.name)
     GROUP BY p.id ORDER BY 2 LIMIT 10;
CREATE MATERIALIZED VIEW busy AS
    WITH many AS (SELECT * FROM owners WHERE pets > 5) SELECT id, pets FROM many UNION SELECT 1, 2;
ALTER TABLE pet ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON pet USING (owner IN (SELECT id FROM owners) AND NOT id = 0);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE UPDATE ON person FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name OR NEW.kind NOT IN ('a', 'b'))
    EXECUTE FUNCTION note();
CREATE RULE quiet AS ON DELETE TO glad_people DO INSTEAD
    UPDATE person SET mood = 'sad' WHERE name = OLD.name;
COMMIT;
"""
# Each is one finding: the object, and the aspect in which the database differs.
REAL = {
    "CREATE OR REPLACE VIEW glad_people AS "
    "SELECT name, height, trim(leading from name) AS trimmed FROM person WHERE mood = 'glad'": (
        "view.definition",
        "glad_people",
    ),
    "ALTER TABLE person DROP CONSTRAINT sizes; ALTER TABLE person ADD CONSTRAINT sizes "
    "CHECK (doubled(length(name)) <= 200 AND extract(year from made) > 1900)": (
        "constraint.definition",
        "sizes",
    ),
    "ALTER TABLE person ALTER name SET DEFAULT 'somebody'": ("column.default", "name"),
    "DROP INDEX glad; CREATE INDEX glad ON person (lower(name), (height + 1) DESC) "
    "WHERE mood = 'glad' AND height > 1": ("index.predicate", "glad"),
    "ALTER POLICY own ON pet USING (owner IN (SELECT id FROM owners) AND NOT id = 1)": (
        "policy.using",
        "own",
    ),
}


@pytest.fixture(scope="session")
def servers() -> tuple[dict[str, Any], dict[str, Any]]:
    """Two private servers of different major versions, the older one first."""
    config = shutil.which("pg_config")
    if config is None:
        pytest.skip("needs a second PostgreSQL: there is no pg_config in the PATH")
    folder = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
    try:
        other = find_binaries(Path(folder.stdout.strip()))
        found = [private_server(each).params for each in (other, find_binaries())]
    except Exception as error:  # development files without a server
        pytest.skip(f"needs a second PostgreSQL: {error}")
    versions = [version_of(params) for params in found]
    if versions[0] == versions[1]:
        pytest.skip(f"needs a second PostgreSQL: both are of version {versions[0]}")
    first, second = sorted(found, key=version_of)
    return first, second


def version_of(params: dict[str, Any]) -> int:
    with psycopg.connect(**params, dbname="postgres") as connection:
        return connection.info.server_version // 10000


@pytest.fixture(params=["database on the older", "database on the newer"])
def apart(request, servers, tmp_path, settings, django_db_blocker) -> Iterator[Any]:
    """A database with the file applied; scratch databases are made on another version's server."""
    live, scratch = servers if request.param.endswith("older") else servers[::-1]
    name = f"test_{secrets.token_hex(6)}"
    connections.databases[ALIAS] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "HOST": live["host"],
        "PORT": str(live["port"]),
        "USER": live["user"],
        "OPTIONS": {},
    }
    (tmp_path / "001_first.sql").write_text(FILE, encoding="utf-8")
    settings.SCHEMA_TOOLS = {
        "MIGRATIONS_DIR": str(tmp_path),
        "APPS": [],
        "SCRATCH": "postgresql:///postgres?"
        + "&".join(f"{key}={scratch[key]}" for key in ("host", "port", "user")),
    }
    with psycopg.connect(**live, dbname="postgres", autocommit=True) as control:
        control.execute(f"CREATE DATABASE {name}")
        with django_db_blocker.unblock():
            call_command("sqlmigrate_apply", database=ALIAS, verbosity=0)
            with psycopg.connect(**live, dbname=name, autocommit=True) as connection:
                yield connection
            connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]
        control.execute(f"DROP DATABASE {name} WITH (FORCE)")


def result_of() -> dict[str, Any]:
    return validated(ALIAS, "--only", "migrations,database")


def codes(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], each["object"]["name"]) for each in result["findings"]]


def test_two_versions_print_the_same_schema_without_a_finding(apart) -> None:
    result = result_of()
    assert codes(result) == []
    assert not [each for each in result["not_checked"] if "printed form" in each["what"]]


def test_a_real_difference_is_found_whatever_the_versions(apart) -> None:
    for change in REAL:
        apart.execute(change)
    result = result_of()
    assert sorted(codes(result)) == sorted(REAL.values())
    assert not [each for each in result["not_checked"] if "printed form" in each["what"]]


def test_how_far_a_file_has_come_is_known_whatever_the_versions(apart) -> None:
    def look() -> dict[str, Any]:
        out = io.StringIO()
        call_command("sqlmigrate_resolve", "1", database=ALIAS, format="json", stdout=out)
        return json.loads(out.getvalue())

    found = look()
    assert found["fits"] == [found["statements"]]
    apart.execute(next(iter(REAL)))
    assert look()["fits"] == []


def test_a_hotfix_is_drafted_whatever_the_versions(apart) -> None:
    """The draft is proven on the other version's server, and compared with the live database."""
    for change in REAL:
        apart.execute(change)
    apart.execute("CREATE VIEW sad_people AS SELECT trim(both from name) FROM person LIMIT 3")
    call_command("sqlmigrate_create", "hotfix", "--from-database", database=ALIAS, verbosity=0)
    call_command("sqlmigrate_apply", "--fake", "--noinput", database=ALIAS, verbosity=0)
    assert codes(result_of()) == []


def test_what_cannot_be_made_again_is_named_and_found(apart) -> None:
    # The function it calls is not among the schemas that are read.
    apart.execute(
        "CREATE SCHEMA away; "
        "CREATE FUNCTION away.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';"
        "ALTER TABLE person DROP CONSTRAINT sizes;"
        "ALTER TABLE person ADD CONSTRAINT sizes CHECK (away.f(1) = 1)"
    )
    result = result_of()
    assert ("constraint.definition", "sizes") in codes(result)
    (named,) = [each for each in result["not_checked"] if "printed form" in each["what"]]
    assert named["what"].endswith(": constraint public.person.sizes")
    assert "where these cannot be made" in named["reason"]


def test_the_two_versions_do_print_differently(apart) -> None:
    """Without a second look there would be findings: else the tests above show nothing."""
    live = read_schema(apart, ("public",))
    with open_scratch(ALIAS, Settings(scratch=scratch_url())) as scratch:
        with scratch.create().connect() as connection:
            connection.execute(FILE.encode())
            files = read_schema(connection, ("public",))
        sources = Sources(applied=files, files=files, live=live)
        first = [each for each in compare(sources).disagreements if each.aspect == "definition"]
        assert {each.key.name for each in first} >= {"glad_people"}
        second = compare_reprinted(sources, scratch)
    assert second.unprinted == ()
    assert [each for each in second.comparison.disagreements if each.aspect == "definition"] == []


def scratch_url() -> str:
    from schema_tools.conf import get_settings

    return get_settings(ALIAS).scratch


def test_nothing_is_printed_again_where_no_expression_differs(alias: str) -> None:
    with open_scratch(alias, Settings()) as scratch:
        with scratch.create().connect() as first, scratch.create().connect() as second:
            first.execute("CREATE TABLE t (a int CHECK (a <> 1), b text)")
            second.execute("CREATE TABLE t (a bigint CHECK (NOT a = 1), b text NOT NULL)")
            files, live = read_schema(first, ("public",)), read_schema(second, ("public",))
        made: list[object] = []
        scratch.create = lambda **_: made.append(1)  # type: ignore[method-assign]
        found = compare_reprinted(Sources(applied=files, files=files, live=live), scratch)
    assert {each.code for each in found.comparison.disagreements} == {
        "column.type",
        "column.nullable",
    }
    assert made == []
