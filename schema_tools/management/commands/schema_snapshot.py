"""``manage.py schema_snapshot``: a schema as a deterministic file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser, OutputWrapper

from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand
from schema_tools.reports.characters import json_visible
from schema_tools.reports.style import is_terminal
from schema_tools.services.schema_spec import ACCEPTED
from schema_tools.services.take_snapshot import take_snapshot
from schema_tools.services.whole_file import check_place, replace_file


class Command(SchemaCommand):
    """Write a snapshot; where it goes to the standard output, the report goes beside it."""

    help = (
        "Write a schema down as a file: the same bytes on every machine for the same schema. "
        "schema_diff and validate_schema --expected read it. --output names the file, which is "
        "replaced as a whole or not at all; without it the snapshot goes to the standard output."
    )
    example = "manage.py schema_snapshot --of migrations --output schema.jsonl"
    _file: Path | None = None

    @property
    def report_stream(self) -> OutputWrapper:
        """Keep the standard output for the snapshot."""
        return self.stdout if self._file else self.stderr

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the schema."""
        super().add_arguments(parser)
        parser.add_argument("--of", metavar="X", required=True, help=f"The schema: {ACCEPTED}.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take --output for the snapshot, not for the report."""
        self._file = Path(options["output"]) if options["output"] else None
        super().handle(*args, **{**options, "output": None})

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service, and write what it returns."""
        if self._file is not None:
            check_place(self._file, "--output")
        taken = take_snapshot(options["database"], options["of"])
        if self._file is not None:
            replace_file(self._file, taken.data, "the snapshot")
        else:
            self._print(taken.data)
        return taken.report

    def _print(self, data: bytes) -> None:
        """Write the bytes as they are, whatever the encoding of the output.

        A terminal would act on some: there they are JSON's escapes, which say the same.
        """
        stream = getattr(self.stdout, "_out", self.stdout)
        binary = getattr(stream, "buffer", None)
        if binary is None or is_terminal(stream):
            self.stdout.write(json_visible(data.decode()), ending="")
            return
        self.stdout.flush()
        binary.write(data)
        binary.flush()
