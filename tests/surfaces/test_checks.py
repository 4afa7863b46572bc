"""`check --database`: each id with its words, and that a check neither writes nor raises."""

from __future__ import annotations

import io
import sys
import threading
import time

import psycopg
import pytest
from django.core import mail
from django.core.checks import WARNING, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections

from schema_tools.checks import check_databases
from schema_tools.checks import databases as checked
from schema_tools.errors import HistoryError, PrivilegeMissing
from schema_tools.postgres import limit

pytestmark = [pytest.mark.db]

# Sessions and databases that a check has opened.
BEHIND = """
SELECT datname FROM pg_database WHERE datname ~ 'scratch'
UNION ALL
SELECT application_name FROM pg_stat_activity
 WHERE application_name ~ 'schema_tools' AND backend_type = 'client backend'
"""


@pytest.fixture(autouse=True)
def outside_of_tests(monkeypatch) -> None:
    """Django marks a test run so; in one, test databases are passed over."""
    monkeypatch.delattr(mail, "outbox", raising=False)


@pytest.fixture
def patience(monkeypatch) -> None:
    """A busy server may need long to drop a database; nothing is cut off meanwhile."""
    monkeypatch.setattr(limit, "GRACE_SECONDS", 120)


def found(alias: str) -> list[tuple[str, str, str]]:
    """Return id, message and hint of what the check of a database says."""
    messages = check_databases(databases=[alias])
    assert all(each.level == WARNING for each in messages)
    assert {each.obj for each in messages} <= {f"database {alias}"}
    return [(each.id, each.msg, each.hint or "") for each in messages]


def history(alias: str) -> list[tuple[str, str, str]]:
    """Return what is said of the history alone."""
    drift = {"schema_tools.W011", "schema_tools.W012"}
    return [each for each in found(alias) if each[0] not in drift]


def objects(database) -> list[tuple]:
    """Return all that a write would change: the objects of the database, and the databases."""
    return [
        *database.execute("SELECT oid, relname, relfilenode FROM pg_class ORDER BY oid"),
        *database.execute("SELECT datname FROM pg_database ORDER BY 1"),
    ]


def test_what_agrees_is_not_told(sample) -> None:
    call_command("migrate", database=sample.alias, verbosity=0)
    assert found(sample.alias) == []


def test_a_check_leaves_everything_as_it_was(sample) -> None:
    before = objects(sample.database)
    assert check_databases(databases=[sample.alias]) == []
    assert objects(sample.database) == before


def test_W006_pending(three) -> None:  # noqa: N802
    assert history(three.alias) == [
        (
            "schema_tools.W006",
            "SQL migrations are pending: 002_second, 003_third.",
            f"Run: manage.py sqlmigrate_apply --database {three.alias}",
        )
    ]


def test_W006_names_ten_and_counts_the_rest(project) -> None:  # noqa: N802
    for number in range(1, 14):
        project.write(f"{number:03}_file", f"CREATE TABLE file{number} (id int);")
    [(_id, message, _hint)] = history(project.alias)
    assert message.endswith("009_file, 010_file and 3 more.")


def test_W007_failed(project) -> None:  # noqa: N802
    project.write("001_first", "SELECT 1/0;")
    assert project.apply() == 5
    [(number, message, hint)] = history(project.alias)
    assert number == "schema_tools.W007"
    assert message.startswith("the last run of 001_first failed at statement 1 of 1")
    assert hint.startswith("Mend the cause, then run: manage.py sqlmigrate_apply --database")


def test_W008_changed(project) -> None:  # noqa: N802
    project.write("001_first", "CREATE TABLE first (id int);")
    project.apply()
    project.write("001_first", "CREATE TABLE first (id bigint);")
    [(number, message, hint)] = history(project.alias)
    assert number == "schema_tools.W008"
    assert "001_first.sql: the file was changed after it had been applied" in message
    assert hint.startswith("Put the applied text back")


def test_W009_missing(three) -> None:  # noqa: N802
    (three.folder / "001_first.sql").unlink()
    assert "schema_tools.W009" in [number for number, _message, _hint in history(three.alias)]


def test_W010_out_of_order(three) -> None:  # noqa: N802
    assert three.apply() == 0
    three.database.execute("DELETE FROM schema_migrations WHERE version = '002_second'")
    three.database.execute("DROP TABLE second")
    [(number, message, hint)] = history(three.alias)
    assert number == "schema_tools.W010"
    assert "002_second.sql: it is pending, though 003_third" in message
    assert hint.startswith("Give the file the next number")


