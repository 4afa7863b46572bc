"""``manage.py sqlmigrate_apply``: apply pending migrations."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import DEFAULT_DB_ALIAS

from schema_tools.errors import ConfigurationError, ConsentRefused
from schema_tools.findings import Report
from schema_tools.management.exit_codes import exit_code
from schema_tools.management.run import RunCommand
from schema_tools.postgres.stop import Stop
from schema_tools.services.apply import ApplyOptions, Question, apply
from schema_tools.services.each_database import all_aliases, on_each
from schema_tools.services.several import several

# Each takes up to four connections.
_MOST_AT_A_TIME = 64


class Command(RunCommand):
    """Apply pending files, each recorded in the transaction that holds its changes."""

    help = "Apply pending SQL migrations, all or up to and with TARGET."
    example = "manage.py sqlmigrate_apply 004 --lock-timeout 2"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add TARGET and the options of this direction."""
        super().add_arguments(parser)
        parser.add_argument(
            "target",
            nargs="?",
            default="",
            metavar="TARGET",
            help="The last file to apply: its name, number, or the beginning of its name.",
        )
        parser.add_argument(
            "--fake", action="store_true", help="Record files as applied, and run nothing."
        )
        parser.add_argument(
            "--allow-out-of-order",
            action="store_true",
            help="Apply a pending file though one with a higher number is applied.",
        )

        parser.add_argument(
            "--with-django",
            action="store_true",
            help="Run Django's own migrations, too: what a file requires before it, all others "
            "behind the last file.",
        )
        saved = parser.add_mutually_exclusive_group()
        saved.add_argument(
            "--save-plan",
            type=Path,
            metavar="FILE",
            help="Show what would run, and write it to FILE for --from-plan.",
        )
        saved.add_argument(
            "--from-plan",
            type=Path,
            metavar="FILE",
            help="Run the plan that --save-plan has written; refused where files, history or "
            "schema have changed since.",
        )

    def add_database(self, parser: CommandParser) -> None:
        """Let several databases be named."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--database",
            action="append",
            metavar="ALIAS",
            help="An alias in DATABASES to work on; may be repeated (default: "
            f"{DEFAULT_DB_ALIAS}).",
        )
        which.add_argument(
            "--all-databases",
            action="store_true",
            help="Work on all PostgreSQL databases of DATABASES.",
        )
        parser.add_argument(
            "--parallel",
            type=_number,
            metavar="N",
            help="Work on so many databases at a time, once the first is done.",
        )
        parser.add_argument(
            "--keep-going",
            action="store_true",
            help="Go on with the other databases when one ends badly.",
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Call the service, on one database or on several."""
        aliases = self._aliases(options)
        options = {**options, "database": aliases[0]}
        if len(aliases) == 1 and not options["all_databases"]:
            with self.display(options) as tell:
                return apply(
                    aliases[0],
                    self._chosen(options),
                    tell=tell,
                    consent=lambda question: self._consent(question, options),
                )
        return self._on_several(aliases, options)

    def _aliases(self, options: dict[str, Any]) -> tuple[str, ...]:
        """Return the databases to work on; call_command may name one as a text."""
        if options["all_databases"]:
            return all_aliases() or (DEFAULT_DB_ALIAS,)
        given = options["database"] or DEFAULT_DB_ALIAS
        return (given,) if isinstance(given, str) else tuple(given)

    def _on_several(self, aliases: tuple[str, ...], options: dict[str, Any]) -> Report:
        if options["save_plan"] or options["from_plan"]:
            raise ConfigurationError(
                "a saved plan is that of one database", hint="Name one with --database."
            )
        if options["fake"] and not options["noinput"]:
            raise ConfigurationError(
                "--fake on several databases asks no questions",
                hint="Agree to all of them with --noinput.",
            )
        chosen, stop = self._chosen(options), Stop()
        widest = max(map(len, aliases))

        def work(alias: str) -> Report:
            with self.display(options, label=f"{alias:{widest}}  ") as tell:
                return apply(alias, chosen, tell=tell, consent=lambda _: True, stop=stop)

        ended = on_each(
            aliases,
            work,
            parallel=options["parallel"] or 1,
            keep_going=options["keep_going"],
            stop=stop,
        )
        return several(ended, codes=exit_code, looked=chosen.plan or chosen.dry_run)

    def _chosen(self, options: dict[str, Any]) -> ApplyOptions:
        return ApplyOptions(
            target=options["target"],
            plan=options["plan"],
            dry_run=options["dry_run"],
            fake=options["fake"],
            allow_out_of_order=options["allow_out_of_order"],
            with_django=options["with_django"],
            save_plan=_path(options["save_plan"]),
            from_plan=_path(options["from_plan"]),
            waiting=self.waiting(options),
        )

    def _consent(self, question: Question, options: dict[str, Any]) -> bool:
        """Ask a person; without one, --noinput must have agreed to what is in doubt."""
        doubts = "".join(f"\n  - {doubt}" for doubt in question.half_run)
        if self.somebody_to_ask(options):
            files = ", ".join(question.files)
            return self.ask(f"Record as applied, without running anything: {files}?{doubts}")
        if doubts and not options["noinput"]:
            raise ConsentRefused(
                f"nothing was recorded: a part of what would be has not run{doubts}",
                hint="Finish the file by hand, then agree to it with --noinput.",
            )
        return True


def _path(given: str | Path | None) -> Path | None:
    """Return a file's path; call_command may bring it as a text."""
    return Path(given) if given else None


def _number(text: str) -> int:
    """Return how many databases at a time; raises ArgumentTypeError for what is no such number."""
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_AT_A_TIME:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {_MOST_AT_A_TIME}")
    return int(text)
