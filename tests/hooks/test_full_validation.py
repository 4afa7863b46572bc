"""full-schema-validation.sh: what each step finds is in the table, and decides the exit code."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest

from tests.hooks.conftest import (
    FIRST,
    FIRST_SQL,
    MODELS_WITH_PRICE,
    ROOT,
    Done,
    Repository,
)

SCRIPT = "scripts/full-schema-validation.sh"
LINT = "lint of the SQL files"
REPLAY = "all SQL files from empty"
ROUND_TRIP = "every SQL file up, down and up again"
SOURCES = "models, SQL files and database"
TESTS = "tests"
STEPS = (LINT, REPLAY, ROUND_TRIP, SOURCES, TESTS)
NOT_RUN = "not run: the SQL files cannot be run from empty"
# In the place of Python: what is asked of it fails where $FAILS says so.
PYTHON = """#!/bin/sh
case "$*" in
"-c "*) ;;
*"$FAILS"*) echo "this fails: $FAILS"; exit "${CODE:-1}" ;;
*) echo "done: $*" ;;
esac
"""
ASKED_BY = {
    LINT: "sqlmigrate_lint",
    REPLAY: "schema_snapshot --of migrations",
    ROUND_TRIP: "schema_tools.hooks round_trip",
    SOURCES: "validate_schema",
    TESTS: "manage.py test",
}


def table(done: Done) -> dict[str, str]:
    """Return the result of each step as the table says it; that has its seconds, too."""
    lines = done.output[done.output.rindex("\nstep ") :].splitlines()[2:]
    rows = [re.fullmatch(r"(.+?) +(\d+)  (.+)", line) for line in lines if line]
    return {row[1]: row[3] for row in rows if row}


@pytest.fixture
def stubbed(bare_shop: Repository) -> Repository:
    python = bare_shop.write("../python", PYTHON, add=False)
    python.chmod(0o755)
    bare_shop.git("config", "schematools.python", str(python))
    return replace(bare_shop, environment={**bare_shop.environment, "FAILS": "nothing"})


@pytest.mark.process
def test_all_steps_run_in_their_order(stubbed: Repository) -> None:
    done = stubbed.inside("shop").run("bash", f"../{SCRIPT}")
    assert done.code == 0, done.output
    assert table(done) == dict.fromkeys(STEPS, "ok")
    asked = re.findall(r"^done: .*", done.output, re.MULTILINE)
    for line, words in zip(asked, ASKED_BY.values(), strict=True):
        assert words in line
    assert "✅ Full schema validation passed in" in done.output


@pytest.mark.process
@pytest.mark.parametrize("broken", STEPS)
def test_a_step_that_fails_is_told_and_the_others_run(stubbed: Repository, broken: str) -> None:
    done = stubbed.run("bash", SCRIPT, FAILS=ASKED_BY[broken], CODE="5")
    expected = {**dict.fromkeys(STEPS, "ok"), broken: "FAILED (exit code 5)"}
    if broken == REPLAY:
        expected |= {ROUND_TRIP: NOT_RUN, SOURCES: NOT_RUN}
    assert table(done) == expected
    assert done.code == 1
    assert "❌ Full schema validation failed." in done.output


@pytest.mark.process
def test_steps_can_be_left_out(stubbed: Repository) -> None:
    done = stubbed.run("bash", SCRIPT, "--no-database", "--no-tests")
    assert done.code == 0
    assert table(done)["tests"] == "not run: left out as asked"
    assert table(done)["models and SQL files, without the database"] == "ok"
    assert "validate_schema --no-database" in done.output
    assert stubbed.run("bash", SCRIPT, "--wrong").code == 2
    assert "--no-database" in stubbed.run("bash", SCRIPT, "--help").output


@pytest.mark.process
def test_the_command_for_tests_is_the_projects(stubbed: Repository) -> None:
    stubbed.write("pytest.ini", "[pytest]\n")
    assert "done: -m pytest" in stubbed.run("bash", SCRIPT).output
    own = ("config", "--file", ".githooks/config", "schematools.tests")
    stubbed.git(*own, 'echo own "$PYTHON"; exit 4')
    done = stubbed.run("bash", SCRIPT)
    assert f"own {stubbed.git('config', 'schematools.python')}" in done.output
    assert table(done)["tests"] == "FAILED (exit code 4)"


@pytest.mark.process
def test_an_interruption_ends_it(stubbed: Repository) -> None:
    done = stubbed.run("bash", SCRIPT, FAILS=ASKED_BY[LINT], CODE="130")
    assert done.code == 130
    assert ASKED_BY[REPLAY] not in done.output


@pytest.mark.process
def test_without_an_environment_it_does_not_begin(stubbed: Repository) -> None:
    stubbed.git("config", "schematools.python", "/nonexistent")
    done = stubbed.run("bash", SCRIPT)
    assert done.code == 2
    assert "/nonexistent, which the setting schematools.python names, is no Python" in done.output


@pytest.mark.db
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="NOT RUN: this is no clone by git")
def test_the_sample_passes(served_shop: Repository, database) -> None:
    here = {"schematools.python": sys.executable, "safe.directory": "*"}
    environment = {"GIT_CONFIG_COUNT": str(len(here)), "DATABASE_URL": database.url}
    for number, (key, value) in enumerate(here.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    sample = replace(served_shop, top=ROOT)
    done = sample.run("bash", SCRIPT, "--no-tests", **environment)
    assert done.code == 0, done.output
    assert table(done) == {**dict.fromkeys(STEPS, "ok"), TESTS: "not run: left out as asked"}


@pytest.mark.db
def test_what_is_really_wrong_is_found_by_its_step(served_shop: Repository) -> None:
    down = "DROP TABLE IF EXISTS article;"
    served_shop.write(FIRST, FIRST_SQL.replace(down, "SELECT 1;").replace("Purpose", "Aim"))
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    failing = "from django.test import TestCase\n\nclass T(TestCase):\n    def test(self): 1 / 0\n"
    served_shop.write("shop/tests.py", failing)
    done = served_shop.run("bash", SCRIPT)
    assert done.code == 1
    failed = "FAILED (exit code 1)"
    assert table(done) == {**dict.fromkeys(STEPS, failed), REPLAY: "ok"}
    for words in (
        "lint.header",
        "its rollback does not lead back: table public.article is left behind",
        "column price is in the model, no SQL file makes it",
        "ZeroDivisionError",
    ):
        assert words in done.output


@pytest.mark.db
def test_files_that_do_not_run_make_the_next_steps_meaningless(served_shop: Repository) -> None:
    served_shop.write(FIRST, FIRST_SQL.replace("bigint", "nowhere"))
    done = served_shop.run("bash", SCRIPT, "--no-tests")
    assert done.code == 1
    assert f"{FIRST}:12" in done.output
    assert table(done)[REPLAY] == "FAILED (exit code 2)"
    assert [table(done)[step] for step in (ROUND_TRIP, SOURCES)] == [NOT_RUN, NOT_RUN]
