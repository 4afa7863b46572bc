"""What ``runserver`` says of SQL files that are pending, behind what Django says of its own."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS

from schema_tools.findings import Severity
from schema_tools.history.command import command
from schema_tools.reports.words import counted

logger = logging.getLogger(__name__)

# A server that does not answer by then is left alone: Django has said so, or will.
_SECONDS = 2.0
_MOST = 5  # are named


def install() -> None:
    """Let the question for unapplied migrations go for SQL files, too.

    It is a method that every command inherits, the development servers of Django, of its
    staticfiles and of others among them: no subclass of one of them would do for all.
    """
    real = BaseCommand.check_migrations
    if not hasattr(real, "__wrapped__"):
        BaseCommand.check_migrations = _with_notice(real)  # type: ignore[assignment, method-assign]


def _with_notice(real: Callable[[BaseCommand], None]) -> Callable[[BaseCommand], None]:
    @functools.wraps(real)
    def check_migrations(self: BaseCommand) -> None:
        real(self)
        for text in notices():
            self.stdout.write(self.style.NOTICE(f"\n{text}"))

    return check_migrations


def notices() -> list[str]:
    """Return what is to be said of each database; nothing of one that cannot be asked."""
    from schema_tools.services.databases import databases  # only a server that starts needs it

    found = []
    try:
        for alias in databases():
            found += [text] if (text := _notice(alias)) else []
    except Exception:  # whatever is wrong is not for this to say, nor to stop a server for
        logger.debug("the SQL migrations could not be looked at", exc_info=True)
    return found


def _notice(alias: str) -> str:
    from schema_tools.services.status import status  # as above

    try:
        report = status(alias, seconds=_SECONDS)
    except Exception:  # as above: the next database may well answer
        logger.debug("the SQL migrations of %r could not be looked at", alias, exc_info=True)
        return ""
    if any(finding.severity is Severity.CRITICAL for finding in report.findings):
        return (
            f"The SQL migrations{_of(alias)} have problems that come first.\n"
            f"Run 'python {command('sqlmigrate_status', alias=alias)}' to see them."
        )
    counts = cast(Mapping[str, Sequence[str]], report.facts["migrations"])
    pending = counts["pending"]
    if not pending:
        return ""
    names = ", ".join(pending[:_MOST]) + (" …" if len(pending) > _MOST else "")
    them = "it" if len(pending) == 1 else "them"
    return (
        f"You have {counted(len(pending), 'pending SQL migration')}{_of(alias)}. Your project may "
        f"not work properly until you apply {them}: {names}.\n"
        f"Run 'python {command('sqlmigrate_apply', alias=alias)}' to apply {them}."
    )


def _of(alias: str) -> str:
    return "" if alias == DEFAULT_DB_ALIAS else f" for database {alias!r}"
