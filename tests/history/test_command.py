"""The command line to type next names the database, unless that is the default one."""

from __future__ import annotations

import pytest
from django.db import DEFAULT_DB_ALIAS

from schema_tools.history.command import command


@pytest.mark.parametrize(
    ("words", "alias", "expected"),
    [
        (("sqlmigrate_apply",), DEFAULT_DB_ALIAS, "manage.py sqlmigrate_apply"),
        (
            ("sqlmigrate_apply", "", "--fake"),
            "other",
            "manage.py sqlmigrate_apply --fake --database other",
        ),
        (("migrate", "auth", ""), "other", "manage.py migrate auth --database other"),
    ],
)
def test_it_is_ready_to_be_typed(words, alias, expected):
    assert command(*words, alias=alias) == expected
