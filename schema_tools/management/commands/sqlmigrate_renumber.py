"""``manage.py sqlmigrate_renumber``: move new files behind another branch's."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand
from schema_tools.management.exit_codes import REFUSED
from schema_tools.services.renumber import renumber


class Command(SchemaCommand):
    """Rename files that another branch does not have, with all that names them."""

    help = (
        "Give the SQL migrations that are new on this branch the numbers after those of another "
        "branch: before a merge, or in the middle of one."
    )
    example = "manage.py sqlmigrate_renumber --onto main --dry-run"
    code_if_not_ok = REFUSED

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to move behind, and whether to only look."""
        super().add_arguments(parser)
        parser.add_argument(
            "--onto",
            required=True,
            metavar="REF",
            help="The other branch, or any commit: its files keep their numbers. In the middle of "
            "a merge MERGE_HEAD is the branch that is merged.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show the new names, and touch nothing."
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        return renumber(options["database"], options["onto"], dry_run=options["dry_run"])
