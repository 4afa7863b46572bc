"""Owners, privileges and settings: whoever runs the migrations, and whoever validates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.validate.sample import ROOT, run

pytestmark = pytest.mark.db

RUNNER, OTHER, OWNER, READER = "role_deployer", "role_checker", "role_owner", "role_reader"
FILE = f"""
BEGIN;
CREATE SCHEMA app AUTHORIZATION {OWNER};
CREATE TABLE app.notes (id int PRIMARY KEY, body text);
CREATE FUNCTION app.count_notes() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app.notes';
ALTER TABLE app.notes OWNER TO {OWNER};
ALTER TABLE sessions OWNER TO {RUNNER};
ALTER FUNCTION app.count_notes() OWNER TO {OWNER};
REVOKE EXECUTE ON FUNCTION app.count_notes() FROM PUBLIC;
GRANT USAGE ON SCHEMA app TO {READER}, {RUNNER};
GRANT SELECT ON app.notes, users TO {READER};
GRANT SELECT, UPDATE (body) ON app.notes TO {RUNNER};
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER};
ALTER DEFAULT PRIVILEGES FOR ROLE {RUNNER} GRANT USAGE ON SEQUENCES TO {READER};
CREATE TABLE late (id serial PRIMARY KEY);
COMMIT;
"""
SETTINGS = f"""
ALTER DATABASE {{name}} SET work_mem = '9MB';
ALTER ROLE {READER} IN DATABASE {{name}} SET search_path = app;
GRANT TEMPORARY ON DATABASE {{name}} TO {READER};
"""


@pytest.fixture
def roles(server) -> Iterator[None]:
    """A role that runs migrations, another that validates, and those that files name."""
    for name in (RUNNER, OTHER, OWNER, READER):
        server.execute(f"DROP ROLE IF EXISTS {name}")
        server.execute(f"CREATE ROLE {name} LOGIN CREATEDB")
    server.execute(f"GRANT {OWNER} TO {RUNNER}")
    yield
    for name in (RUNNER, OTHER, OWNER, READER):
        server.execute(f"DROP ROLE {name}")


@pytest.fixture
def shop(roles, database, server, copy: Path) -> Iterator[Path]:
    """A copy of the sample with privileges in its files, run by an ordinary role."""
    (copy / "migrations_sql" / "005_roles.sql").write_text(FILE, encoding="utf-8")
    server.execute(f"ALTER DATABASE {database.name} OWNER TO {RUNNER}")
    done = run(copy, as_role(database.url, RUNNER), "sqlmigrate_apply")
    assert done.returncode == 0, done.stderr
    grant = f"GRANT SELECT ON schema_migrations, schema_migration_events TO {OTHER};"
    database.execute(f"{grant} GRANT SELECT ON schema_migration_progress TO {OTHER}")
    yield copy
    server.execute(f"DROP DATABASE {database.name} WITH (FORCE)")


def as_role(url: str, role: str) -> str:
    return url.replace("://postgres@", f"://{role}@")


def found(folder: Path, url: str, role: str) -> dict:
    arguments = ("--format", "json", "--only", "migrations,database")
    done = run(folder, as_role(url, role), "validate_schema", *arguments)
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def codes(result: dict) -> list[tuple[str, str]]:
    return [(each["code"], each["object"]["name"]) for each in result["findings"]]


@pytest.mark.parametrize("role", ["postgres", RUNNER])
def test_files_and_database_agree_for_the_runner_and_for_a_superuser(
    shop: Path, database, role: str
) -> None:
    result = found(shop, database.url, role)
    assert codes(result) == []
    assert not [each for each in result["not_checked"] if "005_roles" in each["what"]]


def test_another_ordinary_role_finds_no_more_than_owners_that_it_cannot_give(
    shop: Path, database
) -> None:
    result = found(shop, database.url, OTHER)
    named = [each["what"] for each in result["not_checked"] if "005_roles" in each["what"]]
    assert [each.split(": ")[1] for each in named] == [
        "CREATE SCHEMA",
        "ALTER TABLE",
        "ALTER FUNCTION",
    ]
    assert {code for code, _name in codes(result)} <= {
        "schema.owner",
        "table.owner",
        "function.owner",
        "grant.extra",
        "grant.missing",
    }


DRIFT = {
    f"ALTER TABLE users OWNER TO {OWNER}": ("table.owner", "users"),
    f"ALTER FUNCTION app.count_notes() OWNER TO {RUNNER}": ("function.owner", "count_notes()"),
    f"GRANT DELETE ON users TO {READER}": ("grant.privileges", READER),
    f"GRANT SELECT ON sessions TO {READER}": ("grant.extra", READER),
    f"REVOKE SELECT ON app.notes FROM {READER}": ("grant.missing", READER),
    f"REVOKE UPDATE (body) ON app.notes FROM {RUNNER}": (
        "grant.missing",
        "CURRENT_USER (body)",
    ),
    "GRANT EXECUTE ON FUNCTION app.count_notes() TO PUBLIC": (
        "grant.missing",
        "function count_notes() to PUBLIC",
    ),
    f"ALTER DEFAULT PRIVILEGES FOR ROLE {OTHER} GRANT SELECT ON TABLES TO {READER}": (
        "default_privilege.extra",
        f"tables of {OTHER} to {READER}",
    ),
    "CREATE PUBLICATION by_hand FOR TABLE users": ("publication.extra", "by_hand"),
    "CREATE STATISTICS by_hand ON email, role FROM users": ("statistics.extra", "by_hand"),
}


def test_each_drift_is_named_and_its_remedy_undoes_it(shop: Path, database) -> None:
    for change in DRIFT:
        database.execute(change)
    result = found(shop, database.url, "postgres")
    assert sorted(codes(result)) == sorted(DRIFT.values())
    for finding in result["findings"]:
        assert finding["verdict"] == "database_drifted"
        (remedy,) = [each for each in finding["remedies"] if each["action"] == "undo"]
        # As the role that runs the migrations would run it.
        database.execute(remedy["text"].replace("CURRENT_USER", RUNNER))
    assert codes(found(shop, database.url, "postgres")) == []


@pytest.mark.parametrize("role", ["postgres", RUNNER])
def test_settings_in_files_are_those_of_the_live_database(
    shop: Path, database, server, role: str
) -> None:
    text = SETTINGS.format(name=database.name)
    for statement in text.split(";")[:-1]:
        server.execute(statement)
    result = found(shop, database.url, "postgres")
    assert {code for code, _name in codes(result)} == {"setting.extra", "grant.extra"}
    adopted = "\n".join(
        remedy["text"]
        for each in result["findings"]
        for remedy in each["remedies"]
        if remedy["action"] == "adopt"
    )
    assert database.name not in adopted
    path = shop / "migrations_sql" / "006_settings.sql"
    for told in (text, adopted):
        path.write_text(told, encoding="utf-8")
        done = run(shop, database.url, "sqlmigrate_apply", "--fake", "--noinput")
        assert done.returncode == 0, done.stderr
        result = found(shop, database.url, role)
        # An ordinary role may set nothing for another.
        mine = [] if role == "postgres" else [("setting.extra", f"search_path for {READER}")]
        assert codes(result) == mine, told
        database.execute("DELETE FROM schema_migrations WHERE version = '006_settings'")


@pytest.fixture
def dangerous(roles, database, server) -> Iterator[str]:
    """Files that reach beyond their database, and what they name, there on the server."""
    server.execute(f"ALTER DATABASE {database.name} SET work_mem = '1MB'")
    database.execute(
        "CREATE SUBSCRIPTION role_sub CONNECTION 'dbname=postgres' PUBLICATION p"
        " WITH (connect = false, slot_name = NONE)"
    )
    yield f"""
        ALTER DATABASE {database.name} SET work_mem = '7MB';
        ALTER DATABASE {database.name} OWNER TO {READER};
        ALTER DATABASE postgres SET work_mem = '7MB';
        GRANT ALL ON DATABASE {database.name} TO {READER};
        DROP ROLE {READER};
        ALTER ROLE {OWNER} IN DATABASE {database.name} SET work_mem = '7MB';
        ALTER SYSTEM SET work_mem = '7MB';
        DROP SUBSCRIPTION role_sub;
        CREATE SUBSCRIPTION another CONNECTION 'dbname=postgres' PUBLICATION p;
        REASSIGN OWNED BY {READER} TO {OWNER};
        DO $$ BEGIN EXECUTE 'DROP RO' || 'LE {OWNER}'; END $$;
    """
    database.execute("ALTER SUBSCRIPTION role_sub DISABLE; DROP SUBSCRIPTION role_sub")


def server_state(server) -> list:
    return [
        server.execute(query)
        for query in (
            "SELECT rolname, rolconfig FROM pg_roles ORDER BY 1",
            "SELECT d.datname, r.* FROM pg_db_role_setting r JOIN pg_database d"
            " ON d.oid = r.setdatabase ORDER BY 1, 2, 3",
            "SELECT datname, datdba, datacl FROM pg_database ORDER BY 1",
            "SELECT subname, subenabled, subslotname FROM pg_subscription ORDER BY 1",
            "SELECT name, setting FROM pg_file_settings ORDER BY 1",
            "SELECT slot_name FROM pg_replication_slots ORDER BY 1",
        )
    ]


def test_validating_dangerous_files_touches_nothing(
    dangerous: str, database, server, copy: Path
) -> None:
    (copy / "migrations_sql" / "005_dangerous.sql").write_text(dangerous, encoding="utf-8")
    assert run(ROOT, database.url, "sqlmigrate_apply").returncode == 0
    before = server_state(server)
    result = found(copy, database.url, "postgres")
    assert server_state(server) == before
    named = [each["what"] for each in result["not_checked"] if "005_dangerous" in each["what"]]
    assert len(named) == 8
