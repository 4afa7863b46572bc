"""Why models and database differ where Django's migrations are to keep them together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from schema_tools.django_models.migrations import Migrations
from schema_tools.django_models.origins import Origins
from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import Disagreement
from schema_tools.schema.comparison.sides import Sides
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.objects import Schema, column_key, table_key
from schema_tools.services.because import app_of, because
from schema_tools.services.cause import NO_CAUSE, Because

ORIGINS = Origins([Group], schema="public")


def migrations(**known: object) -> Migrations:
    """Return migrations of which all is known already."""
    found = Migrations("nowhere")
    found.__dict__.update({"_texts": [], "_written": [], "_unwritten": [], "_tables": {}, **known})
    return found


@pytest.mark.parametrize(
    ("table", "label"), [("auth_group", "auth"), ("shop_gone", "shop"), ("by_hand", "")]
)
def test_the_app_of_a_table_is_told_by_its_model_or_by_its_migration(table, label) -> None:
    found = migrations(_tables={"shop_gone": "shop", "auth_group": "other"})
    assert app_of(table_key("public", table), ORIGINS, found) == label


def differing(name: str) -> SimpleNamespace:
    """Return a disagreement about a column of auth_group."""
    return SimpleNamespace(
        key=column_key("public", "auth_group", name),
        aspect="type",
        sides=SimpleNamespace(has_files=False, live={}),
    )


def beyond_the_files(key: Key, **other: Any) -> Disagreement:
    """Return a disagreement about what the database has and no SQL file makes."""
    nothing = Schema()
    sides = Sides(*[nothing] * 6)
    usual = {"aspect": "extra", "verdict": Verdict.DATABASE_DRIFTED, "sides": sides, **other}
    return Disagreement(key, severity=Severity.WARNING, **usual)


FUNCTION = Key("function", "public", "", "touch(text)")
TOUCH = "CREATE FUNCTION touch(word text) ..."
OWN_SQL = migrations(_texts=[("shop.0002_touch", TOUCH)], _written=[TOUCH])


def test_what_a_migration_of_django_s_creates_was_not_made_by_hand() -> None:
    cause = because("default", None, OWN_SQL)(beyond_the_files(FUNCTION))
    assert cause.is_meant
    assert cause.hint == (
        "shop.0002_touch creates touch(text) by SQL of its own: the app may need it, and a file "
        "that makes it, too, would be in that migration's way. Read that migration first; an "
        "entry in IGNORE accepts the difference."
    )


@pytest.mark.parametrize(
    "found",
    [
        beyond_the_files(Key("function", "public", "", "other()")),
        beyond_the_files(column_key("public", "users", "touch")),
        beyond_the_files(FUNCTION, aspect="body"),
        beyond_the_files(FUNCTION, verdict=Verdict.MIGRATION_PENDING),
        beyond_the_files(FUNCTION, sides=Sides(*[Schema()] * 6, has_live=False)),
    ],
    ids=["another name", "a column", "another aspect", "a pending file", "no database"],
)
def test_only_what_the_database_has_by_itself_is_laid_to_a_migration(found) -> None:
    assert because("default", None, OWN_SQL)(found) is NO_CAUSE


def test_a_table_that_nothing_makes_is_told_from_one_that_was_dropped() -> None:
    found = migrations()
    found.__dict__["_loader"] = SimpleNamespace(unmigrated_apps={"auth"})
    missing = SimpleNamespace(
        key=table_key("public", "auth_group"),
        aspect="missing",
        sides=SimpleNamespace(has_files=False, live=Schema(), models_live=Schema()),
        model=None,
    )
    assert because("default", ORIGINS, found)(missing) is NO_CAUSE  # its files were left out
    cause = because("default", ORIGINS, found, lacks_files=True)(missing)
    assert cause.hint == (
        "The app auth has no Django migrations, and there are no SQL files: nothing makes this "
        "table yet. For SQL files to make it: manage.py sqlmigrate_create NAME --from-models. For "
        "Django to make it: manage.py makemigrations auth, then: manage.py migrate"
    )
    assert not cause.is_meant
    assert not cause.is_unwritten
    found._loader.unmigrated_apps.clear()
    assert because("default", ORIGINS, found, lacks_files=True)(missing) is NO_CAUSE


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


def of_type(table: str, name: str, kind: str) -> SimpleNamespace:
    """Return a disagreement about the type of a column, which is another in the database."""
    key = column_key("public", table, name)
    live = {key: Column(schema="public", table=table, name=name, type=kind, position=1)}
    sides = SimpleNamespace(has_files=False, live=live)
    return SimpleNamespace(key=key, aspect="type", sides=sides, model=None)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("django_content_type", "id"),
        ("auth_permission", "content_type_id"),
        ("auth_group_permissions", "permission_id"),
    ],
    ids=["the id", "a foreign key to it", "of an automatic table"],
)
def test_an_id_of_another_type_than_the_setting_is_told_from_a_model_that_changed(table, column):
    label, owner = {
        "permission_id": ("auth", "permission"),
    }.get(column, ("contenttypes", "contenttype"))
    found = migrations(_unwritten=[(label, owner, frozenset({"id", "id_id"}))])
    origins = Origins([ContentType, Permission, Group], schema="public")
    cause = because("default", origins, found)(of_type(table, column, "integer"))
    assert cause.is_unwritten
    assert cause.hint == (
        f"The ids of {label} have another type in its migrations than DEFAULT_AUTO_FIELD or its "
        "AppConfig says. To keep them: default_auto_field = 'django.db.models.AutoField' in the "
        f"AppConfig. To change them: manage.py makemigrations {label}, then: manage.py migrate"
    )


def test_a_foreign_key_whose_target_is_as_it_was_has_no_cause() -> None:
    found = migrations(_unwritten=[("contenttypes", "contenttype", frozenset({"model"}))])
    origins = Origins([ContentType, Permission], schema="public")
    differing_key = of_type("auth_permission", "content_type_id", "bigint")
    assert because("default", origins, found)(differing_key) is NO_CAUSE


def pkey(table: str) -> Schema:
    """Return a schema of one table, whose primary key has the name of that of auth_group."""
    key = Key("constraint", "public", table, "auth_group_pkey")
    found = Constraint(schema="public", table=table, name=key.name, type="primary key")
    return Schema({table_key("public", table): Table(schema="public", name=table), key: found})


@pytest.mark.parametrize(
    ("there", "hint"),
    [
        (
            "groups",
            "groups has constraints or indexes of its names, so that this may have become that "
            "one. Where it has, rename it: ALTER TABLE groups RENAME TO auth_group;",
        ),
        (
            "auth_permission",
            "auth_permission has constraints or indexes of its names, so that this may have "
            "become that one, which has a model of its own. An entry in IGNORE accepts that "
            "nothing is left here.",
        ),
    ],
    ids=["by hand", "by an app that took it over"],
)
def test_a_table_that_was_renamed_is_known_by_the_names_of_its_constraints(there, hint) -> None:
    sides = SimpleNamespace(has_files=False, live=pkey(there), models_live=pkey("auth_group"))
    key = table_key("public", "auth_group")
    missing = SimpleNamespace(key=key, aspect="missing", sides=sides, model=None)
    origins = Origins([Group, Permission], schema="public")
    cause = because("default", origins, migrations())(missing)
    assert cause == Because(hint, is_meant=True)


GROUPS = table_key("public", "auth_group")


@pytest.mark.parametrize(
    ("aspect", "column", "of", "is_told"),
    [
        ("missing", "name", {"title": "text"}, True),
        ("extra", "title", {"title": "text"}, True),
        ("missing", "name", {"title": "integer"}, False),
        ("missing", "name", {"title": "text", "label": "text"}, False),
        ("extra", "id", {"title": "text"}, False),
    ],
)
def test_a_column_that_was_renamed_is_known_by_its_type(aspect, column, of, is_told) -> None:
    live, models = (columns(**found) for found in (of, {"name": "text"}))
    sides = SimpleNamespace(has_files=False, live=live, models_live=models)
    key = column_key("public", "auth_group", column)
    found = SimpleNamespace(key=key, aspect=aspect, sides=sides, model=None)
    told = because("default", Origins([Group], schema="public"), migrations())(found)
    hint = (
        "title may be name by another name, with its rows. Where it is: ALTER TABLE auth_group "
        "RENAME COLUMN title TO name;"
    )
    assert told == (Because(hint, is_meant=True) if is_told else NO_CAUSE)


def columns(**types: str) -> Schema:
    """Return auth_group with an id and these columns."""
    made = [
        Column(schema="public", table="auth_group", name=name, type=kind)
        for name, kind in {"id": "bigint", **types}.items()
    ]
    by_key = {column_key("public", "auth_group", each.name): each for each in made}
    return Schema({GROUPS: Table(schema="public", name="auth_group"), **by_key})


def test_what_fails_in_a_project_s_migrations_leaves_the_finding_as_it_is(caplog) -> None:
    caplog.set_level("DEBUG", "schema_tools")
    found = migrations(_texts=None)
    assert because("default", ORIGINS, found)(differing("name")) is NO_CAUSE
    assert "the cause of column public.auth_group.name was not found" in caplog.text


def test_without_models_there_is_nothing_to_ask() -> None:
    assert because("default", None, migrations(_texts=None))(differing("name")) is NO_CAUSE
