"""``manage.py sqlmigrate_lint``: read the migration files for hazards and house rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand, add_fail_on, threshold
from schema_tools.services.lint import explain, lint


class Command(SchemaCommand):
    """Look at the files only; it needs no database."""

    help = (
        "Read SQL migration files for hazards and house rules, and say what to write instead. "
        "No database is needed."
    )
    example = "manage.py sqlmigrate_lint migrations_sql/005_add_phones.sql --fail-on info"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to read, and how strictly."""
        super().add_arguments(parser)
        parser.add_argument(
            "paths",
            nargs="*",
            type=Path,
            metavar="PATH",
            help="Files, or folders of files (default: the migrations folder).",
        )
        parser.add_argument(
            "--explain", metavar="CODE", help="Show the manual of a rule, and read no files."
        )
        add_fail_on(parser)

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        if options["explain"] is not None:
            return explain(options["explain"])
        paths = [Path(path) for path in options["paths"]]
        return lint(options["database"], paths, fail_on=threshold(options))
