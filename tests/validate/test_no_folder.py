"""A project that has no folder of SQL files, or has lost the one it had."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.apps import apps
from django.core import mail
from django.core.checks import Warning
from django.core.management import CommandError, call_command
from django.db import connections, models
from django.test.utils import isolate_apps

from schema_tools.checks import check_databases
from schema_tools.conf import Settings, get_settings
from schema_tools.postgres import introspect
from schema_tools.services.cache import VARIABLE
from schema_tools.services.folder import has_no_folder, lost_folder
from tests.validate.sample import validated

pytestmark = pytest.mark.db

ENUM = "CREATE TYPE user_role AS ENUM ('user', 'admin', 'moderator')"
NO_TYPE = 'its table could not be made: type "user_role" does not exist'
LOST = (
    "the folder {folder} is not there, but 4 SQL files are recorded as applied in "
    "public.schema_migrations: 001_initial_schema, 002_fix_sessions_table, "
    "003_add_user_notification_preferences …"
)
HINT = (
    "Get the folder back from version control, or name it in SCHEMA_TOOLS['MIGRATIONS_DIR']. A "
    "project that has given its SQL files up drops that table."
)


class NotHere:
    """A router that keeps one model out of each database."""

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **_hints: object
    ) -> bool | None:
        """Refuse that model alone."""
        return False if model_name == "elsewhere" else None


@pytest.fixture
def folder(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default folder of a project, which is not there."""
    monkeypatch.delattr(mail, "outbox", raising=False)  # by that a check knows a test run
    settings.BASE_DIR = tmp_path
    settings.SCHEMA_TOOLS = {}
    monkeypatch.chdir(tmp_path)
    return tmp_path / "migrations_sql"


def said(command: str, alias: str, **options: object) -> str:
    """Return what a command prints that must not fail."""
    out = io.StringIO()
    call_command(command, database=alias, stdout=out, **options)
    connections[alias].close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "options"), [("sqlmigrate_status", {"check": True}), ("sqlmigrate_lint", {})]
)
def test_where_there_are_no_files_the_first_is_to_come(
    name: str, options: dict[str, bool], folder: Path, alias: str
) -> None:
    text = said(name, alias, **options)
    assert text.startswith(("Migrations of test_", "✅")), text
    assert text.rstrip().endswith(
        f"; manage.py sqlmigrate_create NAME --database {alias} makes the first."
    )
    assert "✅ There are no SQL files" in text


def test_a_folder_that_the_settings_name_must_be_there(folder: Path, alias: str, settings) -> None:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(folder)}
    for name in ("sqlmigrate_status", "sqlmigrate_lint", "validate_schema"):
        with pytest.raises(CommandError, match=r"migrations_sql cannot be read") as caught:
            said(name, alias)
        assert caught.value.returncode == 2


def test_a_lost_folder_is_a_critical_finding(folder: Path, sample, alias: str) -> None:
    [finding, *rest] = validated(alias)["findings"]
    assert (finding["code"], finding["severity"]) == ("history.folder_missing", "critical")
    assert finding["message"] == LOST.format(folder="migrations_sql")
    assert finding["hint"] == HINT
    assert all(each["between"] == ["models", "database"] for each in rest)


def test_a_lost_folder_is_told_where_sql_files_were_not_asked_for(
    folder: Path, sample, alias: str
) -> None:
    report = validated(alias, "--only", "models,database")
    assert report["findings"][0]["code"] == "history.folder_missing"
    assert {"what": "migrations", "reason": "left out as asked"} in report["not_checked"]


def test_status_refuses_where_the_folder_is_lost(folder: Path, sample, alias: str) -> None:
    with pytest.raises(CommandError) as caught:
        said("sqlmigrate_status", alias)
    assert caught.value.returncode == 2
    assert LOST.format(folder="migrations_sql") in str(caught.value)
    assert "→ Get the folder back from version control" in str(caught.value)


def test_a_check_tells_that_the_folder_is_lost(folder: Path, sample, alias: str) -> None:
    lost = [each for each in check_databases(databases=[alias]) if each.id == "schema_tools.W009"]
    assert lost == [
        Warning(
            f"{LOST.format(folder='migrations_sql')}.",
            hint=HINT,
            obj=f"database {alias}",
            id="schema_tools.W009",
        )
    ]


def test_one_file_is_one() -> None:
    finding = lost_folder(Settings(), ["001_first"])
    assert "an SQL file is recorded as applied in public.schema_migrations: 001_first" in (
        finding.message
    )


def test_a_history_of_another_tool_is_no_lost_folder(folder: Path, database, alias: str) -> None:
    database.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)")
    database.execute("INSERT INTO schema_migrations VALUES (3, false)")
    codes = {each["code"] for each in validated(alias)["findings"]}
    assert "history.folder_missing" not in codes


