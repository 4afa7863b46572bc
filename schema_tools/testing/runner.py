"""Django's test runner on databases from SQL files.

``TEST_RUNNER = "schema_tools.testing.runner.SqlFilesRunner"`` in the settings asks for it.
"""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.db import connections
from django.test.runner import DiscoverRunner, ParallelTestSuite

from schema_tools.errors import SchemaToolsError
from schema_tools.testing.creation import keep_flushing_to_the_start, use_sql_files


def _init_worker_from_sql_files(*args: Any, **options: Any) -> None:
    """Begin as a worker of Django does; one that was spawned knows nothing of its parent's."""
    ParallelTestSuite.init_worker(*args, **options)
    for alias in connections:
        if connections[alias].vendor == "postgresql":
            keep_flushing_to_the_start(connections[alias])


class SqlFilesSuite(ParallelTestSuite):
    """Tests in several processes, each with a clone of a database from SQL files."""

    init_worker = _init_worker_from_sql_files


class SqlFilesMixin:
    """Makes a subclass of DiscoverRunner create test databases from SQL files."""

    parallel_test_suite: type[ParallelTestSuite] = SqlFilesSuite

    def __init__(self, *args: Any, rebuild_template: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rebuild_template = rebuild_template

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Add ``--rebuild-template`` to the runner's own options."""
        super().add_arguments(parser)  # type: ignore[misc]  # of the runner that this is mixed into
        parser.add_argument(
            "--rebuild-template",
            action="store_true",
            help="Build the template of the test database from the SQL files once more, though "
            "nothing that it is made from has changed.",
        )

    def setup_databases(self, **options: Any) -> Any:
        """Let Django create the databases, as copies of templates."""
        anew = secrets.token_hex(8) if self.rebuild_template else ""
        use_sql_files(anew=anew, failing=_as_command_error)
        return super().setup_databases(**options)  # type: ignore[misc]  # the same


class SqlFilesRunner(SqlFilesMixin, DiscoverRunner):
    """Django's runner on databases from SQL files."""


def _as_command_error(error: SchemaToolsError) -> CommandError:
    """Return what ``manage.py test`` prints without a traceback."""
    return CommandError(f"{error}\n→ {error.hint}" if error.hint else str(error))
