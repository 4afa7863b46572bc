"""``manage.py sqlmigrate_lint``: read the migration files for hazards and house rules."""

from __future__ import annotations

from dataclasses import replace
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
            "--against",
            metavar="REF",
            help="Look only at files in which this branch differs from REF, such as origin/main; "
            "one that REF has already must be neither edited nor deleted.",
        )
        parser.add_argument(
            "--explain", metavar="CODE", help="Show the manual of a rule, and read no files."
        )
        parser.add_argument(
            "--fix",
            action="store_true",
            help="Put right what can be put right without asking: write schema.lock anew, which "
            "holds the order of the files.",
        )
        add_fail_on(parser)

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        if options["explain"] is not None:
            return explain(options["explain"])
        paths = [Path(path) for path in options["paths"]]
        report = lint(
            options["database"],
            paths,
            fail_on=threshold(options),
            fix=options["fix"],
            against=options["against"],
        )
        return report if options["verbosity"] > 1 else replace(report, tables=())
