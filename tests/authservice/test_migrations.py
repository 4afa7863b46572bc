"""The service's SQL files: each can be undone without a trace, and takes old rows along."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.db

SQL_FILES = sorted((Path(settings.BASE_DIR) / "migrations_sql").glob("*.sql"))
DOWN_HEADING = "-- 🔙 ROLLBACK MIGRATION (DOWN)\n"


def text_of(file):
    return file.read_text(encoding="utf-8")


def down_of(file):
    """The rollback, as somebody who takes the comment marks off by hand would run it."""
    lines = text_of(file).partition(DOWN_HEADING)[2].splitlines()
    code = [line.removeprefix("--").removeprefix(" ") for line in lines]
    return "\n".join(code[code.index("BEGIN;") :])


@pytest.fixture
def dump(database, binaries):
    def run():
        command = [binaries.program("pg_dump"), "--schema-only", f"--dbname={database.url}"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # Newer versions put a random token into \restrict and \unrestrict.
        return [line for line in text.splitlines() if not line.startswith(("\\re", "\\unre"))]

    return run


@pytest.fixture
def apply(database):
    def run(number):
        database.execute(text_of(SQL_FILES[number - 1]))

    return run


@pytest.mark.parametrize(
    "number", range(1, len(SQL_FILES) + 1), ids=lambda n: SQL_FILES[n - 1].stem
)
def test_down_brings_back_exactly_the_schema_before_up(number, database, dump, apply):
    for earlier in range(1, number):
        apply(earlier)
    before = dump()
    apply(number)
    assert dump() != before
    database.execute(down_of(SQL_FILES[number - 1]))
    assert dump() == before


@pytest.mark.parametrize("file", SQL_FILES, ids=lambda file: file.stem)
def test_psql_runs_the_file_as_it_stands(file, database, binaries):
    for earlier in SQL_FILES[: SQL_FILES.index(file)]:
        database.execute(text_of(earlier))
    command = [binaries.program("psql"), "-X", "-v", "ON_ERROR_STOP=1", "-f", file, database.url]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def add_user(database, name):
    [(user_id,)] = database.execute(
        "INSERT INTO users (email, username, password_hash) "
        f"VALUES ('{name}@example.com', '{name}', '!') RETURNING id"
    )
    return user_id


def test_002_takes_sessions_switched_off_before_their_time_for_revoked(database, apply):
    apply(1)
    user_id = add_user(database, "ann")
    database.execute(
        "INSERT INTO sessions (user_id, refresh_token, is_active, expires_at) VALUES"
        f" ('{user_id}', 'open', true, now() + interval '1 day'),"
        f" ('{user_id}', 'revoked', false, now() + interval '1 day'),"
        f" ('{user_id}', 'over', false, now() - interval '1 day')"
    )
    apply(2)
    assert database.execute("SELECT refresh_token FROM sessions WHERE is_revoked") == [
        ("revoked",)
    ]


def test_003_gives_every_user_one_row_and_keeps_what_was_switched_off(database, apply):
    apply(1)
    add_user(database, "new")
    quiet = add_user(database, "quiet")
    database.execute(
        f"INSERT INTO user_preferences (user_id, email_notifications) VALUES ('{quiet}', false)"
    )
    apply(2)
    apply(3)
    assert database.execute(
        "SELECT username, email_notifications, push_notifications, sms_notifications,"
        " notification_frequency FROM user_notification_preferences"
        " JOIN users ON users.id = user_id ORDER BY username"
    ) == [("new", True, True, False, "immediate"), ("quiet", False, True, False, "immediate")]


def test_004_switches_off_a_second_factor_that_nobody_could_have(database, apply):
    apply(1)
    user_id = add_user(database, "ann")
    database.execute(
        f"INSERT INTO user_preferences (user_id, two_factor_enabled) VALUES ('{user_id}', true)"
    )
    for number in (2, 3, 4):
        apply(number)
    assert database.execute("SELECT two_factor_enabled FROM user_preferences") == [(False,)]


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("users", "email, username, password_hash", "'a@example.com', 'a', '!'"),
        ("sessions", "refresh_token, expires_at", "'token', now()"),
        ("user_preferences", "theme", "'dark'"),
        ("user_notification_preferences", "sms_notifications", "true"),
    ],
)
def test_a_trigger_sets_updated_at_on_every_update(table, columns, values, database, apply):
    for number in range(1, 5):
        apply(number)
    if table != "users":
        columns, values = f"user_id, {columns}", f"'{add_user(database, 'ann')}', {values}"
        database.execute(f"DELETE FROM {table}")
    database.execute(
        f"INSERT INTO {table} ({columns}, updated_at) VALUES ({values}, '2020-01-01')"
    )
    database.execute(f"UPDATE {table} SET updated_at = '2020-01-02'")
    assert database.execute(f"SELECT updated_at > now() - interval '1 minute' FROM {table}") == [
        (True,)
    ]