def test_a_folder_is_none_only_by_default(folder: Path, alias: str, settings) -> None:
    assert has_no_folder(get_settings(alias), alias)
    folder.mkdir()
    assert not has_no_folder(get_settings(alias), alias)
    folder.rmdir()
    settings.SCHEMA_TOOLS = {"DATABASES": {alias: {"MIGRATIONS_DIR": str(folder)}}}
    assert not has_no_folder(get_settings(alias), alias)
    assert has_no_folder(get_settings("default"), "default")


def test_a_check_of_an_empty_database_is_silent(folder: Path, alias: str) -> None:
    assert check_databases(databases=[alias]) == []


def test_missing_tables_are_one_message(folder: Path, database, alias: str) -> None:
    database.execute(f"{ENUM}; CREATE TABLE first_of_all ()")
    [missing, _extra] = check_databases(databases=[alias])
    assert missing.id == "schema_tools.W011"
    assert missing.msg == (
        "8 tables are missing: login_attempts, sessions, user_activities and 5 more."
    )
    assert missing.hint.endswith(f"manage.py validate_schema --database {alias}")


def test_no_object_is_made_where_nothing_has_changed(
    folder: Path, database, alias: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    database.execute(ENUM)
    call_command("migrate", database=alias, verbosity=0, run_syncdb=True)
    first = validated(alias)
    assert first["findings"] == []
    assert first["summary"]["objects_compared"] > 100

    def refuse(*_arguments: object) -> None:
        raise AssertionError("an object is made")

    with monkeypatch.context() as patch:
        patch.setattr(introspect, "objects_of", refuse)
        patch.setattr("schema_tools.services.built.read_snapshot", refuse)
        assert validated(alias) == first
    # What models need of the database is drafted anew where that has changed.
    database.execute("ALTER TYPE user_role RENAME TO another")
    unmade = {"what": "model authservice.User", "reason": NO_TYPE}
    assert unmade in validated(alias)["not_checked"]


@pytest.mark.parametrize("files", [(), ("_later.sql",), (".001_hidden.sql",)])
def test_an_empty_folder_that_owns_no_app_agrees_with_nothing(
    folder: Path, alias: str, settings, files: tuple[str, ...]
) -> None:
    settings.SCHEMA_TOOLS = {"APPS": []}
    folder.mkdir()
    for name in files:
        (folder / name).touch()
    with pytest.raises(CommandError, match=r"to compare the models with: .* holds none") as caught:
        said("validate_schema", alias, no_database=True)
    assert caught.value.returncode == 2


def test_tables_of_django_s_are_not_compared_where_the_database_is_left_out(
    folder: Path, alias: str, settings
) -> None:
    settings.SCHEMA_TOOLS = {"APPS": []}
    folder.mkdir()
    (folder / "001_first.sql").write_text("CREATE TABLE first (id int);")
    report = validated(alias, "--no-database")
    assert report["summary"]["objects_compared"] < 5  # the models have hundreds
    [said_of_django] = [each for each in report["not_checked"] if "Django's" in each["what"]]
    assert said_of_django["reason"] == (
        "models are held against the database there, which was left out"
    )


@pytest.mark.parametrize("has_files", [True, False])
def test_a_schema_that_nobody_knows_is_refused(
    folder: Path, alias: str, settings, has_files: bool
) -> None:
    if has_files:
        folder.mkdir()
        (folder / "001_first.sql").write_text("CREATE SCHEMA reports;")
        settings.SCHEMA_TOOLS = {"SCHEMAS": ["public", "reports"]}
        assert validated(alias)["database"]["alias"] == alias
    settings.SCHEMA_TOOLS = {"SCHEMAS": ["publik"]}
    with pytest.raises(
        CommandError, match="names 'publik', which is not in the database"
    ) as caught:
        said("validate_schema", alias)
    assert caught.value.returncode == 2
    assert "→ Did you mean 'public'?" in str(caught.value)
    own_list = f"SCHEMA_TOOLS = {{'DATABASES': {{{alias!r}: {{'SCHEMAS': [...]}}}}}}"
    assert own_list in str(caught.value)


def test_a_schema_that_a_model_names_may_be_that_of_another_database(
    folder: Path, alias: str, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with isolate_apps("authservice"):

        class Elsewhere(models.Model):
            class Meta:
                app_label = "authservice"
                db_table = '"elsewhere"."thing"'

    settings.SCHEMA_TOOLS = {"SCHEMAS": ["public", "elsewhere"]}
    with pytest.raises(CommandError, match="names 'elsewhere', which is not in the database"):
        said("validate_schema", alias)
    settings.DATABASE_ROUTERS = [NotHere()]
    monkeypatch.setitem(apps.all_models["authservice"], "elsewhere", Elsewhere)
    apps.clear_cache()
    try:
        assert validated(alias)["database"]["alias"] == alias
    finally:
        monkeypatch.undo()
        apps.clear_cache()
