"""The SCHEMA_TOOLS setting: defaults, values for one alias, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings

from schema_tools.conf import get_settings, history_table_name
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Severity


def test_defaults_own_the_apps_without_django_migrations(settings) -> None:
    settings.SCHEMA_TOOLS = {}
    found = get_settings()
    assert found.apps == ("authservice",)
    assert found.migrations_dir == Path(django_settings.BASE_DIR) / "migrations_sql"
    assert found.schemas == ("public",)
    assert found.history_schema == "public"
    assert (found.lock_timeout, found.statement_timeout, found.lock_wait) == (5.0, 0.0, 60.0)
    assert (found.retries, found.direct_database) == (5, "")


def test_an_app_whose_migrations_are_switched_off_is_owned_too(settings) -> None:
    settings.SCHEMA_TOOLS = {}
    settings.MIGRATION_MODULES = {"sessions": None, "admin": "no.such.package"}
    assert set(get_settings().apps) == {"authservice", "sessions", "admin"}


def test_no_setting_at_all_is_fine(settings) -> None:
    del settings.SCHEMA_TOOLS
    assert get_settings().history_table == "schema_migrations"


def test_values_for_an_alias_go_before_common_ones(settings) -> None:
    settings.SCHEMA_TOOLS = {
        "LOCK_TIMEOUT": 7,
        "SCHEMAS": ["app", "public"],
        "DATABASES": {"default": {"LOCK_TIMEOUT": 9}},
    }
    assert get_settings().lock_timeout == 9.0
    assert get_settings("other").lock_timeout == 7.0
    assert get_settings().history_schema == "app"


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        ({"MIGRATION_DIR": "x"}, "no key 'MIGRATION_DIR'", "Did you mean 'MIGRATIONS_DIR'?"),
        ({"XYZ": 1}, "no key 'XYZ'", "Known: "),
        ({"LOCK_TIMEOUT": "5s"}, "is '5s', not a number of seconds", "Write 5 for five"),
        ({"LOCK_TIMEOUT": -1}, "is -1, not a number of seconds", ""),
        ({"LOCK_TIMEOUT": True}, "is True, not a number of seconds", ""),
        ({"RETRIES": 1.5}, "is 1.5, not a whole number, 0 or more", ""),
        ({"RETRIES": -1}, "is -1, not a whole number", ""),
        ({"RETRIES": True}, "is True, not a whole number", ""),
        ({"DIRECT_DATABASE": "defualt"}, "is 'defualt', which is no alias", "'default'"),
        ({"DIRECT_DATABASE": None}, "is None, not a string", ""),
        (
            {"APPS": "authservice"},
            "is 'authservice', not a list of strings",
            "Write ['authservice']",
        ),
        ({"APPS": ["authservise"]}, "the label of no installed app", "'authservice'"),
        ({"APPS": ["django.contrib.auth"]}, "the label of no installed app", "'auth'"),
        ({"SCHEMAS": []}, "['SCHEMAS'] is empty", "at least one"),
        ({"MIGRATIONS_DIR": 3}, "is 3, not a path", ""),
        ({"SCRATCH": None}, "is None, not a string", ""),
        ({"BASELINE": 3}, "is 3, not a path", ""),
        ({"FAIL_ON": "warnings"}, "is 'warnings', which is no severity", "'warning'"),
        ({"FAIL_ON": None}, "is None, which is no severity", "Known: critical, "),
        ({"FAIL_ON": []}, "is [], which is no severity", ", never, "),
        ({"DATABASES": ["default"]}, "is not a dict of {alias: {...}}", ""),
        ({"DATABASES": {"defualt": {}}}, "is no alias of DATABASES", "'default'"),
        ({"DATABASES": {"default": []}}, "is a list, not a dict", ""),
        (["MIGRATIONS_DIR"], "SCHEMA_TOOLS is a list, not a dict", "SCHEMA_TOOLS = {...}"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings, given, words: str, hint: str) -> None:
    settings.SCHEMA_TOOLS = given
    with pytest.raises(ConfigurationError) as caught:
        get_settings()
    assert words in str(caught.value)
    assert hint in caught.value.hint


def test_the_threshold_is_a_severity_or_none(settings) -> None:
    settings.SCHEMA_TOOLS = {}
    assert get_settings().fail_on is Severity.WARNING
    settings.SCHEMA_TOOLS = {"FAIL_ON": "info", "DATABASES": {"default": {"FAIL_ON": "never"}}}
    assert get_settings().fail_on is None
    assert get_settings("other").fail_on is Severity.INFO


def test_the_baseline_is_beside_the_project_s_files(settings) -> None:
    settings.SCHEMA_TOOLS = {}
    assert get_settings().baseline == Path(django_settings.BASE_DIR) / "schema_baseline.json"
    settings.SCHEMA_TOOLS = {"BASELINE": "known/all.json"}
    assert get_settings().baseline == Path("known/all.json")


def test_the_name_of_the_history_table_never_fails(settings) -> None:
    assert history_table_name() == '"public"."schema_migrations"'
    settings.SCHEMA_TOOLS = {"SCHEMAS": ['a"b'], "HISTORY_TABLE": "h"}
    assert history_table_name() == '"a""b"."h"'
    for wrong in ([], {"SCHEMAS": []}, {"SCHEMAS": 3, "HISTORY_TABLE": 4}):
        settings.SCHEMA_TOOLS = wrong
        assert history_table_name() == '"public"."schema_migrations"'


def test_scratch_sql_is_a_list_of_statements_or_a_file(settings) -> None:
    assert get_settings().scratch_sql == ()
    settings.SCHEMA_TOOLS = {"SCRATCH_SQL": ["CREATE EXTENSION citext"]}
    assert get_settings().scratch_sql == ("CREATE EXTENSION citext",)
    settings.SCHEMA_TOOLS = {"SCRATCH_SQL": "scratch.sql"}
    assert get_settings().scratch_sql == Path("scratch.sql")
    settings.SCHEMA_TOOLS = {"SCRATCH_SQL": [1]}
    with pytest.raises(ConfigurationError, match="SCRATCH_SQL"):
        get_settings()
