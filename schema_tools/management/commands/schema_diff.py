"""``manage.py schema_diff``: what turns one schema into another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand
from schema_tools.reports.difference import SQL
from schema_tools.reports.format import Format, formats
from schema_tools.services.diff_schemas import diff_schemas
from schema_tools.services.schema_spec import ACCEPTED


class Command(SchemaCommand):
    """Compare any two schemas; read only."""

    help = (
        "Show what turns one schema into another, as text, SQL or JSON. Exits with 0 where they "
        "are equal and with 1 where they differ."
    )
    example = "manage.py schema_diff --from database --to migrations --format sql"

    @property
    def formats(self) -> Mapping[str, Format]:
        """Offer SQL besides, and no format that is about findings."""
        return {"text": formats()["text"], "json": formats()["json"], "sql": SQL}

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the two schemas."""
        super().add_arguments(parser)
        for option, dest, what in (
            ("--from", "before", "The schema to begin with"),
            ("--to", "after", "The schema that it shall become"),
        ):
            parser.add_argument(
                option, dest=dest, metavar="X", required=True, help=f"{what}: {ACCEPTED}."
            )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        report = diff_schemas(options["database"], options["before"], options["after"])
        if options["format"] == "sql":  # who has the SQL need not be told how to have it
            return replace(report, summary=report.title)
        return report
