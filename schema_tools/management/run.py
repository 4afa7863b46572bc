"""What the commands share that run migrations: waiting, the display, and questions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from django.core.management.base import CommandParser

from schema_tools.management.base import SchemaCommand
from schema_tools.management.exit_codes import REFUSED
from schema_tools.reports.progress import ProgressDisplay
from schema_tools.reports.style import is_terminal
from schema_tools.services.run import Waiting


class AskingCommand(SchemaCommand):
    """A command that asks before it changes anything; a report that is not ok is a refusal."""

    code_if_not_ok = REFUSED

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--noinput``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--noinput", "--no-input", action="store_true", help="Ask no questions."
        )

    def somebody_to_ask(self, options: dict[str, Any]) -> bool:
        """Say whether questions may be asked: a person sits at both ends."""
        return not options["noinput"] and is_terminal(sys.stdin) and is_terminal(self.stderr)

    def ask(self, question: str) -> bool:
        """Ask on the error output, so that the report stays clean; only "yes" and "y" agree."""
        self.stderr.write(f"{question} [y/N] ", style_func=str, ending="")
        self.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}


_TIMES = (
    ("--lock-wait", "for another run to end", "LOCK_WAIT of the settings, else 60"),
    (
        "--lock-timeout",
        "for a lock on a table, for each statement",
        "what the file says, else LOCK_TIMEOUT of the settings, else 5",
    ),
    (
        "--statement-timeout",
        "for each statement to end; 0 is no limit",
        "what the file says, else STATEMENT_TIMEOUT of the settings, else 0",
    ),
)


class RunCommand(AskingCommand):
    """A command that runs migrations; a report that is not ok is a refused plan."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of both directions."""
        super().add_arguments(parser)
        parser.add_argument(
            "--plan", action="store_true", help="Show what would run, and touch nothing."
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Run it all for a look, and roll it back: in one transaction, or in a scratch "
            "copy of the schema where one transaction will not do. Shows what each statement "
            "locks and rewrites.",
        )
        for option, what, default in _TIMES:
            parser.add_argument(
                option,
                type=seconds,
                metavar="SECONDS",
                help=f"Wait so many seconds {what} (default: {default}).",
            )
        parser.add_argument(
            "--retries",
            type=_count,
            metavar="N",
            help="Try again so often what others' locks stood in the way of (default: RETRIES of "
            "the settings, else 5).",
        )

    def waiting(self, options: dict[str, Any]) -> Waiting:
        """Return what the command line says about waiting."""
        return Waiting(
            options["lock_wait"],
            options["lock_timeout"],
            options["statement_timeout"],
            options["retries"],
        )

    @contextmanager
    def display(self, options: dict[str, Any], *, label: str = "") -> Iterator[ProgressDisplay]:
        """Show progress beside the report, on the error output; ``label`` begins each line."""
        style = self.output_style(self.stderr, options)
        stream = cast(TextIO, getattr(self.stderr, "_out", self.stderr))
        display = ProgressDisplay(stream, style, verbosity=options["verbosity"], label=label)
        try:
            yield display
        finally:
            display.finish()


def seconds(text: str) -> float:
    """Return a number of seconds from the command line."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)
