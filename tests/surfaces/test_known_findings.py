"""Known findings on the status page, at the health endpoint, and in what lint fails on."""

from __future__ import annotations

import pytest
from django.contrib import messages
from django.core.management import CommandError, call_command

from schema_tools.admin.pages import validate
from schema_tools.services.last_validation import last_validation
from schema_tools.services.overview import overviews

PAGE = "/admin/schema_tools/appliedmigration/"
IGNORED = {"code": "index.*", "object": "sessions", "reason": "dropped on purpose"}


@pytest.fixture
def drifted(sample, settings):
    """The sample's database without an index, which is known."""
    sample.database.execute("DROP INDEX idx_sessions_is_revoked")
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "IGNORE": [IGNORED]}
    return sample


@pytest.mark.db
@pytest.mark.django_db
def test_the_page_counts_them_and_does_not_show_them(drifted, client, moderator):
    response = client.post(f"{PAGE}validate/", {"database": drifted.alias}, follow=True)
    assert "Validated. Nothing new: 1 known finding not shown; " in response.text
    assert "models, SQL files and database agree but for 1 known finding." in response.text
    assert "compared;\n        1 known finding not shown" in response.text
    assert "idx_sessions_is_revoked" not in response.text
    (found,) = [each for each in overviews() if each.alias == drifted.alias]
    assert found.validation.ok
    assert found.validation.known == 1


@pytest.mark.db
@pytest.mark.django_db
def test_the_page_knows_the_baseline_and_what_fails(sample, settings, tmp_path):
    sample.database.execute("DROP INDEX idx_sessions_is_revoked")
    kept = settings.SCHEMA_TOOLS
    assert validate({"database": sample.alias}, by="Ann")[0] == messages.WARNING
    settings.SCHEMA_TOOLS = {**kept, "FAIL_ON": "critical"}
    assert validate({"database": sample.alias}, by="Ann")[0] == messages.SUCCESS
    assert not last_validation(sample.alias).ok
    settings.SCHEMA_TOOLS = {**kept, "BASELINE": str(tmp_path / "known.json")}
    call_command("validate_schema", "--write-baseline", database=sample.alias)
    assert last_validation(sample.alias).known == 1
    assert validate({"database": sample.alias}, by="Ann")[0] == messages.SUCCESS
    (tmp_path / "known.json").write_text("{")
    level, text = validate({"database": sample.alias}, by="Ann")
    assert level == messages.ERROR
    assert "Not validated: The baseline" in text
    assert last_validation(sample.alias).known == 1


@pytest.mark.parametrize(
    ("fail_on", "arguments", "fails"),
    [
        ("critical", [], False),
        ("warning", [], True),
        ("never", [], False),
        ("never", ["--fail-on", "info"], True),
    ],
)
def test_lint_fails_on_what_the_settings_say(settings, tmp_path, fail_on, arguments, fails):
    path = tmp_path / "001_x.sql"
    path.write_text("CREATE TABLE t (i int);\n")
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "FAIL_ON": fail_on}
    if not fails:
        call_command("sqlmigrate_lint", *arguments)
        return
    with pytest.raises(CommandError) as caught:
        call_command("sqlmigrate_lint", *arguments)
    assert caught.value.returncode == 1
