"""Django's migrate, run before the SQL files, is told which goes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validate.sample import ROOT, run

pytestmark = pytest.mark.db


def test_a_migrate_that_comes_too_early_is_told_what_to_run(database) -> None:
    done = run(ROOT, database.url, "migrate")
    assert done.returncode != 0
    assert "refers to the table users" in done.stdout
    assert "Run first: manage.py sqlmigrate_apply" in done.stdout
    assert run(ROOT, database.url, "sqlmigrate_apply").returncode == 0
    done = run(ROOT, database.url, "migrate")
    assert done.returncode == 0, done.stderr
    assert "Run first" not in done.stdout


def test_a_migrate_that_needs_nothing_of_the_files_is_left_alone(database) -> None:
    done = run(ROOT, database.url, "migrate", "auth")
    assert done.returncode == 0, done.stderr
    assert "Run first" not in done.stdout


def test_going_back_needs_nothing(sample, copy: Path) -> None:
    assert run(copy, sample.url, "migrate").returncode == 0
    done = run(copy, sample.url, "migrate", "admin", "zero")
    assert done.returncode == 0, done.stderr
    assert "Run first" not in done.stdout
