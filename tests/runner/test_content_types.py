"""Content types and permissions after an apply, and no other receiver of post_migrate."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.db.models.signals import post_migrate

pytestmark = pytest.mark.db

TABLE = "CREATE TABLE whatever (id int);"


@pytest.fixture
def owner(project, settings):
    """A project whose SQL files own the sample service's app."""
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "APPS": ["authservice"]}
    project.write("001_whatever", TABLE)
    return project


def content_types(project) -> set[tuple[str, str]]:
    return set(project.database.execute("SELECT app_label, model FROM django_content_type"))


def test_without_djangos_tables_nothing_is_made_and_nothing_said(owner):
    result = owner.run("sqlmigrate_apply", format="json")
    assert result.code == 0
    assert json.loads(result.out)["findings"] == []
    assert owner.tables() == {"whatever"}


def test_with_them_the_apps_of_the_files_get_theirs_and_nobody_is_called(owner):
    call_command("migrate", "auth", database=owner.alias, verbosity=0)
    owner.database.execute("TRUNCATE django_content_type CASCADE")
    called = []

    def receiver(sender, **_kwargs):
        called.append(sender)

    post_migrate.connect(receiver)
    try:
        assert owner.run("sqlmigrate_apply").code == 0
    finally:
        post_migrate.disconnect(receiver)
    assert called == []
    assert {label for label, _model in content_types(owner)} == {"authservice"}
    ((count,),) = owner.database.execute(
        "SELECT count(*) FROM auth_permission p JOIN django_content_type c "
        "ON c.id = p.content_type_id WHERE c.app_label = 'authservice'"
    )
    assert count >= 4


def test_a_failure_there_is_a_warning_for_the_files_are_applied(owner):
    owner.database.execute("CREATE TABLE django_content_type (nothing int)")
    result = owner.run("sqlmigrate_apply", format="json")
    assert result.code == 0
    (finding,) = json.loads(result.out)["findings"]
    assert (finding["code"], finding["severity"]) == ("django.content_types", "warning")
    assert owner.applied() == ["001_whatever"]