@pytest.mark.parametrize(
    ("name", "number", "message"),
    [
        ("postgres", "schema_tools.W017", "which leads to another database: 'postgres' instead"),
        ("no_such_one", "schema_tools.W013", "database 'direct' cannot be reached"),
    ],
)
def test_W017_a_direct_alias_that_leads_elsewhere(  # noqa: N802
    three, settings, name: str, number: str, message: str
) -> None:
    three.apply()
    connections.databases["direct"] = {**connections.databases[three.alias], "NAME": name}
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "DIRECT_DATABASE": "direct"}
    try:
        [(id_, said, hint)] = history(three.alias)
        assert id_ == number
        assert message in said
        assert hint
        connections["direct"].settings_dict["NAME"] = three.database.name
        assert history(three.alias) == []
    finally:
        connections["direct"].close()
        del connections["direct"]
        del connections.databases["direct"]


def test_W011_and_W012_what_validate_schema_finds(sample) -> None:  # noqa: N802
    sample.database.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    [(number, message, hint)] = found(sample.alias)
    assert number == "schema_tools.W011"
    assert message.startswith(
        "Table structure mismatch for table 'users': column email is varchar(100), SQL files say "
        "varchar(255) ("
    )
    assert "001_initial_schema.sql:" in message
    assert hint == (
        f"Who is wrong, and the SQL for it: manage.py validate_schema --database {sample.alias}"
    )


def test_more_than_ten_findings_are_counted(sample) -> None:
    for number in range(12):
        sample.database.execute(f"CREATE TABLE extra{number} (id int)")
    messages = found(sample.alias)
    assert len(messages) == checked.MOST + 1
    assert messages[-1][1:] == (
        "2 more findings.",
        f"Run: manage.py validate_schema --database {sample.alias}",
    )


def test_without_sql_files_models_and_database_are_compared(sample, settings, tmp_path) -> None:
    sample.database.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    own = {sample.alias: {"MIGRATIONS_DIR": str(tmp_path / "nothing")}}
    settings.SCHEMA_TOOLS = {"DATABASES": own}
    told = {message: number for number, message, _hint in found(sample.alias)}
    [email] = [message for message in told if "column email" in message]
    assert told[email] == "schema_tools.W011"
    assert "the model says varchar(255)" in email


def test_W013_a_server_that_cannot_be_reached(nowhere) -> None:  # noqa: N802
    [(number, message, hint)] = found(nowhere)
    assert number == "schema_tools.W013"
    assert message.startswith("database 'nowhere' cannot be reached: ")
    assert "not to be seen" not in message
    assert hint.endswith("Once more: manage.py check --database nowhere")


def test_W013_a_database_that_is_not_there(alias) -> None:  # noqa: N802
    connections[alias].settings_dict["NAME"] = "not_there"
    ((number, _message, hint),) = found(alias)
    assert number == "schema_tools.W013"
    assert hint.startswith("Is that its name, and this the server? If so, create it: createdb --")
    assert hint.endswith(f" not_there. Once more: manage.py check --database {alias}")


def test_W013_a_connection_that_is_lost(three, monkeypatch) -> None:  # noqa: N802
    lost = psycopg.OperationalError("server closed the connection unexpectedly")
    monkeypatch.setattr(checked, "status", lambda _alias: (_ for _ in ()).throw(lost))
    assert [each[0] for each in found(three.alias)] == ["schema_tools.W013"]


@pytest.mark.parametrize("error", [HistoryError, PrivilegeMissing])
def test_W014_what_cannot_be_checked(three, monkeypatch, error) -> None:  # noqa: N802
    def fail(_alias: str) -> None:
        raise error("the table is another tool's", hint="Do this.")

    monkeypatch.setattr(checked, "status", fail)
    assert found(three.alias) == [
        (
            "schema_tools.W014",
            "it could not be checked: the table is another tool's.",
            "Do this.",
        )
    ]


