"""Every exception has an exit code, and the codes are those that are promised."""

from __future__ import annotations

import inspect
import json
import re
import signal

import django.db.utils
import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from schema_tools import errors
from schema_tools.management.commands.sqlmigrate_status import Command
from schema_tools.management.exit_codes import exit_code
from schema_tools.management.interruption import interruption_behind
from schema_tools.postgres.limit import OutOfTime

PROMISED = {
    "SchemaToolsError": 70,
    "ConfigurationError": 2,
    "MigrationFileError": 2,
    "HistoryError": 2,
    "ConsentRefused": 2,
    "DraftRefused": 2,
    "Unavailable": 3,
    "PrivilegeMissing": 3,
    "SchemaChanging": 3,
    "ScratchUnavailable": 3,
    "LockLost": 3,
    "LockHeld": 4,
    "MigrationFailed": 5,
    "Interrupted": 130,
    "Terminated": 143,
}
CLASSES = [
    found
    for _name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, BaseException)
]


def made(kind: type[BaseException]) -> BaseException:
    """Make an exception of a class of errors.py, whatever its constructor asks for."""
    needed = {"path": "001_x.sql", "signal_number": signal.SIGINT}
    if not issubclass(kind, errors.SchemaToolsError):
        return kind()
    known = inspect.signature(kind).parameters
    return kind("what", **{name: value for name, value in needed.items() if name in known})


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_of_errors_has_its_promised_code(kind):
    assert exit_code(made(kind)) == PROMISED[kind.__name__]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (errors.Interrupted("what", signal_number=signal.SIGTERM), 143),
        (ImproperlyConfigured(), 2),
        (psycopg.OperationalError(), 3),
        (psycopg.errors.InsufficientPrivilege(), 3),
        (psycopg.errors.ReadOnlySqlTransaction(), 3),
        (psycopg.errors.LockNotAvailable(), 4),
        (psycopg.errors.SyntaxError(), 70),
        (django.db.utils.OperationalError(), 3),
        (BrokenPipeError(), 141),
        (ZeroDivisionError(), 70),
    ],
    ids=repr,
)
def test_what_others_raise(error, code):
    assert exit_code(error) == code


def test_djangos_wrapper_gives_way_to_the_servers_words():
    error = django.db.utils.ProgrammingError("permission denied")
    error.__cause__ = psycopg.errors.InsufficientPrivilege()
    assert exit_code(error) == 3


def run(monkeypatch, capsys, error: BaseException, *arguments: str) -> tuple[int, str]:
    def fail(_self, _options):
        raise error

    monkeypatch.setattr(Command, "report", fail)
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "sqlmigrate_status", *arguments])
    return ended.value.code, capsys.readouterr().err


def caused(error: BaseException, by: BaseException) -> BaseException:
    """Return an error that was raised because of another."""
    error.__cause__ = by
    return error


def met(error: BaseException, meanwhile: BaseException) -> BaseException:
    """Return an error that was raised while another was on its way."""
    error.__context__ = meanwhile
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (caused(RuntimeError("calling __set_name__"), errors.Terminated()), 143),
        (met(psycopg.ProgrammingError("ACTIVE"), KeyboardInterrupt()), 130),
        (met(ValueError(), caused(RuntimeError(), KeyboardInterrupt())), 130),
        (caused(errors.MigrationFailed("this file failed"), KeyboardInterrupt()), 5),
        (met(ValueError(), caused(errors.Unavailable("gone"), KeyboardInterrupt())), 70),
        (caused(TimeoutError("not finished"), OutOfTime()), 70),
    ],
    ids=repr,
)
def test_what_comes_of_a_signal_counts_as_the_signal(monkeypatch, capsys, error, code):
    ended, err = run(monkeypatch, capsys, error)
    assert ended == code
    assert ("Interrupted" in err) == (code > 128)


def test_an_error_that_is_its_own_context_is_no_signal():
    error = ValueError()
    error.__context__ = error
    assert interruption_behind(error) is None


def test_a_signal_while_the_options_are_read_is_explained_too(monkeypatch, capsys):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Command, "create_parser", interrupted)
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "sqlmigrate_status"])
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted; nothing was under way in the database.\n"


def test_a_fault_of_ours_says_how_to_report_it(monkeypatch, capsys):
    code, err = run(monkeypatch, capsys, ZeroDivisionError("division by zero"))
    assert code == 70
    assert "ZeroDivisionError: division by zero" in err
    assert re.search(r"fault in django-schema-tools [\d.]+", err)
    assert "--traceback" in err
    assert "Traceback" not in err


def test_the_traceback_is_shown_on_demand_with_the_same_code(monkeypatch, capsys):
    code, err = run(monkeypatch, capsys, ZeroDivisionError(), "--traceback")
    assert code == 70
    assert "Traceback (most recent call last)" in err


def test_an_error_is_shown_with_place_and_next_step(monkeypatch, capsys):
    error = errors.MigrationFileError("is odd", path="001_x.sql", line=3, hint="Mend it.")
    code, err = run(monkeypatch, capsys, error)
    assert (code, err) == (2, "❌ 001_x.sql:3: is odd\n→ Mend it.\n")


def test_a_signal_before_any_work_says_so(monkeypatch, capsys):
    code, err = run(monkeypatch, capsys, errors.Terminated())
    assert code == 143
    assert "nothing was under way" in err


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), errors.Interrupted("what is left", signal_number=signal.SIGINT)],
    ids=lambda error: type(error).__name__,
)
def test_an_interruption_stays_one_for_a_program_that_calls_the_command(monkeypatch, error):
    def fail(_self, _options):
        raise error

    monkeypatch.setattr(Command, "report", fail)
    with pytest.raises(KeyboardInterrupt) as caught:
        call_command("sqlmigrate_status")
    assert str(error) in str(caught.value)


def test_a_program_gets_a_report_of_an_interruption_too(monkeypatch, capsys):
    def fail(_self, _options):
        raise errors.Terminated

    monkeypatch.setattr(Command, "report", fail)
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "sqlmigrate_status", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert (ended.value.code, document["exit_code"], document["ok"]) == (143, 143, False)
    assert document["findings"][0]["code"] == "error.terminated"
