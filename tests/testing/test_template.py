"""The template: built once, found again, replaced, and never somebody else's database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management.color import no_style
from django.db import connections

from schema_tools.errors import ConfigurationError, HistoryError, MigrationFailed, Unavailable
from schema_tools.postgres.marked import create_marked
from schema_tools.testing import fill, template
from schema_tools.testing import server as servers
from schema_tools.testing.creation import _Creation, keep_flushing_to_the_start
from schema_tools.testing.restore import key_of
from schema_tools.testing.server import LIVE
from tests.testing.conftest import databases, drop_databases_of

pytestmark = pytest.mark.db


@pytest.fixture
def folder(tmp_path, settings, monkeypatch, server, alias, database):
    """A folder with one file; without the migrations of other apps, which need the sample's."""
    monkeypatch.setattr(fill, "migrate_others", lambda _alias: None)
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "APPS": []}
    (tmp_path / "001_first.sql").write_text("BEGIN;\nCREATE TABLE t (id int);\nCOMMIT;\n")
    yield tmp_path
    drop_databases_of(server, database.name)


def found(alias, **options):
    with template.template_for(alias, **options) as made:
        return made


def names(server):
    rows = server.execute("SELECT datname FROM pg_database WHERE datname ~ '^schema_tools'")
    return {name for (name,) in rows}


@pytest.mark.parametrize("moment", ["create_marked", "drop"])
def test_an_interruption_at_either_end_of_building_leaves_nothing(
    folder, alias, server, monkeypatch, moment
):
    """Also where it comes when the statement has done its work, or has not begun it."""
    (folder / "001_first.sql").write_text("SELECT 1 / 0;\n")  # so that what was built is dropped
    work, interruptions = getattr(servers, moment), [KeyboardInterrupt]

    def interrupted(*arguments, **options):
        if moment == "create_marked":
            work(*arguments, **options)
        if interruptions:
            raise interruptions.pop()
        work(*arguments, **options)

    monkeypatch.setattr(servers, moment, interrupted)
    before = names(server)
    with pytest.raises(KeyboardInterrupt):
        found(alias)
    assert names(server) == before


def test_it_is_built_once_and_copied_with_its_key(server, folder, alias, database):
    first, second = found(alias), found(alias)
    assert (first.built, second.built) == (True, False)
    assert (first.name, first.key) == (second.name, second.key)
    server.execute(f"DROP DATABASE {database.name} WITH (FORCE)")
    server.create(database.name, template=first.name)
    with database.connect() as connection:
        assert key_of(connection) == first.key
    assert database.execute("SELECT version FROM schema_migrations") == [("001_first",)]


def test_a_run_builds_it_anew_once_for_all_its_processes(folder, alias):
    before = found(alias)
    assert [found(alias, anew="run 1").built for _ in range(2)] == [True, False]
    assert found(alias, anew="run 2").built
    assert found(alias).name == before.name


def test_old_ones_go_but_not_what_is_in_use_nor_what_is_not_ours(server, folder, alias, database):
    theirs = f"schema_tools_template_{'0' * 16}"
    server.create(theirs)
    with template.template_for(alias) as in_use:
        made = []
        for number in range(template.KEPT + 2):
            (folder / "001_first.sql").write_text(f"CREATE TABLE t{number} (id int);\n")
            made.append(found(alias).name)
    assert names(server) == {theirs, in_use.name, *made[-template.KEPT :]}
    assert found(alias).name == made[-1]


def test_those_of_other_databases_stay(server, folder, alias):
    before = found(alias).name
    connections[alias].settings_dict[LIVE] = "another"
    for number in range(template.KEPT + 1):
        (folder / "001_first.sql").write_text(f"CREATE TABLE t{number} (id int);\n")
        found(alias)
    assert before in names(server)
    assert len(names(server)) == template.KEPT + 1


