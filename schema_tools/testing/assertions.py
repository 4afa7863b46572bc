"""Assertions about the schema, for tests of any runner.

What they need is imported once they are called: test modules are imported to be looked at, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS

if TYPE_CHECKING:
    from schema_tools.findings import Report


def assert_schema_valid(using: str = DEFAULT_DB_ALIAS) -> None:
    """Raise AssertionError with the report, unless models, SQL files and database agree.

    What the project has accepted counts for nothing, and findings count from ``FAIL_ON`` on.
    """
    from schema_tools.conf import get_settings
    from schema_tools.services.question import Question
    from schema_tools.services.validate import validate

    question = Question(using, fail_on=get_settings(using).fail_on)
    _assert_ok(validate(question), "models, SQL files and database do not agree")


def assert_files_go_down_and_up_again(using: str = DEFAULT_DB_ALIAS) -> None:
    """Raise AssertionError with the report, unless each file's rollback leads back and up again.

    The files run in a scratch database; the test database is left alone.
    """
    from schema_tools.services.round_trip import round_trip

    _assert_ok(round_trip(using), "not every SQL file goes down and up again")


def _assert_ok(report: Report, what: str) -> None:
    if not report.ok:
        from schema_tools.reports.formats.text import FORMAT
        from schema_tools.reports.style import Style

        raise AssertionError(f"{what}\n\n{FORMAT.render(report, Style(everything=False))}")
