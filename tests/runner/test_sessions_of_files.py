"""What a file sets ends with it, and what is recorded of it is right whatever it sets."""

from __future__ import annotations

import signal
import threading

import psycopg
import pytest

from schema_tools.errors import Interrupted, MigrationFailed, Terminated
from schema_tools.history.files import parse_migration
from schema_tools.history.plan import Step
from schema_tools.history.progress import tell_nobody
from schema_tools.postgres import recording
from schema_tools.postgres.executor import run_step
from schema_tools.postgres.ledger import Ledger, Provenance
from schema_tools.postgres.runner import Runner
from schema_tools.postgres.timeouts import Limits
from tests.runner.waits import wait_for_sleep

pytestmark = pytest.mark.db

LEAVES = {
    "a setting": "SET work_mem = '7MB'",
    "another search path": "SET search_path = other",
    "another role": "SET ROLE pg_read_all_stats",
    "another user": "SET SESSION AUTHORIZATION pg_read_all_stats",
    "a prepared statement": "PREPARE mine AS SELECT 1",
    "a cursor": "DECLARE mine CURSOR WITH HOLD FOR SELECT 1",
    "a lock": "SELECT pg_advisory_lock(7)",
    "an ear": "LISTEN mine",
    "a temporary table": "CREATE TEMP TABLE mine (id int)",
    "a sequence's last value": "SELECT nextval('public.numbers')",
}
SEEN = """
CREATE TABLE public.seen AS
SELECT (SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine') AS prepared,
       (SELECT count(*) FROM pg_cursors WHERE name = 'mine') AS cursors,
       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7) AS locks,
       (SELECT count(*) FROM pg_listening_channels()) AS ears,
       to_regclass('pg_temp.mine') AS temporary,
       current_setting('work_mem') = '7MB' AS work_mem,
       current_setting('search_path') AS search_path, current_user = session_user AS same,
       session_user AS who
"""


@pytest.fixture
def runner(database):
    """A runner on an empty database with a history."""
    ledger = Ledger("public")
    with database.connect() as work, database.connect() as side:
        ledger.prepare(side)
        backend, by = work.info.backend_pid, Provenance("tester")
        yield Runner(work, side, ledger, by, Limits(5, 0), tell_nobody, backend=backend)


def run(runner, text: str, name: str = "001_x") -> None:
    step = Step(parse_migration(f"{name}.sql", text.encode(), f"m/{name}.sql"), "up")
    run_step(runner, step)


def recorded(database) -> list[tuple[str, str]]:
    return database.execute(
        "SELECT h.version, e.file_text FROM schema_migrations h"
        " JOIN schema_migration_events e USING (version, checksum)"
    )


@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
@pytest.mark.parametrize("statement", LEAVES.values(), ids=LEAVES)
def test_nothing_of_it_is_left_to_the_next_file(runner, database, statement, header):
    database.execute("CREATE SEQUENCE numbers; CREATE SCHEMA other")
    run(runner, f"{header}{statement};\n")
    run(runner, f"{header}{SEEN};\n", "002_x")
    row = database.execute("SELECT s.*, current_setting('search_path'), session_user FROM seen s")
    found = row[0]
    assert found[:6] == (0, 0, 0, 0, None, False)
    assert found[6] == found[9], "the search path"
    assert found[7:9] == (True, found[10])
    with pytest.raises(MigrationFailed, match="is not yet defined in this session"):
        run(runner, "SELECT currval('public.numbers');\n", "003_x")


def test_a_file_may_choose_its_isolation_level_first(runner, database):
    for name, text in {
        "001_x": "BEGIN ISOLATION LEVEL SERIALIZABLE;\n{};\nCOMMIT;\n",
        "002_x": "BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n{};\nCOMMIT;\n",
    }.items():
        made = f"CREATE TABLE t{name} AS SELECT current_setting('transaction_isolation') AS is"
        run(runner, text.format(made), name)
        assert database.execute(f"TABLE t{name}") == [("serializable",)]


TEXTS = {
    "quotes and signs": """SELECT 'it''s 100 % \\ "\\\\" $1 ; COMMIT; --', E'\\'', $$ ' $$;""",
    "no ASCII": "SELECT 'Zürich ❤ \U0001f600';",
    "a password": "SELECT 'postgresql://me:secret@there/db';",
    "a long text": f"SELECT '{'long ' * 40_000}';",
    "other strings": "SELECT 'C:\\new', set_config('standard_conforming_strings', 'off', true);",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_text_is_kept_as_it_is(runner, database, text):
    run(runner, f"CREATE TABLE t (id int);\n{text}\n")
    assert recorded(database) == [("001_x", f"CREATE TABLE t (id int);\n{text}\n")]


def test_a_password_is_no_part_of_a_statement_of_ours(runner, monkeypatch):
    """What fails, the server writes to its log."""
    sent = []
    send = recording._sent

    def noted(work, parts):
        sent.append("; ".join(parts))
        return send(work, parts)

    monkeypatch.setattr(recording, "_sent", noted)
    run(runner, "SELECT 1;\n", "001_x")
    run(runner, "SELECT 'password=hunter2';\n", "002_x")
    assert "SELECT 1;" in sent[0]
    assert "hunter2" not in "".join(sent)


def test_a_deferred_constraint_fails_before_anything_is_recorded(runner, database):
    database.execute(
        "CREATE TABLE a (id int PRIMARY KEY);"
        "CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(MigrationFailed, match="violates foreign key constraint") as caught:
        run(runner, "INSERT INTO b VALUES (1);\n")
    assert "at COMMIT, after the last statement" in str(caught.value)
    assert runner.ledger.read(runner.side).applied == ()
    assert database.execute("SELECT count(*) FROM b") == [(0,)]


def test_a_record_that_fails_leaves_nothing_of_the_file(runner, database):
    database.execute(
        "ALTER TABLE schema_migrations ADD CONSTRAINT never CHECK (version <> '001_x')"
    )
    with pytest.raises(MigrationFailed, match='violates check constraint "never"'):
        run(runner, "CREATE TABLE t (id int);\n")
    assert database.execute("SELECT to_regclass('t')") == [(None,)]
    assert runner.work.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
@pytest.mark.parametrize("more", ["", TEXTS["a long text"]], ids=["short", "long"])
def test_a_signal_at_commit_is_told_as_one(runner, database, header, more):
    database.execute(
        "CREATE TABLE t (id int);"
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_sleep(600); RETURN NULL; END$$;"
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION wait()"
    )

    def terminate(_number, _frame):
        raise Terminated

    before = signal.signal(signal.SIGALRM, terminate)
    main = threading.main_thread().ident

    def strike():
        wait_for_sleep(database)
        signal.pthread_kill(main, signal.SIGALRM)

    striker = threading.Thread(target=strike)
    striker.start()
    try:
        with pytest.raises(Interrupted) as caught:
            run(runner, f"{header}{more}\nINSERT INTO t VALUES (1);\n")
    finally:
        striker.join()
        signal.signal(signal.SIGALRM, before)
    assert caught.value.signal_number == signal.SIGTERM
    assert database.execute("SELECT count(*) FROM t") == [(0,)]
    assert runner.ledger.read(runner.side).applied == ()
