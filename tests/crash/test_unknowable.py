"""A DO block outside a transaction is struck: nobody can know, and a person settles it."""

from __future__ import annotations

import time

import pytest

from tests.crash.agreement import wait_until_alone
from tests.crash.blows import BLOWS, check_said, outcome, strike
from tests.crash.command import Manage

pytestmark = pytest.mark.db

REFUSED, SECONDS = 2, 120
# The block goes on until the test has struck; a replay finds the table empty.
PAUSE = "CREATE TABLE pause (id integer);\n"
FILE = """\
-- Transaction: off
CREATE TABLE t (id integer);
DO $$ BEGIN
  INSERT INTO t VALUES (1);
  WHILE EXISTS (SELECT FROM pause) LOOP PERFORM pg_sleep(0.05); END LOOP;
END $$;
INSERT INTO t VALUES (2);
"""
SLEEPS = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event = 'PgSleep'"


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        # The server goes on with the block, and commits it.
        ("SIGKILL", "--applied"),
        ("server", "--rolled-back"),
    ],
)
def test_what_nobody_can_know_is_refused_until_it_is_settled(
    name, flag, crashing_server, tmp_path
):
    blow = next(blow for blow in BLOWS if blow.name == name)
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "000_pause.sql").write_text(PAUSE)
    with crashing_server.database() as database:
        manage = Manage.make(tmp_path, folder, crashing_server, database)
        assert manage.run("sqlmigrate_apply", "--noinput").code == 0
        crashing_server.execute("INSERT INTO pause VALUES (1)", database)
        (folder / "001_block.sql").write_text(FILE)
        running = manage.start("sqlmigrate_apply", "--noinput")
        deadline = time.monotonic() + SECONDS
        while crashing_server.admin.execute(SLEEPS, (database,)).fetchone() is None:
            assert time.monotonic() < deadline, "the block never ran"
            time.sleep(0.02)
        sessions = strike(blow, manage, running)
        check_said(blow, sessions, outcome(blow, manage, running))
        crashing_server.execute("DELETE FROM pause", database)
        with crashing_server.connect(database) as connection:
            wait_until_alone(connection)
        refused = manage.run("sqlmigrate_apply", "--noinput")
        assert refused.code == REFUSED, refused.err
        assert "whether it took effect is not known" in refused.out
        assert "sqlmigrate_resolve 001_block" in refused.out
        reason = ("--reason", "the rows were looked at", "--noinput")
        settled = manage.run("sqlmigrate_resolve", "001", flag, *reason)
        assert settled.code == 0, settled.out + settled.err
        finished = manage.run("sqlmigrate_apply", "--noinput")
        assert finished.code == 0, finished.err
        assert crashing_server.execute("SELECT id FROM t ORDER BY id", database) == [(1,), (2,)]
