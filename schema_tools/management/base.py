"""What all commands share: options, the way to a report, and the way from an error to a code."""

from __future__ import annotations

import os
import re
import sys
import traceback
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    OutputWrapper,
)
from django.db import DEFAULT_DB_ALIAS

from schema_tools import __version__
from schema_tools.conf import get_settings
from schema_tools.errors import (
    Interrupted,
    SchemaToolsError,
)
from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.management.circumstances import next_step
from schema_tools.management.exit_codes import FINDINGS, OWN_FAULT, SIGPIPE, exit_code
from schema_tools.management.garbage import seldom_collected
from schema_tools.management.interruption import interruption_behind, signals_as_exceptions
from schema_tools.management.report_file import ReportFile, not_written, opened, wanted_files
from schema_tools.reports.characters import visible
from schema_tools.reports.format import Format, formats
from schema_tools.reports.style import Style, style_of

REPORT_A_FAULT = (
    "This is a fault in django-schema-tools {version}, not in your files. Please report it with "
    "the output of the same command and --traceback."
)


class NotOk(CommandError):
    """The report, already written, is not ok."""


class SchemaCommand(BaseCommand):
    """A command that turns its arguments into one service call and writes the report.

    A subclass says ``help``, ``example`` and ``report(options)``; ``code_if_not_ok`` is the exit
    code of a report that is not ok.
    """

    requires_system_checks: list[str] = []  # noqa: RUF012 - the type and value that Django wants
    example = ""
    code_if_not_ok = FINDINGS

    def get_version(self) -> str:
        """Return the version of this package, which has made the command: Django's is another."""
        return f"django-schema-tools {__version__}"

    @property
    def formats(self) -> Mapping[str, Format]:
        """Return the formats to choose from."""
        return formats()

    @property
    def report_stream(self) -> OutputWrapper:
        """Return where a report goes that no file was named for."""
        return self.stdout

    @abstractmethod
    def report(self, options: dict[str, Any]) -> Report:
        """Call the service."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Add the example to what ``--help`` shows."""
        return super().create_parser(
            prog_name, subcommand, epilog=f"Example: {self.example}", **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options of every command."""
        self.add_database(parser)
        parser.add_argument(
            "--format",
            choices=sorted(self.formats),
            default="text",
            help="How the report is written (default: %(default)s).",
        )
        parser.add_argument(
            "--output",
            metavar="FILE",
            type=Path,
            help="Write the report to this file instead of the standard output.",
        )
        parser.add_argument(
            "--also",
            action="append",
            default=[],
            metavar="FORMAT=FILE",
            help="Write the report to this file as well, in another format; may be repeated.",
        )

    def add_database(self, parser: CommandParser) -> None:
        """Add ``--database``."""
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            metavar="ALIAS",
            help="The alias in DATABASES to work on (default: %(default)s).",
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command; signals are exceptions from its first moment on."""
        try:
            with signals_as_exceptions():
                super().run_from_argv(argv)
        except KeyboardInterrupt as error:  # there were no options yet, or nothing but closing
            message, code = _explained(error)
            self._complain(message, show_traceback=False, code=code)
            raise SystemExit(code) from None

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; an error ends it with the code that exit_codes says.

        Called from the command line the error is printed and SystemExit raised; called with
        call_command it becomes a CommandError with that ``returncode``, and an interruption stays
        one, as it is meant for the whole program.
        """
        from_command_line = getattr(self, "_called_from_command_line", False)
        try:
            with seldom_collected() if from_command_line else nullcontext():
                return super().execute(*args, **options)
        except (KeyboardInterrupt, Exception) as raised:
            error = interruption_behind(raised) or raised
            message, code = _explained(error)
            if not from_command_line:
                if isinstance(error, KeyboardInterrupt | Interrupted):
                    raise KeyboardInterrupt(message) from error
                raise CommandError(message, returncode=code) from error
            if not (isinstance(error, NotOk) and self._report_is_on_screen(options)):
                self._complain(message, show_traceback=options["traceback"], code=code)
            raise SystemExit(code) from None

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the report; raise CommandError where it is not ok."""
        output = Path(options["output"]) if options["output"] else None
        options["output"] = output
        files = wanted_files(self.formats, (options["format"], output), options["also"])
        with opened(files) as streams:
            try:
                report = self.report(options)
            except (KeyboardInterrupt, Exception) as error:
                self._write_error(interruption_behind(error) or error, streams, options)
                raise
            if output is None:
                self._show(report, options)
            for stream in streams:
                stream.write(report)
        if self.fails(report, options):
            code = report.facts.get("exit_code", self.code_if_not_ok)
            raise NotOk(report.summary, returncode=int(str(code)))

    def fails(self, report: Report, _options: dict[str, Any]) -> bool:
        """Say whether the report makes the command end with ``code_if_not_ok``."""
        return not report.ok

    def output_style(self, stream: object, options: dict[str, Any]) -> Style:
        """Return what a stream can show, given --no-color and --force-color."""
        colour = False if options["no_color"] else True if options["force_color"] else None
        return replace(style_of(stream, colour=colour), everything=options["verbosity"] > 1)

    def _show(self, report: Report, options: dict[str, Any]) -> None:
        """Write the report where no file was named for it."""
        stream = self.report_stream
        text = self.formats[options["format"]].render(report, self.output_style(stream, options))
        try:
            stream.write(text, style_func=str, ending="")
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise not_written("the standard output", report, error) from error

    def _write_error(
        self, error: BaseException, streams: Iterable[ReportFile], options: dict[str, Any]
    ) -> None:
        """Report an error where a report is expected: to programs, and in files.

        A person has it on the error output. Where it cannot be written, the error itself goes on.
        """
        report = _error_report(error)
        with suppress(OSError, SchemaToolsError):
            if options["output"] is None and options["format"] != "text":
                self._show(report, options)
        for stream in streams:
            with suppress(SchemaToolsError):
                stream.write(report)

    def _report_is_on_screen(self, options: dict[str, Any]) -> bool:
        """Return whether who reads the error output has read the report's summary already."""
        if options["output"] is not None or options["format"] != "text":
            return False
        return self.stdout.isatty() or _same_file(self.stdout, self.stderr)

    def _complain(self, message: str, *, show_traceback: bool, code: int) -> None:
        if code == SIGPIPE:  # nobody reads: what is still buffered must not raise at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        if show_traceback:
            traceback.print_exc()
        if message:
            text = style_of(self.stderr).printable(message)
            self.stderr.write(text, style_func=str)


def _same_file(first: Any, second: Any) -> bool:
    """Return whether two streams end in the same file, pipe or terminal."""
    try:
        return os.path.sameopenfile(first.fileno(), second.fileno())
    except (AttributeError, OSError, ValueError):
        return False


def add_fail_on(parser: CommandParser) -> None:
    """Add ``--fail-on`` to a command whose findings have severities."""
    parser.add_argument(
        "--fail-on",
        choices=[*(severity.label for severity in sorted(Severity, reverse=True)), "never"],
        help="Exit with 1 from this severity on (default: that of the settings, else warning).",
    )


def threshold(options: Mapping[str, Any]) -> Severity | None:
    """Return the severity that ``--fail-on`` names, or the settings; None for ``never``."""
    label = options["fail_on"]
    if label is None:
        return get_settings(options["database"]).fail_on
    return None if label == "never" else Severity.from_label(label)


def _error_report(error: BaseException) -> Report:
    """Return an error as a report: one critical finding, ``error.`` and the kind of error."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
    message, hint = _words(error)
    places: tuple[Location, ...] = ()
    if isinstance(error, SchemaToolsError) and error.path:
        message, places = error.message, (Location(error.path, error.line),)
    finding = Finding(f"error.{kind}", Severity.CRITICAL, message, hint, locations=places)
    database = error.database if isinstance(error, SchemaToolsError) else None
    facts = {"database": database, "exit_code": _explained(error)[1]}
    return Report("", (finding,), facts=facts, ok=False)


def _explained(error: BaseException) -> tuple[str, int]:
    """Return what to tell the user about an error, and the exit code.

    Names in it may hold what a terminal would act on.
    """
    if isinstance(error, CommandError):
        return visible(str(error)), error.returncode
    message, hint = _words(error)
    if not (isinstance(error, KeyboardInterrupt) or message.startswith("❌")):
        message = f"❌ {message}"
    return visible(f"{message}\n→ {hint}" if hint else message), exit_code(error)


def _words(error: BaseException) -> tuple[str, str]:
    """Return what happened, and what to do next ("" where that is not known)."""
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted; nothing was under way in the database.", ""
    message = str(error).strip()
    if isinstance(error, SchemaToolsError):
        return message, error.hint
    if isinstance(error, CommandError) or exit_code(error) != OWN_FAULT:
        return message, next_step(error)
    return f"{type(error).__name__}: {message}", REPORT_A_FAULT.format(version=__version__)
