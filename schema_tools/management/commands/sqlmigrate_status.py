"""``manage.py sqlmigrate_status``: where each migration stands."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand
from schema_tools.services.status import status


class Command(SchemaCommand):
    """Show the state of each migration; read only."""

    help = (
        "Show which SQL migrations are applied, pending, changed, missing, out of order or failed."
    )
    example = "manage.py sqlmigrate_status --check --format json"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--check``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--check", action="store_true", help="Exit with 1 unless all is applied and intact."
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""
        return status(options["database"])

    def fails(self, report: Report, options: dict[str, Any]) -> bool:
        """Leave the exit code at 0 unless asked to check."""
        return bool(options["check"]) and not report.ok
