"""``manage.py sqlmigrate_baseline``: adopt an existing database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from schema_tools.findings import Report
from schema_tools.history.progress import Event, LockAwaited
from schema_tools.management.run import AskingCommand, seconds
from schema_tools.services.adopt import Question, adopt

_SHOWN = 20


class Command(AskingCommand):
    """Record files as applied that a database is proven to hold; nothing of them runs."""

    help = (
        "Adopt an existing database: record the SQL migrations up to and with VERSION as applied, "
        "after a replay of them in a scratch database was found equal to it."
    )
    example = "manage.py sqlmigrate_baseline 004 --noinput"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add VERSION."""
        super().add_arguments(parser)
        parser.add_argument(
            "target",
            metavar="VERSION",
            help="The last file that the database holds: its name, number, or the beginning of "
            "its name.",
        )
        parser.add_argument(
            "--lock-wait",
            type=seconds,
            metavar="SECONDS",
            help="Wait so many seconds for another run to end (default: LOCK_WAIT of the "
            "settings, else 60).",
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        return adopt(
            options["database"],
            options["target"],
            consent=lambda question: self._consent(question, options),
            lock_wait=options["lock_wait"],
            tell=self._tell,
        )

    def _tell(self, event: Event) -> None:
        """Say on the error output who is waited for."""
        if isinstance(event, LockAwaited):
            waiting = f"Waiting up to {event.seconds:g} s for another run to end: {event.holder}"
            self.stderr.write(waiting, style_func=str)

    def _consent(self, question: Question, options: dict[str, Any]) -> bool | None:
        """Ask a person; nothing that a script can say agrees to a difference."""
        if not self.somebody_to_ask(options):
            return None
        lines = [f"\n  - {each}" for each in question.differences[:_SHOWN]]
        more = len(question.differences) - _SHOWN
        if more > 0:
            lines.append(f"\n  … and {more} more: --noinput shows all of them")
        files = ", ".join(question.files)
        return self.ask(
            f"The database differs from what these files make:{''.join(lines)}\n"
            f"Record as applied all the same: {files}?"
        )
