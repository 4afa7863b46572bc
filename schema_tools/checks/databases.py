"""Checks of databases: what ``sqlmigrate_status`` and ``validate_schema`` say, within a limit.

They only look. No error leaves them, and none of their messages is an error.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import django.db.utils
import psycopg
from django.core import mail
from django.core.checks import CheckMessage, Warning
from django.db import connections
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

from schema_tools.checks.ids import Id
from schema_tools.conf import Settings, get_settings
from schema_tools.errors import ConfigurationError, SchemaToolsError, Unavailable
from schema_tools.findings import Finding, Severity
from schema_tools.history.command import command
from schema_tools.postgres.limit import within
from schema_tools.services.databases import databases as looked_after
from schema_tools.services.question import DATABASE, MODELS, SIDES, Question
from schema_tools.services.status import status
from schema_tools.services.validate import validate
from schema_tools.services.way import Way, check_same_database

MOST = 10
"""How many findings are told one by one."""

_FEW = 3  # of the missing tables are named
_NO_TABLE = "table.missing"
_LEAST = 0.001
Look = Callable[[str], Iterator[CheckMessage]]

logger = logging.getLogger("schema_tools.checks")

_HISTORY = {
    "history.half_done": Id.HALF_DONE,
    "history.changed": Id.CHANGED,
    "history.missing": Id.MISSING,
    "history.folder_missing": Id.MISSING,
    "history.out_of_order": Id.OUT_OF_ORDER,
}
_DRIFT = {Severity.CRITICAL: Id.CRITICAL, Severity.WARNING: Id.WARNING}


def messages(databases: Iterable[str]) -> list[CheckMessage]:
    """Return what is pending, damaged or different in these databases."""
    found: list[CheckMessage] = []
    for alias in _asked_about(tuple(databases)):
        _check(alias, found)
    return found


def _asked_about(aliases: tuple[str, ...]) -> Iterator[str]:
    """Yield the aliases to look at, without connecting to any.

    Where all are given nobody has named one (Django 6.1 does so for ``check --tag``): then those
    that the SQL files are for, as one beside them may be a replica or somebody else's.
    """
    if len(aliases) > 1 and set(aliases) == set(connections):
        try:
            aliases = looked_after()
        except ConfigurationError:
            return
    for alias in aliases:
        if connections[alias].vendor == "postgresql" and not _is_for_tests(alias):
            yield alias


def _is_for_tests(alias: str) -> bool:
    """Return whether Django's test runner has just made the database.

    It runs these checks each time. How far that database has come is nobody's concern.
    """
    values = connections[alias].settings_dict
    name = str(values["NAME"])
    is_made = name.startswith(TEST_DATABASE_PREFIX) or name == values["TEST"]["NAME"]
    return is_made and hasattr(mail, "outbox")


def _check(alias: str, found: list[CheckMessage]) -> None:
    """Add what is found; what was found when the time ran out counts, too."""
    try:
        settings = get_settings(alias)
    except ConfigurationError:
        return  # check_settings tells it
    started = time.monotonic()
    try:
        for look in _looks(settings):
            limit = settings.check_seconds
            left = max(_LEAST, started + limit - time.monotonic()) if limit else 0.0
            found.extend(within(left, partial(_messages, look, alias)))
    except TimeoutError:
        found.append(
            _warning(
                alias,
                f"the check was not finished within {settings.check_seconds:g} seconds, and was "
                "stopped",
                f"Run: {command('validate_schema', alias=alias)}. What it builds is kept, and "
                "makes the next check quicker; CHECK_SECONDS in SCHEMA_TOOLS gives more time.",
                Id.OUT_OF_TIME,
            )
        )
    except Exception as error:
        found.append(_failure(alias, error))


def _looks(settings: Settings) -> Iterator[Look]:
    has_files = settings.migrations_dir.is_dir()
    if settings.direct_database:
        yield partial(_direct, direct=settings.direct_database)
    if has_files:
        yield _history
    # Before a migrate the two are to differ, and whoever runs it does not want to wait.
    if sys.argv[1:2] != ["migrate"]:
        yield partial(_drift, has_files=has_files)


def _messages(look: Look, alias: str) -> list[CheckMessage]:
    return list(look(alias))


def _direct(alias: str, *, direct: str) -> Iterator[CheckMessage]:
    """Say where DIRECT_DATABASE does not lead to this database, or to none at all."""
    try:
        check_same_database(Way(alias), Way(direct))
    except ConfigurationError as error:
        yield _warning(alias, str(error), error.hint, Id.ANOTHER_DATABASE)
    except Unavailable as error:
        yield _failure(alias, error)


def _history(alias: str) -> Iterator[CheckMessage]:
    report = status(alias)
    pending = report.facts["migrations"]["pending"]  # type: ignore[index]
    if pending:
        yield _warning(
            alias,
            f"SQL migrations are pending: {_listed(pending)}",
            f"Run: {command('sqlmigrate_apply', alias=alias)}",
            Id.PENDING,
        )
    for finding in report.findings:
        if finding.code in _HISTORY:
            yield _of_finding(alias, finding, _HISTORY[finding.code])


def _drift(alias: str, *, has_files: bool) -> Iterator[CheckMessage]:
    if not has_files and _is_empty(alias):
        return  # a migrate is to come, and makes all
    sides = frozenset(SIDES if has_files else (MODELS, DATABASE))
    report = validate(Question(alias, sides=sides))
    for finding in report.findings:
        if finding.code == "history.folder_missing":
            yield _of_finding(alias, finding, _HISTORY[finding.code])
    told = [
        each
        for each in report.findings
        if each.severity in _DRIFT and not each.code.startswith(("history.", "file."))
    ]
    missing = [each for each in told if each.code == _NO_TABLE]
    if len(missing) > 1:
        yield _of_missing(alias, missing)
        told = [each for each in told if each.code != _NO_TABLE]
    told.sort(key=lambda each: -each.severity)
    for finding in told[:MOST]:
        yield _of_finding(alias, finding, _DRIFT[finding.severity])
    if len(told) > MOST:
        rest = told[MOST:]
        yield _warning(
            alias,
            f"{len(rest)} more findings",
            f"Run: {command('validate_schema', alias=alias)}",
            _DRIFT[rest[0].severity],
        )


def _is_empty(alias: str) -> bool:
    """Return whether a database has no table at all: nobody has run a migrate there yet."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def _of_missing(alias: str, findings: Sequence[Finding]) -> CheckMessage:
    """Return one message for all tables that are missing, named as far as that is short."""
    names = sorted(finding.table for finding in findings)
    worst = max(finding.severity for finding in findings)
    return _warning(
        alias,
        f"{len(names)} tables are missing: {_listed(names, _FEW)}",
        f"Who is wrong, and the SQL for it: {command('validate_schema', alias=alias)}",
        _DRIFT[worst],
    )


