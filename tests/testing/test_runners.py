"""Both runners with all the options that say what becomes of a test database."""

from __future__ import annotations

import pytest

from tests.testing.conftest import databases

pytestmark = pytest.mark.db


def test_djangos_runner_builds_anew_what_it_is_told_to(shop):
    first = shop.test()
    assert first.code == 0, first.out
    name, what, _seconds = first.cost
    assert what == "built"
    anew = shop.test("shop.tests.TriggerTest", "--rebuild-template")
    assert anew.cost[:2] == (name, "built")


def test_clones_for_parallel_tests_are_made_anew_when_files_change(shop, server):
    def made():
        return databases(server, f"test_{shop.name}")

    options = ("--parallel", "2", "--keepdb")
    first = shop.test(*options)
    assert first.code == 0, first.out
    before = made()
    assert len(before) == 3
    shop.write("migrations_sql/003_more.sql", "BEGIN;\nDROP TABLE audit CASCADE;\nCOMMIT;\n")
    changed = shop.test(*options)
    assert changed.code == 1, changed.out  # nobody has the table
    assert changed.out.count('relation "audit" does not exist') > 1
    assert not set(made()) & set(before)


def test_workers_that_are_spawned_flush_to_the_start_too(shop):
    shop.write(
        "sitecustomize.py",
        "import multiprocessing\nmultiprocessing.set_start_method('spawn', force=True)\n",
    )
    run = shop.test("--parallel", "2")
    assert run.code == 0, run.out


def test_pytest_reuses_a_database_until_its_files_change(shop, server):
    def made():
        return databases(server, f"test_{shop.name}")

    options = ("--reuse-db", "-k", "trigger or missing")
    assert shop.pytest(*options).code == 0
    first = made()
    assert shop.pytest(*options).code == 0
    assert made() == first
    shop.write("migrations_sql/003_more.sql", "BEGIN;\nCREATE TABLE more ();\nCOMMIT;\n")
    changed = shop.pytest(*options)
    assert (changed.code, changed.cost[1]) == (0, "built"), changed.out
    assert made() != first


def test_pytest_refuses_to_reuse_what_was_not_made_from_files(shop, server):
    server.create(f"test_{shop.name}")
    run = shop.pytest("--reuse-db", "-k", "trigger")
    assert run.code == 1
    assert f"the test database test_{shop.name}, which is to be kept, was not made" in run.out
    assert "→ Run the tests once with --create-db" in run.out
    assert "Traceback" not in run.out
    assert shop.pytest("--reuse-db", "--create-db", "-k", "trigger").code == 0


def test_settings_that_are_wrong_are_told_by_each_test_that_needs_the_database(shop):
    settings = (shop.folder / "settings.py").read_text()
    shop.write("settings.py", settings.replace('"MIGRATIONS_DIR"', '"MIGRATION_DIR"'))
    run = shop.pytest("-k", "trigger or missing")
    assert run.code == 1
    assert run.out.count("SCHEMA_TOOLS has no key 'MIGRATION_DIR'\n→ Did you mean") == 2
    assert "Traceback" not in run.out


def test_settings_that_are_wrong_are_told_by_tests_of_classes_too(shop):
    settings = (shop.folder / "settings.py").read_text()
    shop.write("settings.py", settings + 'SCHEMA_TOOLS["DATABASES"] = {"nowhere": {}}\n')
    run = shop.pytest()
    needing = run.out.count("ERROR at setup of")
    assert needing > 2, run.out
    told = "SCHEMA_TOOLS['DATABASES'] names 'nowhere', which is no alias of DATABASES\n→ Known"
    assert run.out.count(told) >= needing
    assert "AssertionError" not in run.out


def test_workers_of_xdist_share_one_template(shop, server):
    run = shop.pytest("-n", "2", "--create-db", "-k", "Flush or rows or trigger")
    assert run.code == 0, run.out
    rows = server.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE starts_with(datname, 'schema_tools_template_')"
    )
    assert len([text for (text,) in rows if shop.name in text]) == 1


BROKEN = "BEGIN;\nCREATE TABLE more (id int);\nALTER TABLE nowhere ADD COLUMN x int;\nCOMMIT;\n"
SAID = (
    "❌ CRITICAL: Migration failed: 003_broken.sql",
    "migrations_sql/003_broken.sql:3 (statement 2 of 2)",
    'relation "nowhere" does not exist',
)


def test_a_file_that_fails_is_told_as_sqlmigrate_apply_tells_it(shop, server):
    shop.write("migrations_sql/003_broken.sql", BROKEN)
    by_pytest = shop.pytest("-k", "trigger or missing")
    assert by_pytest.code == 1
    by_django = shop.test()
    assert by_django.code == 1
    for run in (by_pytest, by_django):
        for words in SAID:
            assert words in run.out
        assert "Traceback" not in run.out
    assert databases(server, "schema_tools_") == []
