"""The status page: who may see it, and what it says of each state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.admin import site
from django.core.management import call_command
from django.db import connections
from django.urls import reverse

from schema_tools.admin import pages as surface
from schema_tools.models import AppliedMigration
from schema_tools.services.last_validation import remember
from schema_tools.services.overview import Overview, Word
from schema_tools.services.question import Question
from schema_tools.services.validate import validate

pytestmark = [pytest.mark.db, pytest.mark.django_db]

PAGE = "/admin/schema_tools/appliedmigration/"
ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<script>alert(1)</script>"


def show(client):
    response = client.get(PAGE)
    assert response.status_code == 200
    return response.text


def sections(client):
    found = client.get(PAGE).context["sections"]
    return {each["overview"].alias: each for each in found}


def validated(project):
    question = Question(project.alias)
    report = validate(question)
    remember(question, report, by="a test")
    return report


@pytest.mark.parametrize("page", ["", "migration/", "validate/"])
def test_anonymous_visitors_are_sent_to_the_login(client, project, page):
    response = client.post(PAGE + page) if page == "validate/" else client.get(PAGE + page)
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_ordinary_users_are_sent_to_the_login(client, project, ordinary_user):
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize("who", ["administrator", "moderator"])
def test_staff_with_the_permission_find_the_page_in_the_index(client, project, request, who):
    request.getfixturevalue(who)
    index = client.get("/admin/").text
    assert f'<a href="{PAGE}"' in index
    assert "Schema status" in index


def test_staff_without_the_permission_do_not_see_it(client, three, staff_without_permission):
    assert PAGE not in client.get("/admin/").text
    assert client.get(PAGE).status_code == 403
    migration = {"database": three.alias, "version": "001_first"}
    assert client.get(f"{PAGE}migration/", migration).status_code == 403
    assert client.post(f"{PAGE}validate/", {"database": three.alias}).status_code == 403


@pytest.mark.parametrize("page", ["add/", "1/change/", "1/delete/", "1/history/"])
def test_rows_have_no_pages(client, project, administrator, page):
    assert client.get(PAGE + page).status_code == 404


def test_nobody_may_change_the_history(client, project, administrator, rf):
    request = rf.get(PAGE)
    request.user = administrator
    status_admin = site.get_model_admin(AppliedMigration)
    assert status_admin.get_model_perms(request) == {
        "add": False,
        "change": False,
        "delete": False,
        "view": True,
    }


def test_pending_migrations_come_with_the_next_command(client, three, moderator):
    text = show(client)
    assert "1 of 3 migrations are applied. Next:" in text
    assert f"manage.py sqlmigrate_apply --database {three.alias}" in text
    states = [(row["version"], row["state"]) for row in sections(client)[three.alias]["rows"]]
    assert states == [
        ("003_third", "pending"),
        ("002_second", "pending"),
        ("001_first", "applied"),
    ]


def test_a_database_without_migrations_says_how_to_begin(client, project, moderator):
    assert "There are no SQL files yet. The first: <code>manage.py sqlmigrate_create NAME" in (
        show(client)
    )


def test_a_row_says_when_by_whom_and_how_long(client, three, moderator):
    (row,) = [r for r in sections(client)[three.alias]["rows"] if r["state"] == "applied"]
    text = show(client)
    assert row["applied_at"].strftime("%Y-%m-%d %H:%M:%S UTC") in text
    assert row["applied_by"] in text
    assert f"{row['execution_time_ms']} ms" in text


def test_a_failed_migration_comes_with_its_error(client, project, moderator):
    project.write("001_first", "CREATE TABLE first (id int);\nSELECT 1/0;")
    assert project.apply() == 5
    text = show(client)
    assert "Files and history do not fit together: 1 problem to settle" in text
    assert "failed at statement 2 of 2 (division by zero)" in text
    assert "Mend the cause, then run: manage.py sqlmigrate_apply --database" in text
    assert '<span class="state failed">failed</span> 0 of 2 statements done' in text


def test_a_database_that_is_ahead_is_no_damage(client, three, moderator):
    assert three.apply() == 0
    (three.folder / "003_third.sql").unlink()
    text = show(client)
    assert "The database is ahead of this program: 003_third is applied, and not among" in text


def test_a_run_that_goes_on_is_no_problem(client, three, moderator):
    with three.database.connect() as runner:
        runner.execute(
            "INSERT INTO schema_migration_progress (version, direction, checksum, "
            "statements_done, statements_total, done_checksum, running_statement, backend_pid) "
            "VALUES ('002_second', 'up', '', 1, 2, '', 2, pg_backend_pid())"
        )
        runner.execute("BEGIN")  # an idle connection is a pooler's, whose run has ended
        text = show(client)
    assert "1 of 3 migrations are applied; a run is going on." in text
    assert "1 of 2 statements done" in text


def test_a_changed_and_a_missing_file_are_problems_with_advice(client, three, moderator):
    three.apply()
    three.write("002_second", "CREATE TABLE second (id bigint);")
    (three.folder / "003_third.sql").unlink()
    text = show(client)
    assert "2 problems to settle" in text
    assert "002_second.sql</code>: the file was changed after it had been applied" in text
    assert "003_third is applied in the database, but its file is not there" in text
    assert "version control" in text
    states = {row["version"]: row["state"] for row in sections(client)[three.alias]["rows"]}
    assert states == {"001_first": "applied", "002_second": "changed", "003_third": "missing"}


def test_an_unreadable_file_is_a_problem(client, project, moderator):
    (project.folder / "001_first.sql").write_text("SELECT 'open;")
    assert "001_first.sql:1</code>:" in show(client)


def test_many_migrations_are_cut_short(client, three, moderator, monkeypatch):
    monkeypatch.setattr(surface, "MOST_ROWS", 2)
    text = show(client)
    assert "<summary>Older migrations (1)</summary>" in text
    assert text.index("002_second") < text.index("Older migrations") < text.index("001_first")


def test_an_unreachable_database_does_not_hide_the_others(client, nowhere, moderator):
    text = show(client)
    assert "Database nowhere" in text
    assert "cannot be reached" in text
    assert "Is the server running" in text
    assert "not to be seen" not in text
    assert set(sections(client)) == {"default", "nowhere"}


def test_a_wrong_setting_is_said_on_the_page(client, moderator, settings):
    settings.SCHEMA_TOOLS = {"MIGRATION_DIR": "x"}
    text = show(client)
    assert "has no key &#x27;MIGRATION_DIR&#x27;" in text
    assert "Did you mean &#x27;MIGRATIONS_DIR&#x27;?" in text


def test_an_unforeseen_error_is_not_shown(client, project, moderator, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("schema_tools.services.overview.status", fail)
    text = show(client)
    assert "not foreseen" in text
    assert "the secret of the house" not in text


def test_before_the_first_validation_the_page_asks_for_one(client, three, moderator):
    three.apply()
    text = show(client)
    assert "All 3 migrations are applied and intact." in text
    assert "Validate to learn whether models, SQL files and database agree." in text
    assert "None is known. Run <code>manage.py validate_schema</code>" in text


def test_a_cache_of_this_process_alone_is_said(client, project, moderator, settings):
    assert "LocMemCache, which every process has to itself" in show(client)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert "DummyCache: no validation is remembered" in show(client)


def test_a_shared_cache_needs_no_word(client, project, moderator, settings, tmp_path):
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": tmp_path / "cache"}}
    assert "project&#x27;s cache" not in show(client)


def test_agreement_is_said_in_the_first_line(client, sample, moderator):
    validated(sample)
    text = show(client)
    assert "applied and intact; models, SQL files and database agree." in text
    assert "by a test;" in text
    assert "Not checked" in text


def test_without_sql_files_it_is_models_and_database_that_agree(
    client, project, moderator, settings, tmp_path
):
    settings.BASE_DIR = tmp_path / "without"
    settings.SCHEMA_TOOLS = {"DATABASES": {project.alias: {}}}
    project.database.execute("CREATE TYPE user_role AS ENUM ('user', 'admin', 'moderator')")
    call_command("migrate", database=project.alias, run_syncdb=True, verbosity=0)
    validated(project)
    assert "There are no SQL files; models and database agree." in show(client)
    project.database.execute("ALTER TABLE django_session ALTER session_data DROP NOT NULL")
    validated(project)
    text = show(client)
    assert "There are no SQL files, but the last validation has 1 critical finding." in text


def test_findings_come_with_their_three_values_and_remedies(client, sample, moderator):
    sample.database.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    validated(sample)
    text = show(client)
    assert "but the last validation has 1 critical finding." in text
    assert "Table <code>users</code>" in text
    assert "</span> column email is varchar(100), SQL files say varchar(255)" in text
    assert '<code class="quiet">column.type, database_drifted</code>' in text
    for side, value in {"models": 255, "migrations": 255, "database": 100}.items():
        assert f"<dt>{side}</dt><dd><code>character varying({value})</code></dd>" in text
    assert "<summary>Undo in database</summary>" in text
    assert "<summary>Adopt in migrations <strong>(can lose data" in text
    assert "ALTER TABLE" in text
    assert "001_initial_schema.sql:" in text
    assert "authservice/models/user.py:" in text


def test_an_unsafe_remedy_is_marked(client, sample, moderator):
    sample.database.execute("ALTER TABLE users ADD COLUMN more text")
    validated(sample)
    text = show(client)
    assert "Undo in database <strong>(can lose data or block others: read it first)" in text
    assert "<dt>models</dt><dd><em>absent</em></dd>" in text


def test_hostile_names_stay_text(client, sample, moderator):
    sample.database.execute(
        f"""ALTER TABLE users ADD COLUMN "{HOSTILE}" text DEFAULT '{HOSTILE}';
            COMMENT ON COLUMN users.email IS '{HOSTILE}'"""
    )
    validated(sample)
    text = show(client)
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3


def test_a_hostile_error_stays_text(client, project, moderator):
    project.write("001_first", f'SELECT 1 AS x FROM "{HOSTILE}";')
    assert project.apply() == 5
    text = show(client)
    assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_hostile_row_of_the_history_stays_text(client, three, moderator):
    three.database.execute(
        "INSERT INTO schema_migrations (version, name, checksum, applied_by) "
        f"VALUES (E'9\"&{HOSTILE}\n/../x?', '', '', '{HOSTILE}')"
    )
    text = show(client)
    assert HOSTILE not in text
    (row,) = [r for r in sections(client)[three.alias]["rows"] if r["state"] == "missing"]
    answer = client.get(f"{PAGE}migration/", {"database": three.alias, "version": row["version"]})
    assert answer.status_code == 200
    assert HOSTILE not in answer.text


def test_many_findings_are_cut_short(client, sample, moderator, monkeypatch):
    monkeypatch.setattr(surface, "MOST_FINDINGS", 1)
    sample.database.execute("ALTER TABLE users ADD COLUMN one int, ADD COLUMN two int")
    validated(sample)
    assert "1 more finding: <code>manage.py validate_schema</code> shows all." in show(client)


def test_an_object_of_another_schema_is_named_with_it(client, sample, moderator, settings):
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "SCHEMAS": ["public", "other"]}
    sample.database.execute("CREATE SCHEMA other; CREATE TABLE other.stray (id int)")
    validated(sample)
    assert "Table <code>other.stray</code>" in show(client)


def test_a_type_belongs_to_no_table(client, sample, moderator):
    sample.database.execute("CREATE TYPE stray AS ENUM ('one')")
    validated(sample)
    (group,) = sections(client)[sample.alias]["findings"]
    assert group["table"] == ""
    assert "stray" in group["findings"][0]["message"]


def test_where_there_is_no_status_no_validation_is_old():
    assert not Overview("default", Word.UNAVAILABLE).validation_is_old


def test_a_migration_since_the_validation_makes_it_old(client, three, moderator):
    validated(three)
    three.apply()
    text = show(client)
    assert "something has changed since the last validation" in text
    assert "Something has changed since then: validate again." in text


def test_a_rollback_since_the_validation_makes_it_old(client, sample, moderator):
    validated(sample)
    assert not sections(client)[sample.alias]["overview"].validation_is_old
    sample.database.execute("DELETE FROM schema_migrations WHERE version LIKE '004%'")
    assert sections(client)[sample.alias]["overview"].validation_is_old


def test_the_pages_load_nothing_from_elsewhere(client, three, moderator):
    for text in (show(client), migration_page(client, three)):
        for attribute in ('src="', '<link rel="stylesheet" href="'):
            addresses = [part.partition('"')[0] for part in text.split(attribute)[1:]]
            assert addresses
            assert all(address.startswith("/static/") for address in addresses)


def migration_page(client, project):
    found = {"database": project.alias, "version": "001_first"}
    return client.get(reverse("admin:schema_tools_migration"), found).text


def test_app_start_and_checks_connect_to_no_database():
    code = (
        "import django; django.setup(); from django.core.management import call_command; "
        "call_command('check'); import schema_tools.admin, schema_tools.views; "
        "from django.urls import reverse; print(reverse('schema_tools:health'))"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "authservice.settings",
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stdout.split("\n")[-2]) == (0, "/health/schema"), (
        result.stderr
    )


def test_databases_beside_the_named_ones_are_left_alone(client, alias, moderator, settings):
    settings.SCHEMA_TOOLS = {}
    assert alias in connections
    assert set(sections(client)) == {"default"}
