"""What concurrent statements leave that were cut short: the next run clears it, and goes on."""

from __future__ import annotations

import re
import threading
import time

import psycopg
import pytest

from schema_tools.postgres import executor
from schema_tools.postgres.cut_short import finish_detaching

pytestmark = pytest.mark.db

TABLES = """
CREATE SCHEMA s;
CREATE TABLE s."T t" (id int PRIMARY KEY, note text);
CREATE INDEX "I x" ON s."T t" (note);
CREATE TABLE s.p (id int) PARTITION BY LIST (id);
CREATE TABLE s."p 1" PARTITION OF s.p FOR VALUES IN (1);
"""
LEFT = """
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid ORDER BY 1
"""
SOUND = "SELECT count(*) FROM pg_index WHERE indrelid = 's.\"T t\"'::regclass AND indisvalid"
# It waits for the transaction of the other session.
HELD_UP = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'virtualxid'
"""


def cut_short(project, statement: str, *, other: str) -> None:
    """Run a file with the statement, which another session holds up until it is cancelled."""
    project.database.execute(TABLES)
    project.write("001_work", f"-- Transaction: off\nSET search_path = s;\n{statement};")
    with project.database.connect() as connection, connection.transaction():
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {other}")
        connection.execute('SELECT count(*) FROM s."T t", s.p')
        results = []
        run = threading.Thread(target=lambda: results.append(project.run("sqlmigrate_apply")))
        run.start()
        deadline = time.monotonic() + 120
        while not project.database.execute(HELD_UP):
            assert run.is_alive(), results
            assert time.monotonic() < deadline, "it was not held up"
            time.sleep(0.02)
        while run.is_alive():  # between two of those that it waits for, it waits for none
            project.database.execute(f"SELECT pg_cancel_backend(pid) FROM ({HELD_UP}) AS held")
            run.join(timeout=0.2)
    assert results[0].code == 5, results[0].err
    assert "57014" in results[0].err


@pytest.mark.parametrize(
    ("statement", "other", "left"),
    [
        ('REINDEX INDEX CONCURRENTLY "I x"', "REPEATABLE READ", {"I x_ccnew"}),
        ('REINDEX INDEX CONCURRENTLY s."I x"', "READ COMMITTED", {"I x_ccold"}),
        (
            'REINDEX (CONCURRENTLY) TABLE "T t"',
            "REPEATABLE READ",
            {"I x_ccnew", "T t_pkey_ccnew", "pg_toast_#_index_ccnew"},
        ),
        (
            'REINDEX TABLE CONCURRENTLY "T t"',
            "READ COMMITTED",
            {"I x_ccold", "T t_pkey_ccold", "pg_toast_#_index_ccold"},
        ),
        (
            "REINDEX SCHEMA CONCURRENTLY s",
            "READ COMMITTED",
            {"I x_ccold", "T t_pkey_ccold", "pg_toast_#_index_ccold"},
        ),
    ],
)
def test_indexes_that_a_rebuild_left_are_dropped(project, statement, other, left):
    cut_short(project, statement, other=other)
    assert names(project) == left
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert names(project) == set()
    assert project.database.execute(SOUND) == [(2,)]
    assert project.applied() == ["001_work"]


def test_an_invalid_index_of_another_name_or_table_stays(project):
    cut_short(project, 'REINDEX INDEX CONCURRENTLY "I x"', other="REPEATABLE READ")
    project.database.execute(
        "CREATE TABLE other (id int); CREATE INDEX other_ccnew ON other (id);"
        'CREATE INDEX mine ON s."T t" (id);'
        "UPDATE pg_index SET indisvalid = false "
        "WHERE indexrelid IN ('other_ccnew'::regclass, 's.mine'::regclass)"
    )
    assert project.run("sqlmigrate_apply").code == 0
    assert names(project) == {"other_ccnew", "mine"}


def test_an_index_without_a_name_is_told_by_when_it_came(project):
    cut_short(project, 'CREATE INDEX CONCURRENTLY ON "T t" (note)', other="REPEATABLE READ")
    assert names(project) == {"T t_note_idx"}
    assert project.run("sqlmigrate_apply").code == 0
    assert names(project) == set()
    made = "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'T t_note%'"
    assert project.database.execute(made) == [("T t_note_idx",)]


def test_an_index_without_a_name_is_not_built_beside_an_invalid_one(project):
    """It could not be told from what the build may leave."""
    cut_short(project, 'CREATE INDEX CONCURRENTLY ON "T t" (note)', other="REPEATABLE READ")
    project.database.execute("DELETE FROM schema_migration_progress")
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "an index s.T t_note_idx is there already, and it is invalid" in result.err


@pytest.mark.parametrize("name", ['"p 1"', 's."p 1"'])
def test_a_detachment_that_is_pending_is_finished(project, name):
    statement = f"ALTER TABLE IF EXISTS p DETACH PARTITION {name} CONCURRENTLY"
    cut_short(project, statement, other="READ COMMITTED")
    pending = "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 's.\"p 1\"'::regclass"
    assert project.database.execute(pending) == [(True,)]
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.database.execute(pending) == []
    assert project.applied() == ["001_work"]


def names(project) -> set[str]:
    """Return the invalid indexes; the numbers of tables are left out."""
    found = project.database.execute(LEFT)
    return {re.sub(r"_\d+_", "_#_", name) for (name,) in found}


def test_a_run_that_ends_as_it_finishes_a_detachment_knows_it_for_done(project, monkeypatch):
    cut_short(project, 'ALTER TABLE p DETACH PARTITION "p 1" CONCURRENTLY', other="READ COMMITTED")

    def finish_and_fail(connection, statement):
        finish_detaching(connection, statement)
        raise psycopg.OperationalError("gone at that moment")

    with monkeypatch.context() as patch:
        patch.setattr(executor, "finish_detaching", finish_and_fail)
        result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "while it was being taken up again at statement 2 of 2" in result.err
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.applied() == ["001_work"]
