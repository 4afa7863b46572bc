"""sqlmigrate_baseline: an existing database is adopted only as what it is proven to be."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import subprocess
import sys
import threading

import pytest
from django.db import connections

from schema_tools.errors import ConsentRefused, SchemaChanging
from schema_tools.history.adoption import plan_baseline
from schema_tools.history.directory import read_directory
from schema_tools.history.plan import World
from schema_tools.history.record import Applied, History, Unfinished
from schema_tools.management.commands.sqlmigrate_baseline import Command
from schema_tools.services import adopt as adopting
from schema_tools.services.adopt import Question, adopt
from tests.runner.conftest import Project

USERS = """
    CREATE TABLE users (id bigint PRIMARY KEY, email varchar(255) NOT NULL);
    CREATE INDEX users_email ON users (email);
    """
ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);"
PHONE = "ALTER TABLE users ADD COLUMN phone text;"
ORIGINAL = """
    CREATE TABLE schema_migrations (
        id serial PRIMARY KEY, version varchar(255) NOT NULL UNIQUE, name varchar(255) NOT NULL,
        checksum varchar(64) NOT NULL, applied_at timestamp NOT NULL DEFAULT now(),
        applied_by varchar(255), environment varchar(50), execution_time_ms integer
    );
    """


@pytest.fixture
def shop(project):
    """Three files, and a database that has by hand what the first two make."""
    project.write("001_users", USERS)
    project.write("002_orders", ORDERS)
    project.write("003_phone", PHONE)
    with project.database.connect() as connection:
        connection.execute(USERS)
        connection.execute(ORDERS)
    return project


def report_of(result) -> dict:
    return json.loads(result.out)


def events(project) -> list[tuple]:
    return project.database.execute(
        "SELECT version, event, checksum, file_text, fingerprint, reason, happened_by "
        "FROM schema_migration_events ORDER BY id"
    )


def nothing_was_made(project) -> bool:
    rows = project.database.execute(
        "SELECT count(*) FROM pg_class WHERE relname LIKE 'schema_migration%' AND relkind = 'r'"
    )
    return rows == [(0,)]


def history(*versions: str, **more: object) -> History:
    rows = tuple(
        Applied(version, version, "", None, position=at) for at, version in enumerate(versions)
    )
    return History(rows, exists=True, **more)


# What is recorded, decided without a database.


def planned(project, last: str, past: History):
    directory = read_directory(project.folder)
    target = next(each for each in directory.migrations if each.version == last)
    return plan_baseline(World(directory, 180000), past, target=target)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "migrations_sql"
    folder.mkdir()
    found = Project(folder, "default")
    for name, text in (("001_users", USERS), ("002_orders", ORDERS), ("003_phone", PHONE)):
        found.write(name, text)
    return found


@pytest.mark.parametrize(
    ("recorded", "last", "expected"),
    [
        ((), "002_orders", ["001_users", "002_orders"]),
        (("001_users",), "002_orders", ["002_orders"]),
        (("001_users", "002_orders"), "002_orders", []),
        (("001_users", "002_orders", "003_phone"), "001_users", []),
    ],
)
def test_files_up_to_the_version_are_planned_and_rows_that_are_there_are_kept(
    files, recorded, last, expected
):
    plan = planned(files, last, history(*recorded))
    assert plan.problems == ()
    assert [step.migration.version for step in plan.steps] == expected
    assert {step.event for step in plan.steps} <= {"baseline"}


@pytest.mark.parametrize(
    ("past", "code", "words"),
    [
        (history("000_gone"), "history.missing", "its file is not there"),
        (history("003_phone"), "history.recorded_first", "003_phone is recorded as applied"),
        (history("002_orders"), "history.recorded_first", "sqlmigrate_baseline 002_orders"),
        (
            history(unfinished=(Unfinished("002_orders", "up", "", 1, 3, "", 2, error="no"),)),
            "history.half_done",
            "statement 1 has taken effect",
        ),
        (
            history(unfinished=(Unfinished("002_orders", "up", "", 0, 3, "", 1, alive=True),)),
            "history.running",
            "still runs",
        ),
    ],
)
def test_a_history_that_does_not_fit_is_a_problem(files, past, code, words):
    plan = planned(files, "002_orders", past)
    (found,) = plan.problems
    assert found.code == code
    assert words in f"{found.message} {found.hint}"


def test_a_failure_that_left_nothing_is_no_problem(files):
    past = history(unfinished=(Unfinished("002_orders", "up", "", 0, 1, "", 1, error="no"),))
    plan = planned(files, "002_orders", past)
    assert (len(plan.steps), plan.problems) == (2, ())


# What is recorded.


@pytest.mark.db
def test_what_is_proven_is_recorded_with_an_event_each(shop):
    result = shop.run("sqlmigrate_baseline", "2", "--noinput")
    assert result.code == 0, result.err + result.out
    assert "2 files recorded as applied, proven by a replay" in result.out
    assert shop.applied() == ["001_users", "002_orders"]
    rows = events(shop)
    assert [row[:2] for row in rows] == [("001_users", "baseline"), ("002_orders", "baseline")]
    for _version, _event, checksum, text, fingerprint, reason, who in rows:
        assert hashlib.sha256(text.encode()).hexdigest() == checksum
        assert len(fingerprint) == 64
        assert "equals the database" in reason
        assert "@" in who
    assert shop.run("sqlmigrate_apply").code == 0
    after = [row[4] for row in events(shop)]
    assert after[0] == after[1] != after[2]
    assert shop.applied()[-1] == "003_phone"
    assert shop.run("validate_schema", "--only", "migrations,database").code == 0


@pytest.mark.db
def test_a_second_time_there_is_nothing_to_record(shop):
    assert shop.run("sqlmigrate_baseline", "2").code == 0
    result = shop.run("sqlmigrate_baseline", "002_or")
    assert result.code == 0
    assert "Nothing to record: all files up to 002_orders are recorded" in result.out
    assert len(events(shop)) == 2


@pytest.mark.db
def test_rows_of_the_original_system_count_and_its_table_is_completed(shop):
    checksum = hashlib.sha256((shop.folder / "001_users.sql").read_bytes()).hexdigest()
    with shop.database.connect() as connection:
        connection.execute(ORIGINAL)
        connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum, applied_at, applied_by) "
            "VALUES ('001_users', 'users', %s, '2024-01-01', 'go')",
            (checksum,),
        )
    assert shop.run("sqlmigrate_baseline", "2").code == 0
    assert shop.database.execute(
        "SELECT version, applied_by = 'go', applied_at < '2025-01-01' FROM schema_migrations "
        "ORDER BY id"
    ) == [("001_users", True, True), ("002_orders", False, False)]
    assert [row[0] for row in events(shop)] == ["002_orders"]


# What is refused.


@pytest.mark.db
def test_a_row_of_another_text_is_refused(shop):
    with shop.database.connect() as connection:
        connection.execute(ORIGINAL)
        connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) "
            "VALUES ('001_users', 'users', repeat('0', 64))"
        )
    result = shop.run("sqlmigrate_baseline", "2")
    assert result.code == 2
    assert "changed after it had been applied" in result.out
    assert shop.applied() == ["001_users"]


DIFFERENCES = {
    "ALTER TABLE users ADD COLUMN nick text": "column nick",
    "ALTER TABLE orders DROP COLUMN user_id": "column user_id",
    "ALTER TABLE users ALTER email TYPE varchar(100)": "varchar(100)",
    "CREATE TABLE extra (id int)": "table 'extra'",
    "DROP INDEX users_email": "users_email",
    PHONE: "column phone",
}


@pytest.mark.db
def test_a_database_that_differs_is_refused_and_nothing_is_made_in_it(shop):
    shop.database.execute("; ".join(DIFFERENCES))
    result = shop.run("sqlmigrate_baseline", "2", "--noinput")
    assert result.code == 2
    assert [words for words in DIFFERENCES.values() if words not in result.out] == []
    assert "Refused before anything was touched: 6 differences" in result.out
    assert "Let the files say what the database has" in result.out
    assert "CREATE TABLE extra" in result.out
    assert "DROP TABLE" not in result.out  # the files do not count yet: nothing is undone for them
    assert nothing_was_made(shop)


@pytest.mark.db
def test_differences_are_findings_with_their_lines_and_remedies(shop):
    shop.database.execute("ALTER TABLE users ALTER email DROP NOT NULL; DROP TABLE orders")
    document = report_of(shop.run("sqlmigrate_baseline", "2", format="json"))
    assert document["ok"] is False
    assert document["recorded"] == []
    by_name = {each["object"]["name"]: each for each in document["findings"]}
    assert by_name["email"]["code"] == "column.nullable"
    assert by_name["email"]["locations"][0]["path"].endswith("001_users.sql")
    assert "SET NOT NULL" in by_name["email"]["remedies"][0]["text"]
    assert by_name["orders"]["code"] == "table.missing"
    assert document["summary"]["critical"] >= 2


@pytest.mark.db
def test_what_the_project_has_accepted_does_not_stand_in_the_way(shop, settings):
    shop.database.execute("CREATE TABLE extra (id int)")
    settings.SCHEMA_TOOLS = {
        **settings.SCHEMA_TOOLS,
        "IGNORE": [{"object": "extra", "reason": "the data team's"}],
    }
    result = shop.run("sqlmigrate_baseline", "2", "--noinput")
    assert result.code == 0, result.out
    assert "1 known difference aside" in result.out
    assert "1 known difference accepted by the project" in events(shop)[0][5]


@pytest.mark.db
def test_files_that_fail_from_empty_prove_nothing(shop):
    shop.write(
        "002_orders", "CREATE TABLE orders (id bigint PRIMARY KEY, u bigint REFERENCES no);"
    )
    result = shop.run("sqlmigrate_baseline", "2")
    assert result.code == 2
    assert "002_orders.sql:1" in result.out
    assert "nothing was compared" in result.out
    assert nothing_was_made(shop)


@pytest.mark.db
@pytest.mark.parametrize("version", ["9", "00"])
def test_a_version_that_is_none_or_several(shop, version):
    result = shop.run("sqlmigrate_baseline", version)
    assert result.code == 2
    assert nothing_was_made(shop)


@pytest.mark.db
def test_what_was_not_compared_is_said(shop):
    shop.write(
        "002_orders",
        f"{ORDERS}\nINSERT INTO users VALUES (1, 'a@b.c');\nALTER SYSTEM RESET work_mem;",
    )
    document = report_of(shop.run("sqlmigrate_baseline", "2", format="json"))
    assert document["ok"] is True
    said = {each["what"]: each["reason"] for each in document["not_checked"]}
    assert any(
        "002_orders.sql:2 (INSERT)" in what and "not rows" in why for what, why in said.items()
    )
    assert any("ALTER SYSTEM" in what for what in said)


@pytest.mark.db
def test_of_rows_that_files_write_only_those_are_in_doubt_that_did_not_run(shop):
    """A file that a run has applied has written them."""
    shop.write("001_users", f"{USERS}\nINSERT INTO users VALUES (1, 'a@b.c');")
    shop.database.execute("DROP TABLE IF EXISTS orders, users CASCADE")
    assert shop.run("sqlmigrate_apply", "1").code == 0
    shop.database.execute(ORDERS)
    document = report_of(shop.run("sqlmigrate_baseline", "2", format="json"))
    assert document["ok"] is True
    assert not [each for each in document["not_checked"] if "INSERT" in each["what"]]


# Questions.


@pytest.mark.db
def test_a_person_may_agree_to_differences_and_the_events_say_so(shop):
    shop.database.execute("DROP INDEX users_email")
    asked = []
    report = adopt(shop.alias, "2", consent=lambda question: asked.append(question) or True)
    assert report.ok
    assert asked[0].files == ("001_users", "002_orders")
    assert "users_email" in asked[0].differences[0]
    assert "in spite of 1 difference" in report.summary
    assert shop.applied() == ["001_users", "002_orders"]
    reason = events(shop)[0][5]
    assert reason.startswith("agreed to by hand")
    assert "users_email" in reason


@pytest.mark.db
def test_a_no_records_nothing(shop):
    shop.database.execute("DROP INDEX users_email")
    with pytest.raises(ConsentRefused):
        adopt(shop.alias, "2", consent=lambda _question: False)
    assert nothing_was_made(shop)


@pytest.mark.db
@pytest.mark.parametrize(
    ("meanwhile", "error"),
    [
        ("CREATE TABLE later (id int)", SchemaChanging),
        (
            f"{ORIGINAL}; INSERT INTO schema_migrations (version, name, checksum) "
            "VALUES ('001_users', 'users', '')",
            ConsentRefused,
        ),
    ],
    ids=["schema", "history"],
)
def test_a_yes_is_good_only_for_what_was_shown(shop, meanwhile, error):
    shop.database.execute("DROP INDEX users_email")

    def agree(_question) -> bool:
        shop.database.execute(meanwhile)
        return True

    with pytest.raises(error, match="changed since"):
        adopt(shop.alias, "2", consent=agree)
    assert shop.database.execute("SELECT to_regclass('schema_migration_events')") == [(None,)]


@pytest.mark.db
def test_a_proof_is_good_only_for_the_schema_that_was_compared(shop, monkeypatch):
    prove = adopting.prove

    def too_early(*arguments):
        proof = prove(*arguments)
        shop.database.execute("DROP INDEX users_email")
        return proof

    monkeypatch.setattr(adopting, "prove", too_early)
    result = shop.run("sqlmigrate_baseline", "2")
    assert result.code == 3
    assert "changed since it was compared" in result.err
    assert nothing_was_made(shop)


@pytest.mark.db
def test_nobody_is_asked_where_all_is_proven(shop):
    assert adopt(shop.alias, "2", consent=lambda _question: pytest.fail("asked")).ok


@pytest.mark.db
def test_the_question_at_a_terminal(shop, shell):
    shop.database.execute("DROP INDEX users_email")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "django", "sqlmigrate_baseline", "2"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        env=shell.environment(),
        cwd=shell.home,
    )
    os.close(slave)
    text = b""
    while b"[y/N]" not in text:
        text += os.read(master, 4096)
    assert b"users_email" in text
    assert b"Record as applied all the same: 001_users, 002_orders?" in text
    os.write(master, b"n\n")
    process.communicate(timeout=30)
    os.close(master)
    assert process.returncode == 2
    assert nothing_was_made(shop)


def test_a_question_shows_the_first_of_many_differences(monkeypatch):
    command, asked = Command(), []
    monkeypatch.setattr(command, "somebody_to_ask", lambda _options: True)
    monkeypatch.setattr(command, "ask", asked.append)
    command._consent(Question(("001_users",), tuple(f"thing {n}." for n in range(25))), {})
    assert "thing 19." in asked[0]
    assert "thing 20." not in asked[0]
    assert "… and 5 more" in asked[0]


# Beside others.


@pytest.mark.db
def test_only_one_of_two_at_the_same_moment_records(shop):
    together = threading.Barrier(2)
    results = []

    def run() -> None:
        together.wait()
        results.append(shop.run("sqlmigrate_baseline", "2", lock_wait=30))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.code for result in results] == [0, 0]
    assert sum("Nothing to record" in result.out for result in results) == 1
    assert len(events(shop)) == 2


@pytest.mark.db
def test_while_another_run_goes_on_nothing_is_done(shop):
    from schema_tools.postgres.lock import runner_lock

    with (
        shop.database.connect() as connection,
        runner_lock(connection, "public.schema_migrations", wait=0),
    ):
        result = shop.run("sqlmigrate_baseline", "2", lock_wait=0.3)
    assert result.code == 4
    assert "Waiting up to 0.3 s for another run to end: process" in result.err
    assert nothing_was_made(shop)


@pytest.mark.db
def test_an_interruption_while_recording_leaves_no_row(shop, monkeypatch):
    def stop(_migration, _by):
        raise KeyboardInterrupt

    monkeypatch.setattr(adopting, "row_of", stop)
    with pytest.raises(KeyboardInterrupt):
        adopt(shop.alias, "2")
    assert shop.applied() == []
    assert events(shop) == []


@pytest.mark.db
def test_a_database_of_another_tool_is_adopted_beside_it(shop, settings):
    shop.database.execute("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)")
    shop.database.execute("INSERT INTO schema_migrations VALUES ('20240101000000')")
    refused = shop.run("sqlmigrate_baseline", "2")
    assert refused.code == 2
    assert "belongs to dbmate" in refused.err
    assert "its last version: 20240101000000" in refused.err
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "HISTORY_TABLE": "sql_migrations"}
    result = shop.run("sqlmigrate_baseline", "2")
    assert result.code == 0, result.out
    assert "dbmate" in result.out
    assert "20240101000000" in result.out
    rows = shop.database.execute("SELECT version FROM sql_migrations ORDER BY id")
    assert rows == [("001_users",), ("002_orders",)]
    assert shop.database.execute("SELECT * FROM schema_migrations") == [("20240101000000",)]


@pytest.mark.db
def test_tables_of_djangos_own_migrations_are_left_to_django(shop):
    shop.write(
        "002_orders",
        f"""
        -- Requires: contenttypes.0002_remove_content_type_name
        {ORDERS}
        CREATE INDEX types_of_orders ON django_content_type (model);
        """,
    )
    early = shop.run("sqlmigrate_baseline", "2")
    assert early.code == 2
    assert "requires Django's migration contenttypes.0002" in early.out
    shop.run("migrate", "contenttypes", verbosity=0)
    without = shop.run("sqlmigrate_baseline", "2")
    assert without.code == 2
    assert "types_of_orders" in without.out
    shop.database.execute("CREATE INDEX types_of_orders ON django_content_type (model)")
    result = shop.run("sqlmigrate_baseline", "2")
    assert result.code == 0, result.out
    assert "tables of Django's own migrations (django_content_type)" in result.out


@pytest.mark.db
def test_a_role_with_few_rights_owns_what_it_would_make(shop, server):
    """Before there is a history, who would make it counts as who runs the files."""
    role = f"{shop.database.name}_adopter"
    server.execute(f'CREATE ROLE "{role}" LOGIN CREATEDB')
    try:
        for table in ("users", "orders"):
            shop.database.execute(f'ALTER TABLE {table} OWNER TO "{role}"')
        connections[shop.alias].settings_dict["USER"] = role
        refused = shop.run("sqlmigrate_baseline", "2")
        assert refused.code == 3
        assert "lacks a privilege on the history tables" in refused.err
        assert nothing_was_made(shop)
        shop.database.execute(f'GRANT CREATE ON SCHEMA public TO "{role}"')
        result = shop.run("sqlmigrate_baseline", "2", format="json")
        assert result.code == 0, result.out + result.err
        (note,) = report_of(result)["findings"]
        assert (note["code"], note["severity"]) == ("grant.extra", "info")
        assert "grant 'schema public to CURRENT_USER'" in events(shop)[0][5]
        assert shop.run("validate_schema", "--only", "migrations,database").code == 0
    finally:
        connections[shop.alias].close()
        shop.database.execute(f'REASSIGN OWNED BY "{role}" TO CURRENT_USER')
        shop.database.execute(f'DROP OWNED BY "{role}"')
        server.execute(f'DROP ROLE "{role}"')


@pytest.mark.db
def test_the_first_file_of_a_django_database_leaves_djangos_tables_to_django(project):
    project.run("migrate", "auth", verbosity=0)
    project.database.execute(
        "CREATE TABLE orders (id bigint PRIMARY KEY, group_id int REFERENCES auth_group)"
    )
    created = project.run("sqlmigrate_create", "InitialSchema", "--from-database")
    assert created.code == 0, created.err
    assert "record it: manage.py sqlmigrate_baseline 001_initial_schema" in created.out
    text = (project.folder / "001_initial_schema.sql").read_text()
    assert "CREATE TABLE orders" in text
    assert "CREATE TABLE auth_" not in text
    assert "-- Requires: auth.0012" in text
    result = project.run("sqlmigrate_baseline", "1")
    assert result.code == 0, result.out
    assert project.applied() == ["001_initial_schema"]


@pytest.mark.db
def test_a_hotfix_is_recorded_behind_the_files_that_wait(project):
    """In the night of a deployment that has failed, files are pending and the hotfix is there."""
    project.write("001_users", USERS)
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_orders", ORDERS)
    project.database.execute("CREATE INDEX users_hot ON users (id)")
    said = project.run("sqlmigrate_create", "Hotfix", "--from-database").out
    first = f"manage.py sqlmigrate_apply 002_orders --database {project.alias}"
    assert f"once the files before it are applied ({first}), record it: " in said
    refused = project.run("sqlmigrate_baseline", "3")
    assert refused.code == 2
    assert f"where these are what differs, first: {first}" in " ".join(refused.out.split())
    assert project.run("sqlmigrate_apply", "002_orders").code == 0
    result = project.run("sqlmigrate_baseline", "3")
    assert result.code == 0, result.out
    assert "applied and intact" in project.run("sqlmigrate_status").out
