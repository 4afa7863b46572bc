"""What the assertions about a schema say."""

from __future__ import annotations

import pytest

from schema_tools.testing.assertions import (
    assert_files_go_down_and_up_again,
    assert_schema_valid,
)
from schema_tools.testing.fill import run_files

pytestmark = pytest.mark.db

UP = "BEGIN;\nCREATE TABLE t (id int);\nCOMMIT;\n"


@pytest.fixture
def folder(tmp_path, settings):
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "APPS": [], "FAIL_ON": "critical"}
    return tmp_path


def test_a_rollback_that_leads_nowhere_fails_with_the_report(folder, alias):
    (folder / "001_first.sql").write_text(f"{UP}-- DOWN\n-- SELECT 1;\n")
    with pytest.raises(AssertionError) as caught:
        assert_files_go_down_and_up_again(alias)
    assert "not every SQL file goes down and up again" in str(caught.value)
    assert "001_first.sql" in str(caught.value)
    (folder / "001_first.sql").write_text(f"{UP}-- DOWN\n-- DROP TABLE t;\n")
    assert_files_go_down_and_up_again(alias)


def test_a_database_that_differs_fails_with_the_report(settings, alias, database):
    settings.SCHEMA_TOOLS = {
        "MIGRATIONS_DIR": settings.BASE_DIR / "migrations_sql",
        "IGNORE": [{"code": "table.missing", "reason": "Django's own tables are not here"}],
    }
    run_files(alias, live=database.name)
    assert_schema_valid(alias)
    database.execute("DROP TRIGGER trg_users_updated_at ON users")
    with pytest.raises(AssertionError, match="trigger trg_users_updated_at") as caught:
        assert_schema_valid(alias)
    assert "do not agree" in str(caught.value)
