"""Ready tests: import the class into a test module, and both runners find it."""

from __future__ import annotations

from django.test import TestCase

from schema_tools.testing.assertions import (
    assert_files_go_down_and_up_again,
    assert_schema_valid,
)


class SqlFilesTest(TestCase):
    """The SQL files lead back and up again, and models and database are what they say."""

    def test_every_file_goes_down_and_up_again(self) -> None:
        """Take every file up, down and up again; schemas are to be equal."""
        for alias in self.databases:
            assert_files_go_down_and_up_again(alias)

    def test_models_files_and_database_agree(self) -> None:
        """Compare all three."""
        for alias in self.databases:
            assert_schema_valid(alias)