def _of_finding(alias: str, finding: Finding, number: Id) -> CheckMessage:
    place = str(finding.locations[0]) if finding.locations else ""
    if finding.code in _HISTORY:
        text = f"{place}: {finding.message}" if place else finding.message
        return _warning(alias, text, finding.hint, number)
    return _warning(
        alias,
        f"{finding.message} ({place})" if place else finding.message,
        f"Who is wrong, and the SQL for it: {command('validate_schema', alias=alias)}",
        number,
    )


def _failure(alias: str, error: Exception) -> CheckMessage:
    """Return the message for what has stopped the check."""
    hint = getattr(error, "hint", "")
    reason = str(error).strip()
    if _is_no_answer(error):
        again = f"Once more: manage.py check --database {alias}"
        return _warning(alias, reason, f"{_ended(hint)} {again}".strip(), Id.UNREACHABLE)
    if isinstance(error, SchemaToolsError | psycopg.Error | django.db.utils.Error):
        run = f"Run: {command('validate_schema', alias=alias)}"
        return _warning(alias, f"it could not be checked: {reason}", hint or run, Id.NOT_CHECKED)
    logger.error("the check of database %r failed", alias, exc_info=error)
    return _warning(
        alias,
        f"the check failed by a fault of its own: {type(error).__name__}: {error}",
        f"Please report it with the output of: "
        f"{command('validate_schema', '--traceback', alias=alias)}",
        Id.FAULT,
    )


def _is_no_answer(error: BaseException) -> bool:
    """Return whether the server was not reached, or lost."""
    if type(error) is Unavailable or isinstance(error, django.db.utils.OperationalError):
        return error.__cause__ is not None and _is_no_answer(error.__cause__)
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def _listed(names: Sequence[str], most: int = MOST) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _warning(alias: str, text: str, hint: str, number: Id) -> CheckMessage:
    return Warning(_ended(text), hint=hint or None, obj=f"database {alias}", id=number)


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
