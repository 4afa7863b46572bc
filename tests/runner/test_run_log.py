"""What a run does is logged as records with the same fields, for programs to read."""

from __future__ import annotations

import ast
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from schema_tools.errors import Interrupted, LockHeld, LockLost, MigrationFailed, Terminated
from schema_tools.history.files import parse_migration
from schema_tools.history.plan import Step
from schema_tools.history.progress import StatementBlocked, tell_nobody
from schema_tools.postgres.executor import run_step
from schema_tools.postgres.ledger import Ledger, Provenance
from schema_tools.postgres.run_log import FIELDS, RunLog
from schema_tools.postgres.runner import Retries, Runner
from schema_tools.postgres.timeouts import Limits

LOGGER = "schema_tools.runner"


def step(text: str, direction: str = "up", **more: object) -> Step:
    return Step(parse_migration("001_x.sql", text.encode(), "m/001_x.sql"), direction, **more)


@pytest.fixture
def runner(database, caplog):
    caplog.set_level(logging.DEBUG, LOGGER)
    ledger = Ledger("public")
    with database.connect() as work, database.connect() as side:
        ledger.prepare(side)
        yield Runner(
            work,
            side,
            ledger,
            Provenance("jo@host"),
            Limits(0.3, 0),
            tell_nobody,
            retries=Retries(1, sleep=lambda _seconds: None),
            log=RunLog("default", "run 1"),
            backend=work.info.backend_pid,
        )


def logged(caplog, *fields: str) -> list[tuple]:
    """Return of each record its level, and these fields."""
    records = [record for record in caplog.records if record.name == LOGGER]
    return [
        (record.levelname, *(getattr(record, field) for field in fields)) for record in records
    ]


def only(caplog, outcome: str) -> logging.LogRecord:
    (found,) = [record for record in caplog.records if getattr(record, "outcome", 0) == outcome]
    return found


@pytest.mark.db
def test_a_file_and_its_statements_are_logged_with_how_long_they_took(runner, caplog):
    run_step(runner, step("CREATE TABLE a (id int);\nCREATE TABLE b (id int);"))
    assert logged(caplog, "outcome", "statement", "statements", "attempt") == [
        ("INFO", "begun", None, 2, None),
        ("DEBUG", "ran", 1, 2, 1),
        ("DEBUG", "ran", 2, 2, 1),
        ("INFO", "applied", None, 2, 1),
    ]
    for record in caplog.records:
        assert (record.run_id, record.database) == ("run 1", "default")
        assert (record.version, record.direction) == ("001_x", "up")
        assert isinstance(record.duration_ms, int) != (record.outcome == "begun")


@pytest.mark.db
def test_each_direction_has_its_outcome(runner, caplog):
    text = "CREATE TABLE a (id int);\n-- DOWN\n-- DROP TABLE a;\n"
    caplog.set_level(logging.INFO, LOGGER)
    for direction in ("up", "down", "fake"):
        run_step(runner, step(text, direction))
    ends = [each for each in logged(caplog, "direction", "outcome") if each[2] != "begun"]
    assert ends == [
        ("INFO", "up", "applied"),
        ("INFO", "down", "rolled_back"),
        ("INFO", "fake", "recorded"),
    ]


@pytest.mark.db
def test_a_failure_says_where_and_why_in_one_line(runner, caplog):
    text = (
        "SELECT 1;\nDO $$ BEGIN RAISE E'no\\nway, password = ''hunter2''' USING ERRCODE = "
        "'XX123'; END $$;"
    )
    with pytest.raises(MigrationFailed):
        run_step(runner, step(text))
    record = only(caplog, "failed")
    assert (record.levelname, record.statement, record.statements) == ("ERROR", 2, 2)
    assert (record.sqlstate, record.attempt) == ("XX123", 1)
    assert record.duration_ms >= 0
    assert record.getMessage() == "001_x failed in statement 2 of 2: no way, password = '…'"
    assert "hunter2" not in str(vars(record))


@pytest.mark.db
def test_a_failure_at_the_end_is_at_commit(runner, caplog):
    text = (
        "CREATE TABLE a (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);\n"
        "INSERT INTO a VALUES (1), (1);"
    )
    with pytest.raises(MigrationFailed):
        run_step(runner, step(text))
    record = only(caplog, "failed")
    assert (record.statement, record.sqlstate) == (None, "23505")
    assert record.getMessage().startswith("001_x failed at COMMIT: duplicate key")


@pytest.mark.db
@pytest.mark.parametrize("header", ["", "-- Transaction: off\n"])
def test_a_retry_is_logged_and_then_the_failure(runner, database, caplog, header):
    database.execute("CREATE TABLE busy (id int)")
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE busy")
        with pytest.raises(LockHeld):
            run_step(runner, step(f"{header}ALTER TABLE busy ADD more int;"))
    found = logged(caplog, "outcome", "statement", "sqlstate", "attempt")
    assert [each for each in found if each[1] != "blocked"] == [
        ("INFO", "begun", None, None, None),
        ("WARNING", "retried", 1, "55P03", 1),
        ("ERROR", "failed", 1, "55P03", 2),
    ]


