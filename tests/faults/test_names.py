"""Hostile names and texts, through every command: nothing injected, no terminal broken."""

from __future__ import annotations

import io
import json
import re

import psycopg
import pytest
from django.db import connections

from schema_tools.findings import Report
from schema_tools.history.progress import FileStarted, Noticed, StatementBlocked
from schema_tools.reports.characters import json_visible
from schema_tools.reports.difference import SQL
from schema_tools.reports.progress import ProgressDisplay
from schema_tools.reports.style import Style

ESCAPE = "\x1b]0;owned\x07\x1b[8m"
NAMES = {
    "statement": "a\"b'; DROP TABLE canary; --",
    "terminal": f"x{ESCAPE}\r\x9b31m",
    "two lines": "a\n\\! rm\n; DROP TABLE canary; --",
    "formats": "%s%(x)s {} {0} \\ $$ $1 :x",
    "comment": "*/ DROP TABLE canary; /* --",
    "longest": "é" * 31,
    "rtl": "שלום\u202eevil\u2066",
    "combining": "e\u0301\u200d👩\u200d🚀",
    "markup": "<b>|`x`|</b>]]>&amp;::error::",
}
REPORTS = (
    *(("validate_schema", "--format", name) for name in "text json markdown sarif junit".split()),
    ("validate_schema", "--format", "github"),
    ("schema_diff", "--from", "migrations", "--to", "database"),
    ("schema_diff", "--from", "migrations", "--to", "database", "--format", "json"),
)
# All but tabs and line ends; those that turn text around are none of a name's letters.
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def schema_of(name: str) -> str:
    """Return SQL that gives the name to all that can have it."""
    q = quoted(name)
    return (
        f"CREATE TABLE public.{q} ({q} int CONSTRAINT {q} CHECK ({q} > 0), x text);\n"
        f"CREATE INDEX {quoted('i' + name[:20])} ON public.{q} ({q});\n"
        f"CREATE TYPE public.{quoted('t' + name[:20])} AS ENUM ({literal(name)});\n"
        f"COMMENT ON TABLE public.{q} IS {literal(name)};\n"
        f"CREATE FUNCTION public.{quoted('f' + name[:20])}({q} int) RETURNS int LANGUAGE sql "
        f"RETURN 1;\n"
    )


def clean(result, command) -> None:
    for stream in (result.out, result.err):
        assert RAW.findall(stream) == [], (command, RAW.findall(stream), stream[:2000])


@pytest.fixture
def canary(project):
    project.database.execute("CREATE SCHEMA cage; CREATE TABLE cage.canary (id int)")
    project.database.execute("CREATE TABLE public.canary (id int)")
    yield project
    rows = project.database.execute(
        "SELECT count(*) FROM pg_class WHERE relname = 'canary' AND relkind = 'r'"
    )
    assert rows == [(2,)]


@pytest.mark.db
def test_names_pass_through_the_runner(canary):
    """A file may hold any of them; what is commented out in its DOWN part stands in one line."""
    written = "".join(schema_of(name.replace("\r", "")) for name in NAMES.values())
    dropped = "".join(
        f"-- DROP TABLE public.{quoted(name)};\n"
        for name in NAMES.values()
        if "\n" not in name and "\r" not in name
    )
    purpose = NAMES["statement"] + NAMES["formats"] + ESCAPE
    canary.write(
        "001_hostile", f"-- Purpose: {purpose}\nBEGIN;\n{written}COMMIT;\n-- DOWN\n{dropped}"
    )
    for command in (
        ("sqlmigrate_status",),
        ("sqlmigrate_apply", "--plan"),
        ("sqlmigrate_apply", "--dry-run"),
        ("sqlmigrate_apply",),
        ("sqlmigrate_status", "--check"),
        ("sqlmigrate_rollback", "--plan"),
        ("sqlmigrate_rollback", "--noinput", "--allow-data-loss"),
    ):
        result = canary.run(*command)
        assert result.code == 0, (command, result.err)
        clean(result, command)
    assert canary.applied() == []
    gone = {name for name in NAMES.values() if "\n" not in name and "\r" not in name}
    assert not canary.tables() & gone


@pytest.fixture
def drifted(canary):
    """All names are in the database alone."""
    canary.write("001_first", "CREATE TABLE public.kept (id int);")
    assert canary.run("sqlmigrate_apply").code == 0
    canary.database.execute("".join(map(schema_of, NAMES.values())))
    return canary


@pytest.mark.db
@pytest.mark.parametrize("command", REPORTS, ids=" ".join)
def test_names_pass_through_every_report(drifted, command):
    result = drifted.run(*command)
    assert result.code == 1, (command, result.err)
    clean(result, command)


