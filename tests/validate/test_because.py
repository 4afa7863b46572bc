"""Why models and database differ where Django's migrations are to keep them together."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group

from schema_tools.django_models.migrations import Migrations
from schema_tools.django_models.origins import Origins
from schema_tools.schema.objects import column_key, table_key
from schema_tools.services.because import NO_CAUSE, app_of, because

ORIGINS = Origins([Group], schema="public")


def migrations(**known: object) -> Migrations:
    """Return migrations of which all is known already."""
    found = Migrations("nowhere")
    found.__dict__.update({"_texts": [], "_unwritten": [], "_tables": {}, **known})
    return found


@pytest.mark.parametrize(
    ("table", "label"), [("auth_group", "auth"), ("shop_gone", "shop"), ("by_hand", "")]
)
def test_the_app_of_a_table_is_told_by_its_model_or_by_its_migration(table, label) -> None:
    found = migrations(_tables={"shop_gone": "shop", "auth_group": "other"})
    assert app_of(table_key("public", table), ORIGINS, found) == label


def differing(name: str) -> SimpleNamespace:
    """Return a disagreement about a column of auth_group."""
    return SimpleNamespace(key=column_key("public", "auth_group", name))


def test_a_change_by_hand_has_no_cause() -> None:
    assert because("default", ORIGINS, migrations())(differing("name")) is NO_CAUSE


def test_a_migration_that_is_to_be_written_comes_before_sql_that_was_run() -> None:
    found = migrations(
        _texts=[("auth.0099_by_sql", "ALTER TABLE auth_group ALTER name TYPE text")],
        _unwritten=[("auth", "group", frozenset({"name"}))],
    )
    cause = because("other", ORIGINS, found)(differing("name"))
    assert cause.is_unwritten
    assert cause.hint.endswith("makemigrations auth, then: manage.py migrate --database other")


def test_what_fails_in_a_project_s_migrations_leaves_the_finding_as_it_is(caplog) -> None:
    caplog.set_level("DEBUG", "schema_tools")
    found = migrations(_texts=None)
    assert because("default", ORIGINS, found)(differing("name")) is NO_CAUSE
    assert "the cause of column public.auth_group.name was not found" in caplog.text


def test_without_models_there_is_nothing_to_ask() -> None:
    assert because("default", None, migrations(_texts=None))(differing("name")) is NO_CAUSE
