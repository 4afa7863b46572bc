"""Commands behind a real PgBouncer, in transaction and in session mode."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connections

from schema_tools.conf import get_settings
from schema_tools.postgres.lock import lock_key
from tests.pooler import PROGRAM, pooler_before

pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(
        PROGRAM is None,
        reason="NOT RUN: there is no pgbouncer here; on Debian: apt-get install pgbouncer",
    ),
]

TABLE = "BEGIN;\nCREATE TABLE first (id int);\nCOMMIT;\n-- DOWN\n-- DROP TABLE first;\n"
INDEX = (
    "CREATE INDEX CONCURRENTLY first_id ON first (id);\n"
    "-- DOWN\n-- DROP INDEX CONCURRENTLY first_id;\n"
)


@pytest.fixture(params=["transaction"])
def pooled(request, project, server, binaries):
    """A project whose alias leads to a pooler; `direct` leads past it."""
    direct = {**connections.databases[project.alias]}
    connections.databases["direct"] = direct
    with pooler_before(server.params, binaries, request.param) as params:
        place = {"HOST": params["host"], "PORT": str(params["port"])}
        connections.databases[project.alias] = {**direct, **place}
        connections[project.alias].settings_dict.update(place)
        yield project
        connections[project.alias].close()
    connections["direct"].close()
    del connections["direct"]
    del connections.databases["direct"]


in_session_mode = pytest.mark.parametrize("pooled", ["session"], indirect=True)


def go_around(settings, direct: str = "direct") -> None:
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "DIRECT_DATABASE": direct}


def test_a_pool_in_transaction_mode_is_refused_and_the_way_around_it_named(pooled):
    pooled.write("001_first", TABLE)
    result = pooled.run("sqlmigrate_apply")
    assert result.code == 3
    assert "a connection pooler in transaction mode" in result.err
    assert "DIRECT_DATABASE" in result.err
    assert pooled.tables() == set()
    assert pooled.run("sqlmigrate_status").code == 0
    assert pooled.run("sqlmigrate_apply", "--plan").code == 0


def test_it_is_refused_while_others_use_the_pool(pooled):
    """They take the server processes and give them back: the one that is asked for may be free."""
    pooled.write("001_first", TABLE)
    over = threading.Event()
    params = {
        "host": connections.databases[pooled.alias]["HOST"],
        "port": connections.databases[pooled.alias]["PORT"],
        "user": pooled.database.params["user"],
        "dbname": pooled.database.name,
    }

    def use():
        with psycopg.connect(**params, autocommit=True, prepare_threshold=None) as client:
            while not over.is_set():
                client.execute("SELECT pg_sleep(random() / 1000)")

    clients = [threading.Thread(target=use) for _ in range(3)]
    for client in clients:
        client.start()
    try:
        codes = [pooled.run("sqlmigrate_apply").code for _ in range(5)]
    finally:
        over.set()
        for client in clients:
            client.join()
    assert codes == [3] * 5
    assert pooled.tables() == set()


def test_with_a_direct_alias_all_works(pooled, settings):
    go_around(settings)
    pooled.write("001_first", TABLE)
    pooled.write("002_index", INDEX)
    result = pooled.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert pooled.applied() == ["001_first", "002_index"]
    result = pooled.run("sqlmigrate_rollback", "001", "--noinput")
    assert result.code == 0, result.err
    assert pooled.applied() == ["001_first"]
    key = lock_key("public.schema_migrations") & 0xFFFF_FFFF
    held = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = {key}"
    assert pooled.database.execute(held) == [(0,)]


def test_a_direct_alias_that_leads_elsewhere_is_refused(pooled, settings, server):
    go_around(settings)
    connections.databases["direct"]["NAME"] = "postgres"
    pooled.write("001_first", TABLE)
    result = pooled.run("sqlmigrate_apply")
    assert result.code == 2
    assert "leads to another database: 'postgres' instead of" in result.err
    assert f"instead of '{pooled.database.name}'" in result.err
    assert server.execute("SELECT to_regclass('first')") == [(None,)]
    assert get_settings(pooled.alias).direct_database == "direct"


@in_session_mode
def test_in_session_mode_all_works_behind_the_pooler(pooled, monkeypatch):
    monkeypatch.setattr("schema_tools.services.apply.create_content_types", lambda *_args: ())
    pooled.write("001_first", TABLE)
    pooled.write("002_index", INDEX)
    assert pooled.run("sqlmigrate_status", "--check").code == 1
    result = pooled.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert pooled.run("sqlmigrate_status", "--check").code == 0
    report = pooled.run("validate_schema", only="migrations,database")
    assert report.code == 0, report.out + report.err
    result = pooled.run("sqlmigrate_rollback", "zero", "--noinput", "--allow-data-loss")
    assert result.code == 0, result.err
    assert pooled.tables() == set()
    assert pooled.applied() == []


@in_session_mode
def test_behind_a_pooler_the_process_that_runs_a_statement_is_the_servers(pooled):
    """The pooler tells the connection another number, which may be anybody's."""
    pooled.write(
        "001_process",
        "-- Transaction: off\nCREATE TABLE seen AS SELECT pg_backend_pid() AS pid;\nSELECT 1/0;",
    )
    assert pooled.run("sqlmigrate_apply").code == 5
    (seen,) = pooled.database.execute("SELECT pid FROM seen")
    query = "SELECT backend_pid FROM schema_migration_progress"
    assert pooled.database.execute(query) == [seen]
