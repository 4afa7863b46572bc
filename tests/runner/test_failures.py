"""A statement fails: what is shown, and what is left in the database."""

from __future__ import annotations

import pytest

from schema_tools.errors import Interrupted, Terminated
from schema_tools.history.directory import shown
from schema_tools.history.migration import Migration
from schema_tools.services.apply import apply
from schema_tools.signals import post_run, pre_run

pytestmark = pytest.mark.db


def events(project) -> list[tuple[str, str]]:
    return project.database.execute(
        "SELECT event, version FROM schema_migration_events ORDER BY id"
    )


def test_a_failed_transactional_file_leaves_nothing_and_says_so(project):
    project.write("001_users", "CREATE TABLE users (id int);")
    project.write(
        "002_add_notifications",
        """\
        BEGIN;
        CREATE TABLE notifications (id int);
        CREATE TABLE preferences (
            id int,
            kind nosuchtype NOT NULL
        );
        COMMIT;
        """,
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert result.err.splitlines()[1:] == [
        "❌ CRITICAL: Migration failed: 002_add_notifications.sql",
        f"  {shown(project.folder)}/002_add_notifications.sql:5 (statement 2 of 2)",
        "      5 |     kind nosuchtype NOT NULL",
        "        |          ^",
        '  ERROR 42704: type "nosuchtype" does not exist',
        "  Now: nothing of this file was applied; applied files: 001_users",
        "→ Mend the file and run the command again: what is applied will not run twice.",
    ]
    assert project.tables() == {"users"}
    assert project.applied() == ["001_users"]
    assert events(project) == [("apply", "001_users"), ("apply_failed", "002_add_notifications")]


def test_after_mending_the_file_it_applies(project):
    project.write("001_users", "CREATE TABLE users (id nosuchtype);")
    assert project.run("sqlmigrate_apply").code == 5
    status = project.run("sqlmigrate_status", "--check")
    assert status.code == 1
    assert "FAILED, statement 1 of 1" in status.out
    project.write("001_users", "CREATE TABLE users (id int);")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.run("sqlmigrate_status", "--check").code == 0


def test_detail_and_hint_of_the_server_are_shown(project):
    project.write(
        "001_twice",
        """\
        BEGIN;
        CREATE TABLE t (id int PRIMARY KEY);
        INSERT INTO t VALUES (1), (1);
        COMMIT;
        """,
    )
    result = project.run("sqlmigrate_apply")
    assert "DETAIL: Key (id)=(1) already exists." in result.err
    project.write("001_twice", "DO $$ BEGIN RAISE 'no' USING HINT = 'ask twice'; END $$;")
    assert "  HINT: ask twice\n" in project.run("sqlmigrate_apply").err


def test_a_deferred_constraint_is_caught_before_the_commit(project):
    project.write(
        "001_deferred",
        """\
        BEGIN;
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO b VALUES (1);
        COMMIT;
        """,
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "at COMMIT, after the last statement" in result.err
    assert 'is not present in table "a"' in result.err
    assert project.tables() == set()


def test_deferred_triggers_run_in_the_state_that_the_file_has_set(project):
    project.write(
        "001_deferred",
        """\
        SET search_path = s;
        BEGIN;
        CREATE SCHEMA s;
        CREATE TABLE a (id int);
        CREATE TABLE log (id int);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO log VALUES (NEW.id); RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION f();
        INSERT INTO a VALUES (7);
        COMMIT;
        """,
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.database.execute("TABLE s.log") == [(7,)]


def test_a_percent_sign_and_odd_bytes_reach_the_server_as_they_stand(project):
    project.write(
        "001_percent",
        """\
        CREATE TABLE t (a text DEFAULT '%s %(x)s 100%', b text DEFAULT 'naïve ❤ \\d');
        COMMENT ON TABLE t IS 'è %';
        """,
    )
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute("INSERT INTO t DEFAULT VALUES")
    assert project.database.execute("TABLE t") == [("%s %(x)s 100%", "naïve ❤ \\d")]


def test_what_a_file_sets_reaches_neither_the_record_nor_the_next_file(project, server):
    role = f"{project.database.name}_role"
    server.execute(f"CREATE ROLE {role}")
    try:
        project.write(
            "001_sets",
            f"""\
            SET statement_timeout = '1h';
            BEGIN;
            CREATE SCHEMA other AUTHORIZATION {role};
            SET search_path = other;
            SET ROLE {role};
            SET lock_timeout = '1ms';
            CREATE TABLE mine (id int);
            COMMIT;
            """,
        )
        project.write(
            "002_looks",
            """\
            CREATE TABLE seen AS SELECT current_user AS who,
                current_setting('search_path') AS path,
                current_setting('lock_timeout') AS locks,
                current_setting('statement_timeout') AS statements;
            """,
        )
        result = project.run("sqlmigrate_apply")
        assert result.code == 0, result.err
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'mine'"
        assert project.database.execute(owner) == [(role,)]
        user = project.database.params["user"]
        assert project.database.execute("TABLE public.seen") == [
            (user, '"$user", public', "5s", "0")
        ]
    finally:
        project.database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_timeouts_come_from_option_then_header_then_settings(project, settings):
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "LOCK_TIMEOUT": 7, "STATEMENT_TIMEOUT": 70}
    look = "CREATE TABLE t{} AS SELECT current_setting('{}_timeout') AS value;\n"
    header = "-- Migration: 002_header.sql\n-- Lock-Timeout: 3s\n-- Statement-Timeout: 2min\n\n"
    project.write("001_settings", look.format(1, "lock") + look.format(2, "statement"))
    project.write("002_header", header + look.format(3, "lock") + look.format(4, "statement"))
    assert project.run("sqlmigrate_apply").code == 0
    project.write(
        "003_option",
        header.replace("002", "003").replace("_header", "_option") + look.format(5, "lock"),
    )
    assert project.run("sqlmigrate_apply", "--lock-timeout", "0.25").code == 0
    values = [
        project.database.execute(f"SELECT value FROM t{number}")[0][0] for number in range(1, 6)
    ]
    assert values == ["7s", "70s", "3s", "2min", "250ms"]


@pytest.mark.parametrize(
    ("setting", "options", "retries"),
    [(5, ("--retries", "0"), 0), (0, (), 0), (0, ("--retries", "1"), 1)],
)
def test_a_table_lock_that_is_not_to_be_had_is_exit_code_4(
    project, settings, setting, options, retries
):
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "RETRIES": setting}
    project.database.execute("CREATE TABLE busy (id int)")
    project.write("001_busy", "ALTER TABLE busy ADD COLUMN b int;")
    with project.database.connect() as other, other.transaction():
        other.execute("SELECT * FROM busy")
        result = project.run("sqlmigrate_apply", "--lock-timeout", "0.1", *options)
    assert result.code == 4
    assert result.err.count(f"; retry 1 of {retries} in ") == retries
    assert "55P03" in result.err
    assert "--lock-timeout" in result.err
    assert project.applied() == []


def test_a_statement_timeout_is_named(project):
    project.write("001_slow", "SELECT pg_sleep(20);")
    result = project.run("sqlmigrate_apply", "--statement-timeout", "0.1")
    assert result.code == 5
    assert "--statement-timeout" in result.err


def test_a_do_block_that_commits_gets_the_same_advice_as_a_concurrent_index(project):
    project.write("001_commits", "BEGIN;\nDO $$ BEGIN COMMIT; END $$;\nCOMMIT;\n")
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "Transaction: off" in result.err
    assert "CONTEXT: PL/pgSQL function" in result.err
    assert project.applied() == []


def test_a_lost_connection_is_told_with_what_is_left(project):
    project.write(
        "001_suicide",
        """\
        BEGIN;
        CREATE TABLE t (id int);
        SELECT pg_terminate_backend(pg_backend_pid());
        COMMIT;
        """,
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "nothing of this file was applied" in result.err
    assert project.tables() == set()


def test_a_failed_rollback_leaves_the_file_applied(project):
    project.write(
        "001_table",
        """\
        CREATE TABLE t (id int);
        -- DOWN
        -- DROP INDEX nowhere;
        """,
    )
    project.run("sqlmigrate_apply")
    result = project.run("sqlmigrate_rollback", "--noinput")
    assert result.code == 5
    assert "❌ CRITICAL: Rollback failed: 001_table.sql" in result.err
    assert "001_table.sql:3 (statement 1 of 1)" in result.err
    assert "nothing of this file was rolled back" in result.err
    assert project.applied() == ["001_table"]
    assert project.run("sqlmigrate_status", "--check").code == 0
    project.write("002_more", "CREATE TABLE more (id int);")
    assert project.run("sqlmigrate_apply").code == 0


@pytest.fixture
def receive():
    """Connect a receiver until the test ends."""
    connected = []

    def connect(receiver, signal):
        signal.connect(receiver, weak=False, sender=Migration)
        connected.append((receiver, signal))

    yield connect
    for receiver, signal in connected:
        assert signal.disconnect(receiver, sender=Migration)


def not_on_fridays(sender, migration, **_more):
    if migration.version.startswith("002"):
        raise ValueError("not on Fridays")


@pytest.mark.parametrize(("applied", "code"), [([], 5), (["001_first"], 2)])
def test_a_receiver_that_fails_before_a_file_stops_the_run_before_it(
    project, receive, applied, code
):
    project.write("001_first", "CREATE TABLE first (id int);")
    if applied:
        assert project.run("sqlmigrate_apply").code == 0
    project.write("002_second", "CREATE TABLE second (id int);")
    receive(not_on_fridays, pre_run)
    result = project.run("sqlmigrate_apply")
    assert result.code == code
    assert f"{__name__}.not_on_fridays, a receiver of the signal pre_run" in result.err
    assert "002_second.sql: " in result.err
    assert "ValueError: not on Fridays" in result.err
    assert "Now: applied files: 001_first" in result.err
    assert project.applied() == ["001_first"]


def test_a_receiver_is_told_about_the_file_in_words_of_its_own(project, receive):
    heard = []

    def hear(sender, migration, direction, using, **_more):
        heard.append((migration.version, direction, using))

    receive(hear, pre_run)
    receive(hear, post_run)
    project.write("001_first", "CREATE TABLE first (id int);")
    assert project.run("sqlmigrate_apply").code == 0
    assert heard == [("001_first", "up", project.alias)] * 2


@pytest.mark.parametrize(
    ("signal", "version", "applied"),
    [
        (pre_run, "001_first", "none"),
        (post_run, "001_first", "001_first"),
        (pre_run, "002_second", "001_first"),
        (post_run, "002_second", "001_first, 002_second"),
    ],
    ids=["before the first", "after the first", "before the second", "after the last"],
)
def test_an_interruption_between_two_files_says_what_is_applied(
    project, receive, signal, version, applied
):
    def interrupt(sender, migration, **_more):
        if migration.version == version:
            raise KeyboardInterrupt

    receive(interrupt, signal)
    project.write("001_first", "CREATE TABLE first (id int);")
    project.write("002_second", "CREATE TABLE second (id int);")
    with pytest.raises(Interrupted) as caught:
        apply(project.alias)
    assert str(caught.value) == (
        f"stopped by SIGINT while no file was running; applied files: {applied}"
    )


def test_an_interruption_after_the_last_file_says_what_is_applied(project, monkeypatch):
    def interrupt(_alias, _labels):
        raise Terminated

    monkeypatch.setattr("schema_tools.services.apply.create_content_types", interrupt)
    project.write("001_first", "CREATE TABLE first (id int);")
    with pytest.raises(Interrupted, match=r"stopped by SIGTERM .*: 001_first") as caught:
        apply(project.alias)
    assert caught.value.signal_number == 15


def test_an_invalid_index_that_is_left_is_named(project):
    project.database.execute("CREATE TABLE twice (i int); INSERT INTO twice VALUES (1), (1)")
    build = "CREATE UNIQUE INDEX CONCURRENTLY twice_i ON twice (i);"
    project.write("001_index", f"-- Transaction: off\n{build}")
    failed = project.run("sqlmigrate_apply").err
    assert "has left the invalid index public.twice_i, which the next run drops" in failed
    project.database.execute("TRUNCATE twice")
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_again", f"-- Transaction: off\n{build}")
    assert "has left" not in project.run("sqlmigrate_apply").err


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ALTER TABLE auth_user ADD COLUMN x int", "-- Requires: app_label.0001_name"),
        ("CREATE TABLE there (i int)", "manage.py sqlmigrate_resolve 001_x --database"),
        ("CREATE TYPE kind AS ENUM ('a')", "manage.py sqlmigrate_baseline VERSION --database"),
        ("ALTER TABLE there ADD COLUMN i int", "The database has it already"),
        ("INSERT INTO there VALUES (1)", "Rows that are there do not fit"),
        ("DROP TABLE there", "take that away first"),
        ("SELECT 1/0", "Mend the file and run the command again"),
    ],
)
def test_advice_fits_what_went_wrong(project, statement, words):
    project.database.execute(
        "CREATE TABLE there (i int UNIQUE); INSERT INTO there VALUES (1);"
        "CREATE VIEW v AS SELECT * FROM there; CREATE TYPE kind AS ENUM ()"
    )
    project.write("001_x", f"BEGIN;\n{statement};\nCOMMIT;")
    assert words in project.run("sqlmigrate_apply").err


