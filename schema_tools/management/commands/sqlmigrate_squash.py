"""``manage.py sqlmigrate_squash``: one file for all up to a version."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand
from schema_tools.management.exit_codes import REFUSED
from schema_tools.services.squash import squash


class Command(SchemaCommand):
    """Write a file that stands for others, proven equal; no file is written over or removed."""

    help = (
        "Write one SQL migration file for all up to and with VERSION, after replays in scratch "
        "databases have found it equal to them. Databases that have those accept it without "
        "running it."
    )
    example = "manage.py sqlmigrate_squash 120"
    code_if_not_ok = REFUSED

    def add_arguments(self, parser: CommandParser) -> None:
        """Add VERSION."""
        super().add_arguments(parser)
        parser.add_argument(
            "target",
            metavar="VERSION",
            help="The last file to be part of it: its name, number, or the beginning of its name.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Prove and show the file, and write nothing."
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        return squash(options["database"], options["target"], dry_run=options["dry_run"])
