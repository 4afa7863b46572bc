"""The commands as a user meets them: help, output, terminal, files, encodings."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command, load_command_class
from django.core.management.base import CommandError, OutputWrapper
from django.db.models.signals import pre_migrate

from schema_tools import __version__
from schema_tools.errors import ConsentRefused
from schema_tools.management.base import SchemaCommand
from schema_tools.services.apply import ApplyOptions, apply

COMMANDS = {
    "sqlmigrate_status": "--check",
    "sqlmigrate_apply": "--allow-out-of-order",
    "sqlmigrate_rollback": "--allow-data-loss",
    "sqlmigrate_baseline": "--lock-wait",
    "sqlmigrate_create": "--purpose",
    "sqlmigrate_renumber": "--dry-run",
    "sqlmigrate_resolve": "--applied",
    "schema_diff": "--from",
    "schema_snapshot": "--of",
    "validate_schema": "--expected",
}
TABLE = "CREATE TABLE one (id int);\n-- DOWN\n-- DROP TABLE one;\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_that_the_command_itself_understands(name):
    command = load_command_class("schema_tools", name)
    parser = command.create_parser("manage.py", name)
    text = " ".join(parser.format_help().split())
    assert COMMANDS[name] in text
    example = re.search(r"Example: manage\.py (\S+)(.*)$", text)
    assert example[1] == name
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', example[2])]
    parser.parse_args(words)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_version_is_that_of_the_package(name, capsys):
    parser = load_command_class("schema_tools", name).create_parser("manage.py", name)
    with pytest.raises(SystemExit):
        parser.parse_args(["--version"])
    assert capsys.readouterr().out == f"django-schema-tools {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_system_check_can_stop_a_command(name):
    assert list(load_command_class("schema_tools", name).requires_system_checks) == []


@pytest.mark.db
def test_the_report_goes_to_a_file_and_progress_beside_it(project, tmp_path):
    project.write("001_one", TABLE)
    path = tmp_path / "report.json"
    result = project.run("sqlmigrate_apply", format="json", output=str(path))
    assert result.out == ""
    assert "Applying" in result.err
    assert json.loads(path.read_text(encoding="utf-8"))["executed"][0]["version"] == "001_one"


@pytest.mark.db
def test_a_silent_run(project):
    project.write("001_one", TABLE)
    assert project.run("sqlmigrate_apply", verbosity=0).err == ""


@pytest.mark.db
def test_notices_are_shown_on_demand_and_warnings_always(project):
    text = "DO $$ BEGIN RAISE NOTICE 'by the way'; RAISE WARNING 'take care'; END $$;"
    project.write("001_notice", text)
    err = project.run("sqlmigrate_apply").err
    assert "WARNING: take care" in err
    assert "by the way" not in err
    project.write("002_notice", text)
    assert "NOTICE: by the way" in project.run("sqlmigrate_apply", verbosity=2).err


@pytest.mark.db
def test_json_keys_are_the_same_whatever_happened(project):
    project.write("001_one", TABLE)
    documents = [
        json.loads(project.run(*arguments, format="json").out)
        for arguments in (
            ["sqlmigrate_apply", "--plan"],
            ["sqlmigrate_apply"],
            ["sqlmigrate_apply"],
            ["sqlmigrate_rollback", "--plan"],
            ["sqlmigrate_rollback", "--noinput", "--allow-data-loss"],
            ["sqlmigrate_rollback"],
        )
    ]
    (project.folder / "001_one.sql").write_text("SELECT '")
    documents.append(json.loads(project.run("sqlmigrate_apply", format="json").out))
    for document in documents:
        assert list(document) == [
            "format_version",
            "database",
            "ok",
            "summary",
            "migrations",
            "plan",
            "executed",
            "findings",
            "not_checked",
        ]
        assert document["database"]["alias"] == project.alias
    assert [document["ok"] for document in documents] == [True] * 6 + [False]
    assert [len(document["executed"]) for document in documents] == [0, 1, 0, 0, 1, 0, 0]


@pytest.mark.db
def test_a_program_gets_a_report_of_an_error_too(project, tmp_path):
    project.write("001_one", "SELECT nowhere;")
    result = project.run("sqlmigrate_apply", format="json")
    document = json.loads(result.out)
    assert (result.code, document["ok"], document["exit_code"]) == (5, False, 5)
    (finding,) = document["findings"]
    assert finding["code"] == "error.migration_failed"
    assert "001_one.sql:1" in finding["message"]
    assert finding["hint"]
    path = tmp_path / "report.json"
    assert project.run("sqlmigrate_apply", "9", format="json", output=str(path)).code == 2
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["findings"][0]["code"] == "error.configuration_error"


@pytest.mark.db
@pytest.mark.parametrize("target", ["", "there/is/none.json"], ids=["folder", "no folder"])
def test_a_report_that_could_not_be_written_stops_the_run_before_it(project, tmp_path, target):
    project.write("001_one", TABLE)
    result = project.run("sqlmigrate_apply", output=str(tmp_path / target))
    assert result.code == 2
    assert f"--output {tmp_path / target}" in result.err
    assert project.tables() == set()


@pytest.mark.db
def test_a_full_disk_takes_nothing_back_from_what_was_done(project):
    project.write("001_one", TABLE)
    result = project.run("sqlmigrate_apply", format="json", output="/dev/full")
    assert result.code == 3
    assert "could not be written to /dev/full: No space left on device" in result.err
    assert project.applied() == ["001_one"]


@pytest.mark.db
def test_a_standard_output_without_room_is_no_fault_of_ours(project, monkeypatch):
    project.write("001_one", TABLE)
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(SchemaCommand, "report_stream", OutputWrapper(full))
        result = project.run("sqlmigrate_apply")
        monkeypatch.undo()
        with suppress(OSError):  # what is still buffered
            full.close()
    assert result.code == 3
    assert "to the standard output: No space left on device; the command itself" in result.err
    assert project.applied() == ["001_one"]


@pytest.mark.db
def test_an_error_counts_more_than_its_report_that_cannot_be_written(project):
    project.write("001_one", "SELECT nowhere;")
    result = project.run("sqlmigrate_apply", format="json", output="/dev/full")
    assert result.code == 5
    assert "Migration failed: 001_one.sql" in result.err


@pytest.mark.db
def test_an_error_takes_the_place_of_the_last_report(project, tmp_path):
    project.write("001_one", TABLE)
    path = tmp_path / "report.txt"
    assert project.run("sqlmigrate_apply", output=str(path)).code == 0
    project.write("002_two", "SELECT nowhere;")
    assert project.run("sqlmigrate_apply", output=str(path)).code == 5
    text = path.read_text(encoding="utf-8")
    assert "002_two.sql:1" in text
    assert "1 migration applied" not in text


@pytest.mark.db
def test_fake_records_without_running(project):
    project.write("001_one", TABLE)
    result = project.run("sqlmigrate_apply", "--fake")
    assert result.code == 0
    assert "recorded as applied, without running" in result.out
    assert project.applied() == ["001_one"]
    assert project.tables() == set()


HALF = "of it and stopped in statement 2"


@pytest.fixture
def half_run(project):
    """A project whose only file has failed after its first statement, which has taken effect."""
    project.write(
        "001_half", f"-- Transaction: off\n{TABLE.splitlines()[0]}\nSELECT 1/0;\nSELECT 2;"
    )
    assert project.run("sqlmigrate_apply").code == 5
    return project


@pytest.mark.db
def test_a_half_run_file_is_recorded_only_with_consent(half_run):
    plan = half_run.run("sqlmigrate_apply", "--fake", "--plan")
    assert f"001_half.sql: an earlier run completed 1 of 3 statements {HALF}" in plan.out
    assert "recorded as applied, nothing runs (an earlier run did 1 of 3)" in plan.out
    result = half_run.run("sqlmigrate_apply", "--fake")
    assert result.code == 2
    assert "nothing was recorded: a part of what would be has not run\n  - " in result.err
    assert "--noinput" in result.err
    assert half_run.applied() == []
    result = half_run.run("sqlmigrate_apply", "--fake", "--noinput")
    assert result.code == 0
    assert HALF in result.out
    assert half_run.applied() == ["001_half"]


@pytest.mark.db
@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 2)])
def test_a_person_is_asked_about_files_that_did_not_run(half_run, monkeypatch, answer, code):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    err = Terminal()
    half_run.write("002_two", TABLE.replace("one", "two"))
    try:
        call_command(
            "sqlmigrate_apply", "--fake", database=half_run.alias, stdout=io.StringIO(), stderr=err
        )
        returned = 0
    except CommandError as error:
        returned = error.returncode
    assert returned == code
    assert "without running anything: 001_half, 002_two?\n  - " in err.getvalue()
    assert HALF in err.getvalue()
    assert half_run.applied() == (["001_half", "002_two"] if code == 0 else [])


@pytest.mark.db
def test_what_another_run_left_half_done_after_the_consent_is_not_recorded(project):
    project.write("001_half", "-- Transaction: off\nCREATE TABLE one ();\nSELECT 1/0;")

    def consent(_question) -> bool:
        return project.run("sqlmigrate_apply").code == 5

    with pytest.raises(ConsentRefused, match="meanwhile another run has stopped"):
        apply(project.alias, ApplyOptions(fake=True), consent=consent)
    assert project.applied() == []


@pytest.mark.db
def test_a_record_that_fails_leaves_how_far_the_file_has_come(half_run):
    half_run.database.execute("ALTER TABLE schema_migrations ADD CHECK (version = '') NOT VALID")
    query = "SELECT direction, statements_done, error FROM schema_migration_progress"
    before = half_run.database.execute(query)
    assert half_run.run("sqlmigrate_apply", "--fake", "--noinput").code == 5
    assert half_run.database.execute(query) == before


@pytest.mark.db
def test_a_plan_says_which_files_cannot_be_rolled_back(project):
    project.write("001_one", "SELECT 1;")
    project.write("002_two", TABLE)
    result = project.run("sqlmigrate_apply", "--plan")
    assert "001_one.sql: it has no rollback part" in result.out
    assert result.out.count("no rollback part") == 1


@pytest.mark.db
def test_an_output_that_cannot_take_emoji_gets_ascii(project, shell):
    project.write("001_one", TABLE)
    process = subprocess.run(
        [sys.executable, "-m", "django", "sqlmigrate_apply"],
        env={**shell.environment(), "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:strict"},
        cwd=shell.home,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 0
    assert b"[ok] 1 migration applied." in process.stdout
    assert b"[ok]" in process.stderr


@pytest.mark.db
def test_an_output_that_is_closed_early_is_no_fault(project, shell):
    for number in range(1, 400):
        project.write(f"{number:03}_file_with_a_rather_long_name_to_fill_the_pipe", TABLE)
    process = shell.start("sqlmigrate_status")
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert err == ""


@pytest.mark.db
@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal_gets_a_moving_line_and_colours_unless_refused(project, shell, no_color):
    project.write(
        "001_one", "BEGIN;\nSELECT pg_sleep(0.1);\n" + TABLE.replace("\n", "\nCOMMIT;\n", 1)
    )
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "django", "sqlmigrate_apply"],
        env={**shell.environment(), "TERM": "xterm", "NO_COLOR": no_color, "COLUMNS": "100"},
        cwd=shell.home,
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    os.close(master)
    assert process.wait(60) == 0
    text = shown.decode()
    assert "\r\x1b[2K[1/1] Applying migrations_sql/001_one.sql" in text
    assert "statement 1 of 2: SELECT (line 2)" in text
    assert ("\x1b[32m" in text) == (not no_color)


@pytest.mark.parametrize(("encoding", "sign"), [("ascii", "[!]"), ("utf-8", "⚠️")])
def test_a_word_to_an_early_migrate_never_breaks_it(monkeypatch, encoding, sign):
    written = io.BytesIO()
    stdout = io.TextIOWrapper(written, encoding=encoding, errors="strict")
    monkeypatch.setattr(
        "schema_tools.services.early_migrate.warning", lambda alias, _plan: f"{alias}: wait …"
    )
    pre_migrate.send(
        apps.get_app_config("schema_tools"),
        using="default",
        plan=[object()],
        verbosity=1,
        stdout=OutputWrapper(stdout),
    )
    stdout.flush()
    assert written.getvalue().decode(encoding).startswith(f"{sign} default: wait ")


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "²", ""])
def test_retries_are_a_whole_number(value):
    command = load_command_class("schema_tools", "sqlmigrate_apply")
    parser = command.create_parser("manage.py", "sqlmigrate_apply")
    assert parser.parse_args(["--retries", "3"]).retries == 3
    with pytest.raises(CommandError, match="is not a whole number, 0 or more"):
        parser.parse_args([f"--retries={value}"])
