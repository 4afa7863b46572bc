"""``manage.py sqlmigrate_rollback``: undo applied migrations."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from schema_tools.errors import ConsentRefused
from schema_tools.findings import Report
from schema_tools.management.run import RunCommand
from schema_tools.services.rollback import Question, RollbackOptions, rollback


class Command(RunCommand):
    """Undo files, last applied first, with the DOWN part of each."""

    help = (
        "Undo the last applied SQL migration, or all after TARGET. TARGET itself stays; zero "
        "undoes all."
    )
    example = "manage.py sqlmigrate_rollback 003 --plan"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add TARGET and the options of this direction."""
        super().add_arguments(parser)
        parser.add_argument(
            "target",
            nargs="?",
            default="",
            metavar="TARGET",
            help="The file that stays as the last: its name, number, or the beginning of its "
            "name; or zero.",
        )
        parser.add_argument(
            "--steps", type=int, metavar="N", help="Undo the last N applied files."
        )
        parser.add_argument(
            "--allow-data-loss",
            action="store_true",
            help="Agree that statements which destroy data run (DROP TABLE, DELETE and the like).",
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        chosen = RollbackOptions(
            target=options["target"],
            steps=options["steps"],
            plan=options["plan"],
            dry_run=options["dry_run"],
            waiting=self.waiting(options),
        )
        with self.display(options) as tell:
            return rollback(
                options["database"],
                chosen,
                consent=lambda question: self._consent(question, options),
                tell=tell,
            )

    def _consent(self, question: Question, options: dict[str, Any]) -> bool:
        """Ask a person; without one, --allow-data-loss must have agreed to what is lost."""
        lost = "".join(f"\n  - {loss}" for loss in question.losses)
        if self.somebody_to_ask(options):
            warning = f"\nData is lost for good by:{lost}" if lost else ""
            files = ", ".join(question.files)
            return self.ask(f"Roll back {files} in {question.database}?{warning}\nGo on?")
        if lost and not options["allow_data_loss"]:
            raise ConsentRefused(
                f"nothing was rolled back: data would be lost by{lost}",
                hint="Make a backup, then agree to it with --allow-data-loss.",
            )
        return True