@pytest.mark.db
def test_the_sql_that_is_drafted_for_names_works(drifted):
    """It adopts them, proven, and removes them, and nothing else."""
    for name in NAMES.values():
        if "\r" in name:  # no file can hold it: said, and nothing written
            refused = drifted.run("sqlmigrate_create", "adopted", "--from-database")
            assert refused.code == 2, refused.err
            clean(refused, "sqlmigrate_create")
            drifted.database.execute(_dropped(name))
    adopt = drifted.run("sqlmigrate_create", "adopted", "--from-database")
    assert adopt.code == 0, adopt.err
    clean(adopt, "sqlmigrate_create")
    (drifted.folder / "002_adopted.sql").unlink()
    undo = drifted.run("schema_diff", "--from", "database", "--to", "migrations", format="sql")
    _send(drifted, "\n".join(_without_canary(undo.out)))
    assert drifted.tables() == {"kept", "canary"}


def _dropped(name: str) -> str:
    function, type_name = quoted("f" + name[:20]), quoted("t" + name[:20])
    return (
        f"DROP TABLE public.{quoted(name)}; DROP TYPE public.{type_name}; "
        f"DROP FUNCTION public.{function}"
    )


def _without_canary(script: str) -> list[str]:
    """Leave the canaries alone, which no file makes either."""
    return [
        line
        for line in script.splitlines()
        if line not in {"DROP TABLE canary;", "DROP TABLE cage.canary;", "DROP SCHEMA cage;"}
    ]


def _send(project, script: str) -> None:
    with psycopg.connect(**project.database.params, autocommit=True) as connection:
        connection.execute(script.encode())


@pytest.mark.db
def test_names_of_the_history_are_data(canary):
    """A version in the table is what somebody has written there."""
    assert canary.write("001_first", "SELECT 1;")
    assert canary.run("sqlmigrate_apply").code == 0
    hostile = [*NAMES.values(), "x' OR true; DROP TABLE canary; --"]
    with canary.database.connect() as connection:
        connection.cursor().executemany(
            "INSERT INTO schema_migrations (version, name, checksum, applied_by, environment) "
            "VALUES (%s, %s, %s, %s, %s)",
            [(name,) * 5 for name in hostile],
        )
    for command in (
        ("sqlmigrate_status",),
        *(("sqlmigrate_status", "--format", each) for each in ("json", "markdown", "junit")),
        ("sqlmigrate_apply",),
        ("sqlmigrate_rollback", "--plan"),
        ("validate_schema", "--only", "migrations,database"),
        ("sqlmigrate_resolve", hostile[-1]),
    ):
        result = canary.run(*command)
        assert result.code in {0, 1, 2}, (command, result.err)
        clean(result, command)


@pytest.mark.db
@pytest.mark.parametrize("command", ["sqlmigrate_status", "sqlmigrate_apply", "validate_schema"])
def test_a_hostile_alias_database_or_target_is_named_without_harm(project, command):
    for name in (NAMES["terminal"], NAMES["formats"]):
        project.alias = name
        result = project.run(command)
        assert result.code == 2
        clean(result, command)


@pytest.mark.db
def test_a_missing_database_with_a_hostile_name_is_created_by_a_command_that_is_quoted(project):
    connections[project.alias].settings_dict["NAME"] = f"x{ESCAPE}'; rm -rf $HOME `id`"
    result = project.run("sqlmigrate_status")
    assert result.code == 3
    clean(result, "sqlmigrate_status")
    assert re.search(r"createdb --.* 'x", result.err)


@pytest.mark.db
def test_what_the_server_says_of_a_failed_statement_is_written_out(project):
    name = quoted(NAMES["terminal"].replace("\r", ""))
    project.database.execute(f"CREATE TABLE public.{name} (id int)")
    project.write("001_again", f"BEGIN;\nCREATE TABLE public.{name} (id int);\nCOMMIT;\n")
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "\\x1b]0;owned\\x07" in result.err
    for command in (("sqlmigrate_apply",), ("sqlmigrate_status",), ("sqlmigrate_resolve", "001")):
        clean(project.run(*command), command)


@pytest.mark.parametrize(
    "event",
    [
        FileStarted(f"a{ESCAPE}.sql", "up", 1, 1),
        Noticed("a.sql", "WARNING", f"x{ESCAPE}\ry"),
        StatementBlocked("a.sql", 1, 1, "ALTER TABLE", 1.0, (f"process 1: {ESCAPE}",)),
    ],
    ids=lambda event: type(event).__name__,
)
@pytest.mark.parametrize("label", ["", ESCAPE])
def test_progress_is_no_way_to_a_terminal(event, label):
    stream = io.StringIO()
    display = ProgressDisplay(stream, Style(), verbosity=2, label=label)
    display(event)
    display.finish()
    assert RAW.findall(stream.getvalue()) == []


@pytest.mark.parametrize("width", [0, 80])
def test_a_script_is_written_out_for_a_terminal_alone(width):
    report = Report(title="", facts={"sql": f"DROP TABLE {ESCAPE};\n"})
    written = SQL.render(report, Style(width=width))
    assert bool(RAW.findall(written)) == (width == 0)


def test_a_snapshot_says_the_same_on_a_terminal():
    text = json.dumps({"name": "\x9b31m\u202e\x7f é 🚀"}, ensure_ascii=False)
    assert RAW.findall(json_visible(text)) == []
    assert json.loads(json_visible(text)) == json.loads(text)
