"""``manage.py sqlmigrate_create``: write the next migration file."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from schema_tools.errors import ConsentRefused
from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand
from schema_tools.management.exit_codes import REFUSED
from schema_tools.services.create import CreateOptions, create


class Command(SchemaCommand):
    """Write a file with the next number, its header filled in; never over another."""

    help = (
        "Create the next SQL migration file: from the template, or drafted from what the models "
        "or the live database have beyond the SQL files."
    )
    code_if_not_ok = REFUSED
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
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--from-models",
            dest="source",
            action="store_const",
            const="models",
            default="",
            help="Draft what brings the SQL files to the models, proven before it is written.",
        )
        source.add_argument(
            "--from-database",
            dest="source",
            action="store_const",
            const="database",
            help="Draft what brings the SQL files to the live database: a hotfix made by hand.",
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Ask nothing: a likely rename counts as one, no table is dropped.",
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
            source=options["source"],
            ask=_ask if options["interactive"] and sys.stdin.isatty() else None,
        )
        return create(options["database"], options["name"], chosen)


def _ask(question: str) -> bool:
    """Put a question to the user, on the error output: the draft may go to the standard one."""
    while True:
        print(f"{question} [y/n] ", end="", file=sys.stderr, flush=True)  # noqa: T201
        answer = sys.stdin.readline().strip().lower()
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")
        if not answer:
            raise ConsentRefused("no answer was given", hint="Answer y or n, or give --noinput.")
