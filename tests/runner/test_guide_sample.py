"""The sample migration of the team's workflow guide, byte for byte as it is printed there."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.db

SAMPLE = Path(__file__).parent / "cases" / "002_add_user_notification_preferences.sql"
USERS = """\
    CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
    INSERT INTO users DEFAULT VALUES;
"""


@pytest.fixture
def sample(project):
    project.write("001_initial_schema", USERS)
    project.write(SAMPLE.stem, SAMPLE.read_text(encoding="utf-8"))
    return project


def test_it_is_refused_before_anything_is_touched(sample):
    result = sample.run("sqlmigrate_apply")
    assert result.code == 2
    line = next(
        number
        for number, text in enumerate(SAMPLE.read_text(encoding="utf-8").splitlines(), start=1)
        if "CONCURRENTLY" in text
    )
    assert f"{SAMPLE.name}:{line}: CREATE INDEX CONCURRENTLY cannot run inside a" in result.out
    assert "Take BEGIN; and COMMIT; out" in result.out
    assert "leave out the word CONCURRENTLY" in result.out
    assert sample.tables() == set()
    assert sample.database.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    ) == [(0,)]


def test_without_the_word_it_applies_and_rolls_back(sample):
    text = SAMPLE.read_text(encoding="utf-8").replace(" CONCURRENTLY", "")
    sample.write(SAMPLE.stem, text)
    assert sample.run("sqlmigrate_apply").code == 0
    assert sample.applied() == ["001_initial_schema", SAMPLE.stem]
    count = "SELECT count(*) FROM user_notification_preferences"
    assert sample.database.execute(count) == [(1,)]

    result = sample.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert result.code == 0, result.err
    assert sample.applied() == ["001_initial_schema"]
    assert sample.tables() == {"users"}


def test_the_guides_manual_rollback_undoes_the_record(sample):
    sample.write(SAMPLE.stem, SAMPLE.read_text(encoding="utf-8").replace(" CONCURRENTLY", ""))
    sample.run("sqlmigrate_apply")
    sample.database.execute(
        "BEGIN; DROP TABLE IF EXISTS user_notification_preferences CASCADE;"
        f"DELETE FROM schema_migrations WHERE version = '{SAMPLE.stem}'; COMMIT;"
    )
    assert "1 applied, 1 pending" in sample.run("sqlmigrate_status").out
    assert sample.run("sqlmigrate_apply").code == 0
    assert sample.tables() == {"users", "user_notification_preferences"}
