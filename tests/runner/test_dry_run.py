"""A dry run says what each statement does, and nothing of it stays."""

from __future__ import annotations

import json

import pytest

from tests.reports.test_json_schemas import complaints

pytestmark = pytest.mark.db


@pytest.fixture
def users(project):
    """A project whose table has rows, and which its files have made."""
    project.write(
        "001_users",
        """
        BEGIN;
        CREATE TABLE users (id integer PRIMARY KEY, name varchar(20), age integer);
        CREATE TABLE logins (user_id integer REFERENCES users);
        COMMIT;
        -- ROLLBACK MIGRATION (DOWN)
        -- DROP TABLE logins;
        -- DROP TABLE users;
        """,
    )
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute("INSERT INTO users SELECT i, 'x', i FROM generate_series(1, 100) i")
    return project


def looked(project, *arguments: str, command: str = "sqlmigrate_apply") -> dict:
    done = project.run(command, *arguments, "--dry-run", "--format", "json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def schema(project) -> list[tuple]:
    query = "SELECT attrelid::regclass::text, attname, atttypid, attnum FROM pg_attribute a JOIN "
    query += (
        "pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    return project.database.execute(query)


def locks(statement: dict) -> dict[str, str]:
    return {lock["table"]: lock["mode"] for lock in statement["locks"]}


def test_in_a_transaction_that_is_rolled_back(users) -> None:
    users.write(
        "002_more",
        """
        BEGIN;
        ALTER TABLE users ADD COLUMN email text;
        ALTER TABLE users ALTER COLUMN age TYPE bigint;
        UPDATE users SET email = 'a';
        CREATE TABLE other (id integer);
        ALTER TABLE other ADD COLUMN more integer;
        COMMIT;
        """,
    )
    before = schema(users)
    report = looked(users)
    found = report["dry_run"]
    assert found["where"] == "transaction"
    add, widen, update, create, alter = found["statements"]
    assert locks(add) == {"users": "ACCESS EXCLUSIVE"}
    assert add["rewritten"] == []
    assert [table["table"] for table in widen["rewritten"]] == ["users"]
    assert widen["rewritten"][0]["bytes"] > 8000
    assert locks(widen) == {}, "the lock is the first statement's"
    assert update["locks"] == create["locks"] == alter["locks"] == []
    assert report["migrations"]["pending"] == ["002_more"]
    assert schema(users) == before
    assert users.applied() == ["001_users"]
    assert users.database.execute("SELECT count(*) FROM users WHERE name = 'x'") == [(100,)]


def test_text_says_what_the_locks_block(users) -> None:
    users.write("002_index", "BEGIN;\nCREATE INDEX users_age ON users (age);\nCOMMIT;\n")
    done = users.run("sqlmigrate_apply", "--dry-run")
    assert done.code == 0
    assert "SHARE on users (blocks writes)" in done.out
    assert "Nothing was changed." in done.out


def test_in_a_scratch_copy_where_one_transaction_will_not_do(users) -> None:
    users.database.execute("ALTER TABLE users ADD COLUMN by_hand integer")
    users.write("002_widen", "BEGIN;\nALTER TABLE users ALTER by_hand TYPE bigint;\nCOMMIT;\n")
    users.write(
        "003_index", "CREATE INDEX CONCURRENTLY users_age ON users (age);\nANALYZE users;\n"
    )
    before = schema(users)
    found = looked(users)["dry_run"]
    assert found["where"] == "scratch"
    widen, index, analyze = found["statements"]
    assert locks(widen) == {"users": "ACCESS EXCLUSIVE"}
    assert widen["rewritten"][0]["table"] == "users"
    assert widen["rewritten"][0]["bytes"] > 8000, "the size in the live database"
    assert index["locks"] is None
    assert locks(analyze) == {"users": "SHARE UPDATE EXCLUSIVE"}
    assert schema(users) == before
    text = users.run("sqlmigrate_apply", "--dry-run").out
    assert "in a scratch copy of the schema, without rows" in text
    assert "it runs outside a transaction" in text


def test_the_copy_of_an_empty_database(project) -> None:
    """The first run of all on a new database may build indexes concurrently, too."""
    project.write("001_one", "BEGIN;\nCREATE TABLE one (id integer);\nCOMMIT;\n")
    project.write("002_index", "CREATE INDEX CONCURRENTLY one_id ON one (id);\n")
    report = looked(project)
    assert report["dry_run"]["where"] == "scratch"
    assert len(report["dry_run"]["statements"]) == 2
    assert schema(project) == []


def test_a_failure_in_the_copy_says_what_the_server_says(users) -> None:
    users.database.execute("CREATE VIEW names AS SELECT name FROM users")
    users.write("002_index", "CREATE INDEX CONCURRENTLY users_age ON users (age);\n")
    users.write("003_type", "BEGIN;\nALTER TABLE users ALTER name TYPE text;\nCOMMIT;\n")
    done = users.run("sqlmigrate_apply", "--dry-run")
    assert done.code == 5
    assert "003_type.sql:2\n  cannot alter type of a column used by a view or rule\n" in done.err
    assert "from empty" not in done.err
    assert 'depends on column "name". Mend the file' in done.err


def test_what_needs_a_commit_between_goes_to_the_copy(users) -> None:
    users.database.execute("CREATE TYPE mood AS ENUM ('glad')")
    users.write("002_sad", "BEGIN;\nALTER TYPE mood ADD VALUE 'sad';\nCOMMIT;\n")
    users.write("003_use", "BEGIN;\nALTER TABLE users ADD mood mood DEFAULT 'sad';\nCOMMIT;\n")
    assert looked(users)["dry_run"]["where"] == "scratch"


def test_each_file_begins_anew(users) -> None:
    users.write(
        "002_settings",
        "BEGIN;\nSET search_path = pg_catalog;\nCREATE TEMP TABLE t (i int);\nCOMMIT;\n",
    )
    users.write("003_plain", "BEGIN;\nCREATE TABLE t (i int);\nCREATE TABLE u (i int);\nCOMMIT;\n")
    assert looked(users)["dry_run"]["where"] == "transaction"


def test_deferred_constraints_are_checked_at_the_end_of_each_file(users) -> None:
    users.database.execute(
        "ALTER TABLE logins ALTER CONSTRAINT logins_user_id_fkey DEFERRABLE INITIALLY DEFERRED"
    )
    users.write("002_login", "BEGIN;\nINSERT INTO logins VALUES (900);\nCOMMIT;\n")
    done = users.run("sqlmigrate_apply", "--dry-run")
    assert done.code == 5
    assert "logins_user_id_fkey" in done.err
    assert "nothing was changed: it was a dry run" in done.err


@pytest.mark.parametrize("rest", ["", "\nCREATE INDEX CONCURRENTLY i ON users (age);\n"])
def test_a_failure_is_told_and_nothing_stays(users, rest: str) -> None:
    begin, commit = ("", "") if rest else ("BEGIN;\n", "COMMIT;\n")
    users.write(
        "002_wrong",
        f"{begin}ALTER TABLE users ADD a int;\nALTER TABLE nowhere ADD b int;\n{commit}{rest}",
    )
    before = schema(users)
    done = users.run("sqlmigrate_apply", "--dry-run")
    assert done.code == 5
    assert "002_wrong.sql" in done.err
    assert "nowhere" in done.err
    assert "nothing was changed" in done.err
    assert schema(users) == before
    tables = users.database.execute("SELECT count(*) FROM schema_migration_progress")
    assert tables == [(0,)]


def test_a_rollback_can_be_tried(users) -> None:
    report = looked(users, command="sqlmigrate_rollback")
    first, second = report["dry_run"]["statements"]
    assert first["verb"] == second["verb"] == "DROP TABLE"
    assert locks(first) == {"logins": "ACCESS EXCLUSIVE", "users": "ACCESS EXCLUSIVE"}
    assert users.applied() == ["001_users"]
    assert users.tables() == {"users", "logins"}


def test_with_fake_there_is_nothing_to_run(users) -> None:
    users.write("002_x", "BEGIN;\nCREATE TABLE x (i int);\nCOMMIT;\n")
    assert users.run("sqlmigrate_apply", "--fake", "--dry-run").code == 2


def test_nothing_to_do(users) -> None:
    report = looked(users)
    assert report["dry_run"]["statements"] == []
    assert report["summary"] is not None


@pytest.mark.parametrize("command", ["sqlmigrate_apply", "sqlmigrate_rollback"])
def test_its_json_fits_the_published_schema(users, command: str) -> None:
    if command == "sqlmigrate_apply":
        users.write("002_age", "BEGIN;\nALTER TABLE users ALTER age TYPE bigint;\nCOMMIT;\n")
    assert complaints(command, looked(users, command=command)) == []