def test_a_rollback_that_is_wrong_is_mended_and_runs(project):
    project.write("001_x", "BEGIN;\nCREATE TABLE t (i int);\nCOMMIT;\n-- DOWN\n-- SELECT 1/0;")
    assert project.run("sqlmigrate_apply").code == 0
    failed = project.run("sqlmigrate_rollback", noinput=True, allow_data_loss=True)
    assert failed.code == 5
    assert "sqlmigrate_resolve 001_x --accept-checksum --database" in failed.err
    project.write("001_x", "BEGIN;\nCREATE TABLE t (i int);\nCOMMIT;\n-- DOWN\n-- DROP TABLE t;")
    assert project.run("sqlmigrate_resolve", "001_x", "--accept-checksum").code == 0
    assert project.run("sqlmigrate_rollback", noinput=True, allow_data_loss=True).code == 0
    assert project.tables() == set()


def test_half_a_rollback_keeps_its_file(project):
    project.write(
        "001_x",
        "-- Transaction: off\nCREATE TABLE t ();\n-- DOWN\n-- DROP TABLE t;\n-- SELECT 1/0;",
    )
    assert project.run("sqlmigrate_apply").code == 0
    failed = project.run("sqlmigrate_rollback", noinput=True, allow_data_loss=True)
    assert "it goes on there. Until then the file has to stay as it is." in failed.err
    assert "--accept-checksum" not in failed.err


def test_who_has_ended_the_session_is_not_told_to_mend_the_file(project):
    project.write("001_x", "SELECT pg_terminate_backend(pg_backend_pid());")
    failed = project.run("sqlmigrate_apply").err
    assert "57P01" in failed
    assert "The session was ended" in failed
