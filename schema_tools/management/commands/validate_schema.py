"""validate_schema: models, SQL files, database: who of the three is wrong."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from schema_tools.conf import nearest
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Report
from schema_tools.management.base import SchemaCommand, add_fail_on, threshold
from schema_tools.schema.kinds import kinds
from schema_tools.services.last_validation import remember
from schema_tools.services.provenance import os_user
from schema_tools.services.question import DATABASE, SIDES, Question
from schema_tools.services.validate import validate
from schema_tools.services.validate_expected import validate_expected
from schema_tools.services.write_baseline import write_baseline


class Command(SchemaCommand):
    """Compare models, SQL files and database."""

    help = (
        "Compare Django models, SQL migrations and the live database, and say of each "
        "difference which of the three is wrong and how to put it right."
    )
    example = "manage.py validate_schema --fail-on critical"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to compare, and how strictly."""
        super().add_arguments(parser)
        parser.add_argument(
            "--only",
            metavar="SIDES",
            help=f"Compare two sides only, such as models,migrations (of: {', '.join(SIDES)}).",
        )
        parser.add_argument(
            "--no-database",
            action="store_true",
            help="Compare models with SQL files; the live database is not looked at.",
        )
        parser.add_argument(
            "--expected",
            metavar="SNAPSHOT",
            help="Compare the database with this file of schema_snapshot instead of models and "
            "SQL files; no scratch database is needed.",
        )
        parser.add_argument(
            "--kinds",
            metavar="KINDS",
            default="",
            help=f"Only these, by comma, of: {', '.join(sorted(kinds()))}.",
        )
        parser.add_argument(
            "--tables", metavar="TABLES", default="", help="Only these tables, by comma."
        )
        parser.add_argument(
            "--no-cache",
            action="store_true",
            help="Build models and SQL files anew, and keep nothing of them.",
        )
        parser.add_argument(
            "--write-baseline",
            metavar="FILE",
            nargs="?",
            type=Path,
            const=Path(),
            help="Note all present findings as known (default: in the file of the setting "
            "BASELINE), so that later runs report only what is new.",
        )
        add_fail_on(parser)

    def report(self, options: dict[str, Any]) -> Report:
        """Compare."""
        question = Question(
            alias=options["database"],
            sides=_sides(options["only"], no_database=options["no_database"]),
            fail_on=threshold(options),
            kinds=frozenset(_words(options["kinds"])),
            tables=frozenset(_words(options["tables"])),
            expected=_expected(options),
            cached=not options["no_cache"],
        )
        unknown = sorted(question.kinds - kinds().keys())
        if unknown:
            raise ConfigurationError(
                f"--kinds: there is no kind {unknown[0]!r}", hint=nearest(unknown[0], kinds())
            )
        baseline = options["write_baseline"]
        report = _answer(question, None if baseline is None else Path(baseline))
        if options["verbosity"] < 2:
            return replace(report, tables=())
        return report


def _answer(question: Question, baseline: Path | None) -> Report:
    if baseline is not None and baseline != Path():
        return write_baseline(question, baseline)  # others do not know of this file
    if baseline is not None:
        report = write_baseline(question)
    elif question.expected:
        return validate_expected(question)
    else:
        report = validate(question)
    remember(question, report, by=f"{os_user()}@{socket.gethostname()}, validate_schema")
    return report


def _sides(only: str | None, *, no_database: bool) -> frozenset[str]:
    sides = frozenset(SIDES) if only is None else frozenset(_words(only))
    if no_database:
        sides -= {DATABASE}
    unknown = sorted(sides - set(SIDES))
    if unknown:
        raise ConfigurationError(
            f"--only: there is no side {unknown[0]!r}", hint=f"Known: {', '.join(SIDES)}."
        )
    if len(sides) < 2:
        raise ConfigurationError(
            f"--only {only or ''}: a comparison needs two sides",
            hint=f"Name two of {', '.join(SIDES)}, such as --only models,migrations.",
        )
    return sides


def _expected(options: dict[str, Any]) -> str:
    """Return the snapshot's path; refuse what asks for another comparison besides."""
    expected = options["expected"]
    if expected is None:
        return ""
    for option in ("only", "no_database"):
        if options[option]:
            raise ConfigurationError(
                f"--expected compares a snapshot with the database; --{option.replace('_', '-')} "
                "asks for something else",
                hint="Leave one of them out. Two files, or a file and the SQL files: "
                "manage.py schema_diff",
            )
    if not expected:
        raise ConfigurationError("--expected names no file", hint="Give the path of a snapshot.")
    return str(expected)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
