"""A search path that begins with somebody else's functions, operators, tables and types."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from django.contrib.postgres.signals import register_type_handlers
from django.db import connections
from django.db.backends.signals import connection_created

from tests.faults.poison import SQL, calls, send_through

pytestmark = pytest.mark.db

TABLE = (
    "BEGIN;\nCREATE TABLE public.first (id integer PRIMARY KEY, name varchar);\nCOMMIT;\n"
    "-- DOWN\n-- DROP TABLE public.first;\n"
)
INDEX = (
    "CREATE INDEX CONCURRENTLY first_name ON public.first (name);\n"
    "-- DOWN\n-- DROP INDEX CONCURRENTLY public.first_name;\n"
)


@pytest.fixture(scope="module")
def template(server):
    name = f"poison_{secrets.token_hex(6)}"
    server.create(name)
    with psycopg.connect(**server.params, dbname=name) as connection:
        connection.execute(SQL)
    yield name
    server.execute(f"DROP DATABASE {name}")


@pytest.fixture
def poisoned(project, server, template):
    server.execute(f"DROP DATABASE {project.database.name}")
    server.create(project.database.name, template)
    send_through(project.database)
    project.write("001_first", TABLE)
    project.write("002_index", INDEX)
    return project


def run(project, *command: str, code: int = 0):
    """Run a command; nobody is fooled."""
    result = project.run(*command)
    connections[project.alias].close()
    assert (calls(project.database), command) == ([], command)
    assert result.code == code, (command, result.err, result.out)
    return result


def applied(project) -> list[str]:
    with project.database.connect() as connection:
        connection.execute("SET search_path = pg_catalog")
        rows = connection.execute("SELECT version FROM public.schema_migrations ORDER BY id")
        return [version for (version,) in rows]


def test_the_poison_works(poisoned):
    """Else the other tests could not fail."""
    assert poisoned.database.execute("SELECT 'a'::name = 'a'::name") == [(None,)]
    poisoned.database.execute("SELECT relname FROM pg_class LIMIT 1")
    names = {name for name, _operator, _calls in calls(poisoned.database)}
    assert {"view_pg_class"} <= names
    assert any(name.startswith("operator_") for name in names)


def test_it_fools_no_run(poisoned):
    run(poisoned, "sqlmigrate_status")
    run(poisoned, "sqlmigrate_apply", "--plan")
    run(poisoned, "sqlmigrate_apply", "--dry-run")
    run(poisoned, "sqlmigrate_apply")
    assert applied(poisoned) == ["001_first", "002_index"]
    run(poisoned, "sqlmigrate_status", "--check")
    run(poisoned, "sqlmigrate_rollback", "--noinput")
    run(poisoned, "sqlmigrate_rollback", "zero", "--noinput", "--allow-data-loss")
    assert applied(poisoned) == []


@pytest.fixture
def without_lookups_of_django() -> Iterator[None]:
    """What `django.contrib.postgres` asks for types, by their bare names, is not ours to mend."""
    connection_created.disconnect(register_type_handlers)
    yield
    connection_created.connect(register_type_handlers)


def test_it_fools_no_comparison(poisoned, without_lookups_of_django):
    run(poisoned, "sqlmigrate_apply")
    run(poisoned, "validate_schema", "--only", "migrations,database", code=1)
    run(poisoned, "validate_schema", code=1)
    run(poisoned, "schema_diff", "--from", "migrations", "--to", "database", code=1)
    run(poisoned, "schema_snapshot", "--of", "database")
    run(poisoned, "sqlmigrate_create", "evil", "--from-database", "--dry-run")


def test_it_fools_nobody_who_adopts_or_settles(poisoned):
    run(poisoned, "sqlmigrate_baseline", "002", "--noinput", code=2)
    run(poisoned, "sqlmigrate_apply")
    run(poisoned, "sqlmigrate_resolve", "002_index")
