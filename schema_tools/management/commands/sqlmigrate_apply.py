"""``manage.py sqlmigrate_apply``: apply pending migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from schema_tools.errors import ConsentRefused
from schema_tools.findings import Report
from schema_tools.management.run import RunCommand
from schema_tools.services.apply import ApplyOptions, Question, apply


class Command(RunCommand):
    """Apply pending files, each recorded in the transaction that holds its changes."""

    help = "Apply pending SQL migrations, all or up to and with TARGET."
    example = "manage.py sqlmigrate_apply 004 --lock-timeout 2"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add TARGET and the options of this direction."""
        super().add_arguments(parser)
        parser.add_argument(
            "target",
            nargs="?",
            default="",
            metavar="TARGET",
            help="The last file to apply: its name, number, or the beginning of its name.",
        )
        parser.add_argument(
            "--fake", action="store_true", help="Record files as applied, and run nothing."
        )
        parser.add_argument(
            "--allow-out-of-order",
            action="store_true",
            help="Apply a pending file though one with a higher number is applied.",
        )

        saved = parser.add_mutually_exclusive_group()
        saved.add_argument(
            "--save-plan",
            type=Path,
            metavar="FILE",
            help="Show what would run, and write it to FILE for --from-plan.",
        )
        saved.add_argument(
            "--from-plan",
            type=Path,
            metavar="FILE",
            help="Run the plan that --save-plan has written; refused where files, history or "
            "schema have changed since.",
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        chosen = ApplyOptions(
            target=options["target"],
            plan=options["plan"],
            dry_run=options["dry_run"],
            fake=options["fake"],
            allow_out_of_order=options["allow_out_of_order"],
            save_plan=_path(options["save_plan"]),
            from_plan=_path(options["from_plan"]),
            waiting=self.waiting(options),
        )

        with self.display(options) as tell:
            return apply(
                options["database"],
                chosen,
                tell=tell,
                consent=lambda question: self._consent(question, options),
            )

    def _consent(self, question: Question, options: dict[str, Any]) -> bool:
        """Ask a person; without one, --noinput must have agreed to what is in doubt."""
        doubts = "".join(f"\n  - {doubt}" for doubt in question.half_run)
        if self.somebody_to_ask(options):
            files = ", ".join(question.files)
            return self.ask(f"Record as applied, without running anything: {files}?{doubts}")
        if doubts and not options["noinput"]:
            raise ConsentRefused(
                f"nothing was recorded: a part of what would be has not run{doubts}",
                hint="Finish the file by hand, then agree to it with --noinput.",
            )
        return True


def _path(given: str | Path | None) -> Path | None:
    """Return a file's path; call_command may bring it as a text."""
    return Path(given) if given else None
