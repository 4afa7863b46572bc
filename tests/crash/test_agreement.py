"""The crash tests' own checks: each kind of disagreement is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.crash.agreement import check_agreement, check_finished
from tests.crash.command import Manage
from tests.crash.states import Reference

pytestmark = pytest.mark.db

FIRST = "BEGIN; CREATE TABLE t (id integer); INSERT INTO t VALUES (1); COMMIT;"
SECOND = """\
-- Transaction: off
INSERT INTO t VALUES (2);
CREATE INDEX CONCURRENTLY t_id ON t (id);
"""
PROGRESS = (
    "INSERT INTO schema_migration_progress (version, direction, checksum, statements_done,"
    " statements_total, done_checksum, running_statement, sqlstate, error, backend_pid)"
    " VALUES ('002_steps', 'up', '', {done}, 2, '', {running}, '', '', 0);"
)
NOT_APPLIED = "DELETE FROM schema_migrations WHERE version = '002_steps';"
UNBUILT = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_id'::regclass;"


@pytest.fixture(scope="module")
def finished(crashing_server, tmp_path_factory) -> Iterator[tuple[str, Reference]]:
    """A database to which two files were applied, and what they make."""
    home = tmp_path_factory.mktemp("two_files")
    folder = home / "files"
    folder.mkdir()
    (folder / "001_table.sql").write_text(FIRST)
    (folder / "002_steps.sql").write_text(SECOND)
    with crashing_server.database() as database, crashing_server.connect(database) as connection:
        reference = Reference.made_by(connection, folder)
    with crashing_server.database() as database:
        ended = Manage.make(home, folder, crashing_server, database).run("sqlmigrate_apply")
        assert ended.code == 0, ended.err
        yield database, reference


@pytest.mark.parametrize(
    ("tampering", "agrees", "is_finished"),
    [
        ("SELECT", True, True),
        # What the history tells is all there, but it is not the end.
        (NOT_APPLIED + PROGRESS.format(done=2, running=2), True, False),
        (NOT_APPLIED + PROGRESS.format(done=1, running=2), True, False),
        (NOT_APPLIED + PROGRESS.format(done=1, running=2) + UNBUILT, True, False),
        # The history tells less, or more, than is there.
        (NOT_APPLIED, False, False),
        (NOT_APPLIED + PROGRESS.format(done=0, running=1), False, False),
        (NOT_APPLIED + PROGRESS.format(done=2, running=2) + UNBUILT, False, False),
        (UNBUILT, False, False),
        ("DROP INDEX t_id", False, False),
        ("INSERT INTO t VALUES (2)", False, False),
        ("CREATE TABLE more ()", False, False),
        (PROGRESS.format(done=1, running=1), False, False),
        ("UPDATE schema_migrations SET version = '003' WHERE version = '002_steps'", False, False),
        ("DELETE FROM schema_migration_events", True, False),
        ("SELECT pg_advisory_lock(1)", True, False),
    ],
)
def test_a_disagreement_is_noticed(crashing_server, finished, tampering, agrees, is_finished):
    database, reference = finished
    with crashing_server.connect(database) as connection, connection.transaction() as changes:
        connection.execute(tampering)
        for check, passes in ((check_agreement, agrees), (check_finished, is_finished)):
            if passes:
                check(connection, reference)
            else:
                with pytest.raises(AssertionError):
                    check(connection, reference)
        raise psycopg.Rollback(changes)
