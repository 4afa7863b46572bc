"""``python -m schema_tools.hooks round_trip``: every SQL file up, down and up again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Report
from schema_tools.hooks.django_project import set_up
from schema_tools.management.base import SchemaCommand


class RoundTrip(SchemaCommand):
    """Look at the files of the work tree."""

    help = "Take every SQL file up, down and up again in a scratch database; compare the schemas."
    example = "python -m schema_tools.hooks round_trip --manage manage.py"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where the project is."""
        super().add_arguments(parser)
        parser.add_argument(
            "--manage",
            metavar="PATH",
            type=Path,
            default=Path("manage.py"),
            help="The project's manage.py (default: %(default)s).",
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Load the project, and call the service."""
        manage = options["manage"].resolve()
        if not manage.is_file():
            raise ConfigurationError(
                f"there is no {manage}",
                hint="Run it in the folder of manage.py, or name that: --manage PATH",
            )
        set_up(manage)
        # Services want Django's apps, which are there only now.
        from schema_tools.services.round_trip import round_trip

        return round_trip(options["database"])
