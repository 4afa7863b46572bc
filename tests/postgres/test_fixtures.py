"""What the fixtures of conftest promise."""

from __future__ import annotations

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from schema_tools.postgres import session

pytestmark = pytest.mark.db


def test_a_database_is_empty_and_of_the_server_asked_for(database, server, binaries):
    assert database.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    ) == [(0,)]
    assert server.version // 10000 == binaries.major


def test_a_database_can_be_reached_by_its_url(database):
    with psycopg.connect(database.url) as connection:
        assert connection.info.dbname == database.name


def test_an_alias_is_the_database_for_django_and_for_raw_connections(database, alias):
    database.execute("CREATE TABLE there (id int)")
    assert connections[alias].introspection.table_names() == ["there"]
    with session.connect(alias) as connection:
        assert connection.execute("SELECT to_regclass('there')::text").fetchone() == ("there",)


def test_management_commands_run_on_the_alias(database, alias, capsys):
    database.execute("CREATE TABLE there (id int)")
    call_command("inspectdb", database=alias)
    assert "class There(models.Model)" in capsys.readouterr().out


@pytest.mark.django_db
def test_djangos_test_database_is_built_from_the_sql_files_on_the_private_server(server):
    wrapper = connections["default"]
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT current_database(), to_regtype('user_role')::text")
        assert cursor.fetchone() == ("test_auth_db", "user_role")
    assert wrapper.settings_dict["HOST"] == server.params["host"]
