"""``manage.py sqlmigrate_resolve``: look at a migration that is in doubt, and settle it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from schema_tools.errors import ConsentRefused
from schema_tools.findings import Report
from schema_tools.management.run import AskingCommand
from schema_tools.services.outlook import FLAGS
from schema_tools.services.resolve import Question, ResolveOptions, resolve

_HELP = {
    "--applied": "Record it as complete: all of it is in the database. After a rollback that "
    "stopped: nothing of that has taken effect.",
    "--rolled-back": "Forget a run, or take a file out of what is applied: nothing of it is in "
    "the database. After a rollback that stopped: all of that has taken effect.",
    "--accept-checksum": "Take a changed file for what was applied: both make the same schema.",
    "--restore": "Write a missing file again, with the text that was applied.",
}


class Command(AskingCommand):
    """Say how much of a migration is in the database; settle what that proves."""

    help = (
        "Look at a failed, changed or missing migration: how much of it is in the database, and "
        "what is safe to do. Only with an option anything is settled, if the look proves it."
    )
    example = "manage.py sqlmigrate_resolve 004 --rolled-back"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add VERSION and the settlements."""
        super().add_arguments(parser)
        parser.add_argument(
            "version", metavar="VERSION", help="Its name, number, or the beginning of its name."
        )
        group = parser.add_mutually_exclusive_group()
        for flag in FLAGS:
            group.add_argument(
                flag, dest="flag", action="store_const", const=flag, help=_HELP[flag]
            )
        parser.add_argument(
            "--reason",
            default="",
            metavar="TEXT",
            help="Why: kept with the event. Needed where something cannot be seen.",
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        chosen = ResolveOptions(
            options["version"], options["flag"] or "", options["reason"].strip()
        )
        return resolve(
            options["database"],
            chosen,
            consent=lambda question: self._consent(question, options),
        )

    def fails(self, report: Report, options: dict[str, Any]) -> bool:
        """Leave the exit code at 0 where nothing was to be settled."""
        return bool(options["flag"]) and not report.ok

    def _consent(self, question: Question, options: dict[str, Any]) -> bool:
        """Ask a person; without one, --noinput must have agreed to what cannot be seen."""
        doubts = "".join(f"\n  - {doubt}" for doubt in question.doubts)
        if doubts and not options["reason"].strip():
            raise ConsentRefused(
                f"nothing was settled: this cannot be seen in the database{doubts}",
                hint="Find out about it, and say with --reason how you know.",
            )
        if self.somebody_to_ask(options):
            unseen = f"\nYou vouch for what cannot be seen:{doubts}" if doubts else ""
            return self.ask(f"{question.version}: {question.deed}?{unseen}\nGo on?")
        if (doubts or question.writes_file) and not options["noinput"]:
            raise ConsentRefused(
                "nothing was settled: nobody could be asked", hint="Agree to it with --noinput."
            )
        return True
