"""What Django's migrations say: the SQL they run, and which changes of models they lack."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

from schema_tools.django_models.migrations import (
    Migrations,
    _is_of_tables,
    _tables_of,
    _touched,
)


def running(*texts: tuple[str, str]) -> Migrations:
    """Return migrations that run these texts."""
    found = Migrations("nowhere")
    found.__dict__["_texts"] = list(texts)
    found.__dict__["_written"] = [text for _maker, text in texts]
    return found


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("ALTER TABLE shop ALTER path TYPE text", True),
        ('ALTER TABLE "shop" ALTER "PATH" TYPE text', True),
        ("UPDATE public.shop SET path = ''", True),
        ("ALTER TABLE shop_item ALTER path TYPE text", False),
        ("ALTER TABLE shop ALTER path_name TYPE text", False),
        ("ALTER TABLE shop ALTER name TYPE text", False),
        ("SELECT path FROM elsewhere", False),
    ],
)
def test_a_text_names_an_object_by_its_table_and_its_name(text: str, is_named: bool) -> None:
    found = running(("shop.0002_paths", text)).naming(["shop", '"Shop"'], ["path"])
    assert found == ("shop.0002_paths" if is_named else "")


def test_the_last_that_names_it_counts() -> None:
    text = "ALTER TABLE shop ALTER path TYPE text"
    assert running(("a.1", text), ("b.2", text), ("c.3", "")).naming(["shop"], ["path"]) == "b.2"


@pytest.mark.parametrize(
    ("operation", "touched"),
    [
        (migrations.CreateModel("Shop", []), ("shop", set())),
        (migrations.AlterModelTable("Shop", "shops"), ("shop", set())),
        (
            migrations.AddField("Shop", "owner", models.TextField()),
            ("shop", {"owner", "owner_id"}),
        ),
        (migrations.AddIndex("Shop", models.Index(fields=["a"], name="i")), ("shop", {"i"})),
        (migrations.RemoveIndex("Shop", "i"), ("shop", {"i"})),
        (
            migrations.AddConstraint("Shop", models.UniqueConstraint(fields=["a"], name="c")),
            ("shop", {"c"}),
        ),
        (migrations.RemoveConstraint("Shop", "c"), ("shop", {"c"})),
    ],
)
def test_what_an_operation_touches(operation, touched) -> None:
    assert _touched(operation) == touched


@pytest.mark.parametrize(
    ("operation", "is_of_tables"),
    [
        (migrations.AlterModelOptions("shop", {"verbose_name": "store"}), False),
        (migrations.AlterModelManagers("shop", []), False),
        (migrations.AlterField("shop", "a", models.CharField(max_length=9, help_text="x")), False),
        (migrations.AlterField("shop", "a", models.CharField(max_length=9, default="x")), False),
        (migrations.AlterField("shop", "a", models.CharField(max_length=8)), True),
        (migrations.AlterField("shop", "a", models.TextField()), True),
        (migrations.AddField("shop", "b", models.TextField()), True),
    ],
)
def test_what_changes_no_table_is_nothing_to_write_for(operation, is_of_tables: bool) -> None:
    state = ProjectState()
    state.add_model(ModelState("shop", "Shop", [("a", models.CharField(max_length=9))]))
    assert _is_of_tables(operation, "shop", state) is is_of_tables


def test_a_change_concerns_what_it_names_or_all_of_a_model() -> None:
    found = Migrations("nowhere")
    found.__dict__["_unwritten"] = [
        ("auth", "group", frozenset({"permissions", "permissions_id"})),
        ("auth", "permission", frozenset()),
    ]
    assert found.lacks(Permission, {"anything"})
    assert not found.lacks(Group, {"name"})
    assert found.lacks(Group, {"permissions"})
    # The table of a many-to-many field is the field's.
    assert found.lacks(Group.permissions.through, {"auth_group_permissions"})


def test_the_tables_that_migrations_make() -> None:
    shop = ModelState(
        "shop",
        "Shop",
        [("a", models.TextField()), ("tags", models.ManyToManyField("Tag"))],
        {"db_table": "shops"},
    )
    proxy = ModelState("shop", "Proxy", [], {"proxy": True})
    foreign = ModelState("shop", "Foreign", [], {"managed": False})
    through = ModelState("shop", "A", [("b", models.ManyToManyField("Tag", through="C"))])
    found = {
        each.name: list(_tables_of(each, "default")) for each in (shop, proxy, foreign, through)
    }
    assert found == {"Shop": ["shops", "shops_tags"], "Proxy": [], "Foreign": [], "A": ["default"]}


@pytest.mark.parametrize(
    ("text", "is_created"),
    [
        ("CREATE VIEW cheap AS SELECT 1", True),
        ("create or replace\n  view cheap as select 1", True),
        ('CREATE MATERIALIZED VIEW "public"."cheap" AS SELECT 1', True),
        ("CREATE FUNCTION public.cheap(price int) RETURNS int", True),
        ("CREATE EXTENSION IF NOT EXISTS cheap", True),
        ("CREATE VIEW dear AS SELECT * FROM cheap", False),
        ("CREATE INDEX dear ON cheap (price)", False),
        ("CREATE TRIGGER dear BEFORE UPDATE ON cheap", False),
        ("CREATE TABLE dear PARTITION OF cheap", False),
        ("CREATE VIEW cheap_books AS SELECT 1", False),
        ("DROP VIEW cheap", False),
    ],
)
def test_what_a_migration_creates_is_told_from_what_it_names(text, is_created) -> None:
    found = running(("shop.0001_initial", "SELECT 1"), ("shop.0002_sql", text))
    assert found.creating("cheap") == ("shop.0002_sql" if is_created else "")


def test_the_sql_of_apps_that_the_files_own_does_not_count(settings) -> None:
    settings.SCHEMA_TOOLS = {"APPS": ["auth"]}
    found = running(("auth.0001_sql", "CREATE VIEW cheap AS SELECT 1"))
    assert found.creating("cheap") == ""
