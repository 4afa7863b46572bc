"""``manage.py sqlmigrate_create``: write the next migration file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand
from schema_tools.services.create import CreateOptions, create


class Command(SchemaCommand):
    """Write a file with the next number, its header filled in; never over another."""

    help = "Create the next SQL migration file from the template."
    example = 'manage.py sqlmigrate_create AddUserTwoFactor --purpose "Second factor at login"'

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and what the header says."""
        super().add_arguments(parser)
        parser.add_argument(
            "name", metavar="NAME", help="In CamelCase or snake_case: AddUserTwoFactor."
        )
        parser.add_argument("--purpose", default="", help="The purpose, for the header.")
        parser.add_argument(
            "--author", default="", help="The author, for the header (default: git's user)."
        )
        parser.add_argument(
            "--empty", action="store_true", help="Leave out the comments that explain the file."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show the file, and write nothing."
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        chosen = CreateOptions(
            purpose=options["purpose"],
            author=options["author"],
            empty=options["empty"],
            dry_run=options["dry_run"],
        )
        return create(options["database"], options["name"], chosen)
