"""What the main branch forbids, and what the migration that is missing would be called."""

from __future__ import annotations

import pytest

from schema_tools.conf import get_settings
from schema_tools.findings import Finding, Severity
from schema_tools.hooks.staged import Staged
from schema_tools.keys import Key
from schema_tools.services.lint import lint
from schema_tools.services.published import SqlChange, published
from schema_tools.services.staged import _linted, missing_migration, name_for

PATH = "migrations_sql/001_a.sql"
CHANGES = {
    "a new file": (None, b"SELECT 1;", False),
    "the file as it is there": (b"SELECT 1;", b"SELECT 1;", False),
    "other line ends": (b"SELECT 1;\n", b"SELECT 1;\r\n", False),
    "a mark at the beginning": (b"SELECT 1;", b"\xef\xbb\xbfSELECT 1;", False),
    "another text": (b"SELECT 1;", b"SELECT 2;", True),
    "no text any more": (b"SELECT 1;", b"\xff\xfe", True),
    "another thing that is no text": (b"\xff\xfe1", b"\xff\xfe2", True),
    "no file any more": (b"SELECT 1;", None, True),
}


def column(name: str, table: str, code: str = "column.missing") -> Finding:
    key = Key("column", "public", table, name)
    return Finding(code, Severity.CRITICAL, "", subject=key, verdict="migration_missing")


def table(name: str, code: str = "table.missing") -> Finding:
    key = Key("table", "public", "", name)
    return Finding(code, Severity.CRITICAL, "", subject=key, verdict="migration_missing")


NAMES = {
    "AddPhoneNumberToUsers": [column("phone_number", "users")],
    "ChangeUsers": [column("phone", "users"), column("fax", "users")],
    "ChangeUserAccounts": [column("phone", "user_accounts", code="column.type")],
    "CreateUserSessions": [table("user_sessions"), column("id", "user_sessions")],
    "FollowModels": [column("phone", "users"), column("phone", "shops")],
    "AddSizeToMyShop": [column("size", "my-shop")],
}


@pytest.mark.parametrize(("before", "after", "forbidden"), CHANGES.values(), ids=CHANGES)
def test_what_is_on_the_main_branch_keeps_its_text(before, after, forbidden: bool) -> None:
    change = SqlChange(PATH, before, after)
    found = list(published("default", [change], "origin/main", frozenset()))
    assert [each.code for each in found] == ["history.published"] * forbidden
    for finding in found:
        assert "the file is on origin/main" in finding.message
        assert f"git checkout origin/main -- {PATH}" in finding.hint


def test_the_way_back_can_be_typed_whatever_the_path_is() -> None:
    change = SqlChange("back end/it's.sql", b"SELECT 1;", None)
    [here] = published("default", [change], "HEAD~1", frozenset())
    assert """git checkout 'HEAD~1' -- 'back end/it'"'"'s.sql')""" in here.hint
    change = SqlChange(PATH, b"SELECT 1;", None, f"back end/{PATH}")
    [top] = published("default", [change], "main", frozenset())
    assert f"git checkout main -- 'back end/{PATH}')" in top.hint
    assert [each.path for each in top.locations] == [PATH]


def test_only_what_a_squashed_file_stands_for_may_go() -> None:
    gone, edited = SqlChange(PATH, b"SELECT 1;", None), SqlChange(PATH, b"SELECT 1;", b"")
    squashed = frozenset({"001_a"})
    assert not list(published("default", [gone], "main", squashed))
    assert list(published("default", [gone], "main", frozenset({"002_b"})))
    assert list(published("default", [edited], "main", squashed))


@pytest.mark.parametrize("name", NAMES)
def test_the_name_says_what_comes_to_which_table(name: str) -> None:
    assert name_for(NAMES[name]) == name


def test_only_what_a_migration_settles_asks_for_one() -> None:
    behind = Finding("column.extra", Severity.WARNING, "", verdict="model_behind")
    assert missing_migration("default", [behind]) == ""
    found = missing_migration("archive", [behind, column("phone", "users")])
    assert found == (
        "manage.py sqlmigrate_create AddPhoneToUsers --from-models --database archive"
    )


@pytest.mark.parametrize("code", ["history.published", "history.missing", "history.changed"])
def test_what_a_file_lacks_that_is_to_be_put_back_is_not_drafted_anew(code: str) -> None:
    harmed = Finding(code, Severity.CRITICAL, "")
    assert missing_migration("default", [harmed, column("phone", "users")]) == ""


def test_an_entry_for_lint_that_is_of_no_use_stops_no_commit(tmp_path, settings) -> None:
    entry = {"code": "lint.*", "object": "001_*.sql", "reason": "old"}
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": tmp_path, "IGNORE": [entry]}
    assert [each.code for each in lint().findings] == ["ignore.unused"]
    assert list(_linted("default", None, get_settings("default"))) == []


def test_the_next_lines_name_what_is_there() -> None:
    command = Staged()
    command.manage = "site/manage.py"
    command.alias = "archive"
    command.next_command = "manage.py sqlmigrate_create AddFax --from-models"
    command.unstaged = ("migrations_sql/002_a.sql", "shop/models.py", "x.sql", "y.sql", "z.sql")
    assert tuple(command.ways_on()) == (
        "Not staged: migrations_sql/002_a.sql, shop/models.py, x.sql and 2 more; does the commit "
        "lack one of them? git add it",
        "To write the migration: python site/manage.py sqlmigrate_create AddFax --from-models",
        "To look closer, at the work tree: python site/manage.py validate_schema --no-database "
        "--database archive",
        "To commit all the same: git commit --no-verify",
    )
    assert [line.partition(":")[0] for line in Staged().ways_on()] == [
        "To look closer, at the work tree",
        "To commit all the same",
    ]