def test_a_database_of_its_name_that_is_not_ours_is_refused(server, folder, alias):
    name = found(alias).name
    server.execute(f"COMMENT ON DATABASE {name} IS 'mine'")
    with pytest.raises(Unavailable, match="nothing says that it may be dropped") as caught:
        found(alias)
    assert "Rename or drop it" in caught.value.hint
    assert names(server) == {name}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (
            "BEGIN;\nCREATE TABLE u ();\nDROP TABLE x;\nCOMMIT;\n",
            MigrationFailed,
            r"(?s)❌ CRITICAL: Migration failed: 002_more\.sql\n"
            r'.*002_more\.sql:3 \(statement 2 of 2\).*table "x" does not exist',
        ),
        ("-- Requires: auth.0099_x\nSELECT 1;\n", MigrationFailed, r"002_more\.sql:1: .*0099_x"),
        ("-- Dependencies: 007_x\nSELECT 1;\n", HistoryError, r"002_more\.sql.*007_x"),
        ("\\connect x\n", HistoryError, r"002_more\.sql:1"),
    ],
)
def test_of_files_that_cannot_be_run_no_template_is_left(
    server, folder, alias, text, error, words
):
    (folder / "002_more.sql").write_text(text)
    with pytest.raises(error, match=words) as caught:
        found(alias)
    assert caught.value.hint
    assert names(server) == set()


def test_a_role_that_may_create_no_databases_is_told_so(server, folder, alias, database):
    role = f"plain_{database.name}"
    server.execute(f"CREATE ROLE {role} LOGIN")
    try:
        connections[alias].settings_dict["USER"] = role
        with pytest.raises(Unavailable, match=f"does not let role {role} create") as caught:
            found(alias)
        assert caught.value.hint == f'Let it, as a superuser: ALTER ROLE "{role}" CREATEDB;'
    finally:
        server.execute(f"DROP ROLE {role}")


def test_two_at_once_build_one(folder, alias):
    said = []

    def work():
        try:
            return found(alias, say=said.append)
        finally:
            connections[alias].close()

    with template.control(alias) as other, ThreadPoolExecutor(2) as pool:
        with template.locked(
            other, f"test templates of {connections[alias].settings_dict['NAME']}"
        ):
            runs = [pool.submit(work) for _ in range(2)]
            while len(said) < 2:  # both wait
                time.sleep(0.01)
                assert not any(each.done() for each in runs), [each.exception() for each in runs]
        results = [each.result(120) for each in runs]
    assert sorted(each.built for each in results) == [False, True]
    assert "Waiting for another run" in said[0]


def test_what_a_killed_run_has_left_is_dropped(server, folder, alias):
    with template.control(alias) as connection:
        left = "schema_tools_scratch_0123456789ab_0"
        create_marked(connection, left, template="template1", owner="")
    assert left in names(server)
    made = found(alias).name
    assert names(server) == {made}


@pytest.fixture
def creation(alias, database):
    """How the alias's test database is created, but for Django's own migrations in it."""
    wrapper = connections[alias]
    wrapper.settings_dict["TEST"] = {
        **dict.fromkeys(("CHARSET", "COLLATION", "MIRROR")),
        "MIGRATE": True,
        "NAME": f"test_{database.name}",
    }
    found = _Creation(wrapper, "", lambda error: error, [].append)
    found._create = wrapper.creation._create_test_db
    return found


def test_to_ask_again_takes_the_place_of_what_was_asked_before(folder, alias):
    wrapper = connections[alias]
    djangos = wrapper.creation.create_test_db
    for _ in range(2):
        keep_flushing_to_the_start(wrapper)
        found = _Creation(wrapper, "", lambda error: error, [].append)
        found.install()
        assert (found._create, wrapper.creation.create_test_db) == (djangos, found.create_test_db)
    assert wrapper.ops.sql_flush(no_style(), ["t"]) == ['TRUNCATE "t";']


def test_a_database_to_keep_that_was_not_made_from_files_is_refused(server, folder, creation):
    name = creation.wrapper.settings_dict["TEST"]["NAME"]
    server.create(name)
    with pytest.raises(ConfigurationError, match=f"{name}, which is to be kept, was not made"):
        creation.create_test_db(verbosity=0, keepdb=True)
    assert databases(server, name)


def test_what_a_file_sets_for_the_database_is_set_for_its_copies(
    server, folder, creation, database
):
    name = database.name
    (folder / "002_more.sql").write_text(
        f"ALTER DATABASE {name} SET search_path = app, public;\n"
        f"ALTER ROLE CURRENT_USER IN DATABASE {name} SET jit = off;\n"
    )
    assert creation.create_test_db(verbosity=0) == f"test_{name}"
    rows = server.execute(
        "SELECT setrole <> 0, setconfig::text FROM pg_db_role_setting s JOIN pg_database d "
        f"ON d.oid = s.setdatabase WHERE d.datname = 'test_{name}' ORDER BY 1"
    )
    assert rows == [(False, '{"search_path=app, public"}'), (True, "{jit=off}")]
    assert creation.wrapper.settings_dict["TEST"].get("TEMPLATE") is None