def test_W015_what_was_found_before_the_time_was_up_is_told(  # noqa: N802
    three, settings, patience
) -> None:
    own = settings.SCHEMA_TOOLS["DATABASES"][three.alias]
    values = {three.alias: {**own, "CHECK_SECONDS": 4}}
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "DATABASES": values}
    (three.folder / "004_slow.sql").write_text("SELECT pg_sleep(60);\n")
    messages = found(three.alias)
    assert [number for number, _message, _hint in messages] == [
        "schema_tools.W006",
        "schema_tools.W015",
    ]
    assert messages[1][1] == "the check was not finished within 4 seconds, and was stopped."
    assert f"Run: manage.py validate_schema --database {three.alias}. " in messages[1][2]
    working = three.database.execute(
        "SELECT query FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    assert working == []
    left = three.database.execute("SELECT datname FROM pg_database WHERE datname ~ 'scratch'")
    assert left == []


# An interrupted open() leaves its file to Python, which closes it and warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nothing_stays_behind_whenever_the_time_is_up(sample, settings, patience) -> None:
    own = settings.SCHEMA_TOOLS["DATABASES"][sample.alias]
    threads, ended = set(threading.enumerate()), []
    for hundredths in (2, 5, 9, 14, 20, 27, 35, 50):
        values = {**own, "CHECK_SECONDS": hundredths / 100}
        settings.SCHEMA_TOOLS = {"DATABASES": {sample.alias: values}}
        ended += [number for number, _message, _hint in found(sample.alias)]
        assert set(threading.enumerate()) == threads
        deadline = time.monotonic() + 30  # a session goes a moment after it was closed
        while left := sample.database.execute(BEHIND):
            assert time.monotonic() < deadline, (hundredths, left)
    assert set(ended) == {"schema_tools.W015"}


def test_W016_a_fault_of_the_check_itself(three, monkeypatch, caplog) -> None:  # noqa: N802
    def fail(_question: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(checked, "validate", fail)
    *_history, (number, message, hint) = found(three.alias)
    assert number == "schema_tools.W016"
    assert message == "the check failed by a fault of its own: ZeroDivisionError: oh."
    assert hint.startswith("Please report it")
    assert "Traceback" in caplog.text


def test_nothing_is_asked_where_no_database_is_named(three) -> None:
    assert check_databases() == check_databases(databases=None) == check_databases(databases=[])
    assert check_databases() == []


def test_other_databases_than_postgresql_are_passed_over(settings) -> None:
    connections.databases["lite"] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
    }
    try:
        assert check_databases(databases=["lite"]) == []
    finally:
        del connections["lite"]
        del connections.databases["lite"]


def test_where_all_are_given_only_those_that_are_looked_after_are_checked(
    nowhere, settings, monkeypatch
) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(checked, "_check", lambda alias, _found: looked_at.append(alias))
    every = list(connections)
    check_databases(databases=every)
    assert looked_at == ["default", nowhere]
    looked_at.clear()
    settings.SCHEMA_TOOLS = {}
    check_databases(databases=every)
    check_databases(databases=[nowhere])  # it was named
    assert looked_at == ["default", nowhere]


def test_settings_that_cannot_be_used_are_told_by_another_check(nowhere, settings) -> None:
    settings.SCHEMA_TOOLS = {"LOCK_WAIT": "long"}
    assert check_databases(databases=[nowhere]) == []
    assert check_databases(databases=list(connections)) == []


def test_databases_of_a_test_run_are_passed_over(three, monkeypatch) -> None:
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    assert check_databases(databases=[three.alias]) == []


def test_before_a_migrate_the_history_alone_is_read(three, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", "migrate", "--database", three.alias])
    monkeypatch.setattr(checked, "validate", lambda _question: pytest.fail("compared"))
    assert [number for number, _message, _hint in found(three.alias)] == ["schema_tools.W006"]


def test_no_migrate_is_stopped(sample) -> None:
    sample.database.execute("UPDATE schema_migrations SET checksum = repeat('0', 64)")
    sample.database.execute("CREATE TABLE somebody_was_here (id int)")
    told = io.StringIO()
    call_command("migrate", database=sample.alias, skip_checks=False, verbosity=0, stderr=told)
    assert "schema_tools.W008" in told.getvalue()
    assert sample.database.execute("SELECT count(*) > 9 FROM django_migrations") == [(True,)]


def test_check_names_what_it_found_and_fails_when_it_is_told_to(three, settings) -> None:
    def check(**options: str) -> str:
        told = io.StringIO()
        call_command(
            "check", databases=[three.alias], tags=["schema_tools"], stderr=told, **options
        )
        return told.getvalue()

    assert f"database {three.alias}: (schema_tools.W006) SQL migrations are pending" in check()
    with pytest.raises(SystemCheckError, match=r"schema_tools\.W006"):
        check(fail_level="WARNING")
    settings.SILENCED_SYSTEM_CHECKS = [f"schema_tools.W{number:03}" for number in range(1, 17)]
    assert check(fail_level="WARNING") == ""


def test_django_runs_it_with_the_checks_of_databases(three) -> None:
    ids = {each.id for each in run_checks(tags=["database"], databases=[three.alias])}
    assert "schema_tools.W006" in ids