@pytest.mark.db
def test_who_blocks_is_logged(runner, database, caplog):
    database.execute("CREATE TABLE busy (id int)")
    other = database.connect()
    process = other.info.backend_pid
    other.execute("BEGIN; LOCK TABLE busy")

    def tell(event):
        if isinstance(event, StatementBlocked):
            other.close()

    patient = replace(runner, limits=Limits(60, 0), tell=tell)
    run_step(patient, step("ALTER TABLE busy ADD more int;"))
    record = only(caplog, "blocked")
    assert (record.levelname, record.statement, record.attempt) == ("WARNING", 1, 1)
    assert f"blocked by process {process} (" in record.getMessage()


@pytest.mark.db
def test_a_run_that_goes_on_says_behind_which_statement(runner, caplog):
    text = "-- Transaction: off\nCREATE TABLE a (id int);\nSELECT 1 / (SELECT count(*) FROM a);\n"
    with pytest.raises(MigrationFailed):
        run_step(runner, step(text))
    (run,) = runner.ledger.read(runner.side).unfinished
    runner.side.execute("INSERT INTO a VALUES (1)")
    caplog.clear()
    run_step(runner, step(text, done=run.done, failure=run))
    assert logged(caplog, "outcome", "statement", "statements") == [
        ("INFO", "resumed", 1, 2),
        ("DEBUG", "ran", 2, 2),
        ("INFO", "applied", None, 2),
    ]


@pytest.mark.db
@pytest.mark.parametrize(
    ("raised", "told", "outcome", "why"),
    [
        (Terminated, Interrupted, "interrupted", "SIGTERM"),
        (KeyboardInterrupt, Interrupted, "interrupted", "SIGINT"),
        (LockLost("it is gone", hint=""), LockLost, "failed", "it is gone"),
    ],
)
def test_what_stops_a_run_is_logged(runner, caplog, raised, told, outcome, why):
    def check():
        raise raised

    with pytest.raises(told):
        run_step(replace(runner, check=check), step("SELECT 1;"))
    record = only(caplog, outcome)
    assert (record.levelname, record.statement, record.sqlstate) == ("ERROR", 1, None)
    assert record.getMessage() == f"001_x {outcome} in statement 1 of 1: {why}"


@pytest.mark.db
def test_all_records_of_a_run_have_its_number_and_every_field(project, caplog):
    """So that a format which names a field never fails."""
    caplog.set_level(logging.DEBUG, LOGGER)
    project.write("001_first", "CREATE TABLE a (id int);\n-- DOWN\n-- DROP TABLE a;\n")
    project.write("002_second", "CREATE TABLE b (id int);\n-- DOWN\n-- DROP TABLE b;\n")
    assert project.run("sqlmigrate_apply").code == 0
    records = [record for record in caplog.records if record.name == LOGGER]
    assert [record.outcome for record in records if record.version is None] == [
        "begun",
        "finished",
    ]
    assert all(vars(record).keys() >= set(FIELDS) for record in records)
    (first,) = {record.run_id for record in records}
    assert {record.database for record in records} == {project.alias}
    caplog.clear()
    assert project.run("sqlmigrate_rollback", "zero", noinput=True, allow_data_loss=True).code == 0
    records = [record for record in caplog.records if record.name == LOGGER]
    assert [record.version for record in records if record.outcome == "rolled_back"] == [
        "002_second",
        "001_first",
    ]
    (second,) = {record.run_id for record in records}
    assert len(first) == len(second) == 32
    assert first != second


@pytest.mark.db
def test_a_run_that_stops_says_so(project, caplog):
    caplog.set_level(logging.INFO, LOGGER)
    project.write("001_first", "SELECT nonsense;")
    assert project.run("sqlmigrate_apply").code == 5
    assert [record.outcome for record in caplog.records if record.name == LOGGER] == [
        "begun",
        "begun",
        "failed",
        "stopped",
    ]


def test_the_page_names_all_fields_and_its_line_can_be_written():
    page = (Path(__file__).parents[2] / "docs" / "applying.md").read_text(encoding="utf-8")
    section = page.partition("## Logs\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| `")][: len(FIELDS)]
    assert all(any(f"`{field}`" in line for line in table) for field in FIELDS)
    example = section.partition("```python\nLOGGING = ")[2].partition("\n```")[0]
    line = logging.Formatter(ast.literal_eval(example)["formatters"]["line"]["format"])
    facts = dict.fromkeys(FIELDS) | {"run_id": "0123456789", "outcome": "ran", "msg": "done"}
    written = line.format(logging.makeLogRecord(facts))
    assert written.endswith(" 01234567 done (ran, None)")


@pytest.mark.db
@pytest.mark.process
def test_by_default_nothing_of_it_is_on_the_terminal(project, shell):
    project.write("001_first", "SELECT nonsense;")
    result = shell.run("sqlmigrate_apply", "--noinput")
    assert result.code == 5
    assert result.err.count("nonsense") == 2  # the server's message and the line
    assert "failed in statement" not in result.err
    assert "run stopped" not in result.err
