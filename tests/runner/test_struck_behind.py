"""A statement that has run counts as done, whatever strikes between its end and its record."""

from __future__ import annotations

import logging

import pytest

from schema_tools.postgres.timeouts import Timeouts

pytestmark = pytest.mark.db

BUILD = "CREATE INDEX CONCURRENTLY i ON t (id);"
BUILT = "SELECT oid FROM pg_class WHERE relname = 'i'"


class Striker(logging.Handler):
    """Strikes when the log says that a statement has run; once."""

    def __init__(self, strike) -> None:
        super().__init__()
        self.strike = strike

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "outcome", "") == "ran":
            logging.getLogger("schema_tools.runner").removeHandler(self)
            self.strike()


@pytest.fixture
def struck():
    """Let something happen right behind the first statement."""
    logger = logging.getLogger("schema_tools.runner")
    level, handlers = logger.level, list(logger.handlers)

    def strike_with(strike) -> None:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(Striker(strike))

    yield strike_with
    logger.setLevel(level)
    logger.handlers[:] = handlers


def end_work(database) -> None:
    """Terminate the session in which the file runs, and wait for its end."""
    found = "SELECT pid FROM pg_stat_activity WHERE query ~ '^CREATE INDEX CONC'"
    with database.connect() as connection:
        killed = connection.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM ({found}) AS found"
        ).fetchall()
    assert killed == [(True,)]


@pytest.fixture
def build(project):
    project.database.execute("CREATE TABLE t (id int)")
    project.write("001_build", f"{BUILD}\nCREATE TABLE after_it (id int);")
    return project


def test_a_session_that_ends_behind_a_build_does_not_let_it_be_built_again(build, struck):
    struck(lambda: end_work(build.database))
    first = build.run("sqlmigrate_apply")
    assert first.code == 5, first.err
    assert "statement 1 of 2 has taken effect" in " ".join(first.err.split())
    built = build.database.execute(BUILT)
    again = build.run("sqlmigrate_apply")
    assert again.code == 0, again.err
    assert build.database.execute(BUILT) == built


def test_a_signal_behind_a_build_whose_session_ends_too_is_told_as_the_signal(build, struck):
    def strike() -> None:
        end_work(build.database)
        raise KeyboardInterrupt

    struck(strike)
    with pytest.raises(KeyboardInterrupt):
        build.run("sqlmigrate_apply")
    built = build.database.execute(BUILT)
    assert built
    again = build.run("sqlmigrate_apply")
    assert again.code == 0, again.err
    assert build.database.execute(BUILT) == built


def test_a_procedure_that_has_ended_is_not_of_unknown_effect_when_a_signal_comes(project, struck):
    project.database.execute("CREATE TABLE t (id int)")
    project.write(
        "001_call",
        "-- Transaction: off\nDO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$;\n"
        "CREATE TABLE after_it (id int);",
    )

    def strike() -> None:
        raise KeyboardInterrupt

    struck(strike)
    with pytest.raises(KeyboardInterrupt):
        project.run("sqlmigrate_apply")
    again = project.run("sqlmigrate_apply")
    assert again.code == 0, again.err
    assert project.database.execute("SELECT count(*) FROM t") == [(1,)]


def test_what_a_block_raises_is_not_hidden_by_a_limit_that_cannot_be_set_again(database):
    def interrupt_in(connection) -> None:
        with Timeouts(5, 0).lifted(connection):
            with database.connect() as other:
                other.execute(
                    "SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,)
                )
            raise KeyboardInterrupt

    with database.connect() as connection:
        connection.execute("SET lock_timeout = 5000")
        with pytest.raises(KeyboardInterrupt):
            interrupt_in(connection)
