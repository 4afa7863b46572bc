"""What is read from models besides their tables: facts, and the lines where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from django.db import models
from django.test.utils import isolate_apps

from schema_tools.django_models.facts import action_name, model_facts, table_of, with_automatic
from schema_tools.django_models.origins import Origins
from schema_tools.history.directory import shown
from schema_tools.keys import Key
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.index import Index
from schema_tools.schema.objects import column_key, table_key

HERE = Path(__file__)


class Dated(models.Model):
    made_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        app_label = "authservice"


@pytest.fixture
def zoo():
    """Models of an app of their own, gone after the test."""
    with isolate_apps("authservice"):

        class Keeper(Dated):
            name: models.CharField = models.CharField(max_length=5)
            deputies = models.ManyToManyField("self")

            class Meta:
                app_label = "authservice"
                db_table = '"staff"."keepers"'

        class Animal(Dated):
            keeper = models.ForeignKey(Keeper, models.PROTECT, db_column="kept_by")
            friends = models.ManyToManyField("self")

            class Meta:
                app_label = "authservice"
                db_table = "animals"
                indexes: ClassVar = [
                    models.Index(fields=["made_at"]),
                    models.Index(fields=["keeper"], name="by_keeper"),
                ]
                constraints: ClassVar = [
                    models.CheckConstraint(
                        condition=models.Q(made_at__isnull=False),
                        name="made",
                    ),
                ]

        yield Keeper, Animal


def line_of(text: str) -> int:
    lines = HERE.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_facts_tell_stated_names_actions_and_owners(zoo) -> None:
    keeper, animal = zoo
    facts = model_facts(zoo, own_apps=(), schema="public")
    assert Key("index", "public", "animals", "by_keeper") in facts.stated_names
    assert Key("constraint", "public", "animals", "made") in facts.stated_names
    assert len([key for key in facts.stated_names if key.kind == "index"]) == 2
    assert facts.on_delete[column_key("public", "animals", "kept_by")] == "PROTECT"
    assert table_key("staff", "keepers") in facts.django_tables
    assert table_key("public", "animals_friends") in facts.django_tables
    assert facts.automatic_ids == {
        column_key("public", "animals_friends", "id"),
        column_key("staff", "keepers_deputies", "id"),
    }
    assert model_facts(zoo, own_apps=("authservice",), schema="public").django_tables == set()
    assert table_of(keeper, "public") == table_key("staff", "keepers")
    assert len(list(with_automatic([animal]))) == 2


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (models.CASCADE, "CASCADE"),
        (models.SET_NULL, "SET_NULL"),
        (models.SET(1), "SET"),
        (models.DO_NOTHING, "DO_NOTHING"),
    ],
)
def test_actions_have_the_names_of_django(action, name: str) -> None:
    assert action_name(action) == name


def test_actions_of_the_database_are_told_apart() -> None:
    action = getattr(models, "DB_CASCADE", None)
    if action is None:
        pytest.skip("models state no action of the database before Django 6.1")
    assert action_name(action) == "DB_CASCADE"


def test_a_path_is_shown_like_those_of_the_sql_files(zoo, monkeypatch) -> None:
    monkeypatch.chdir(HERE.parent.parent / "docs")
    place = Origins(zoo, schema="public").locate(*[table_key("public", "animals")] * 2, None)
    assert place is not None
    assert place.path == f"../django_models/{HERE.name}" == shown(HERE)


def test_lines_of_fields_meta_options_and_classes(zoo) -> None:
    origins = Origins(zoo, schema="public")
    table = table_key("public", "animals")

    def line(key: Key, found=None) -> int:
        place = origins.locate(key, table, found)
        assert place is not None
        assert Path(place.path).name == HERE.name
        return place.line

    def member(kind: str, name: str) -> Key:
        return Key(kind, "public", "animals", name)

    assert line(table) == line_of("class Animal(Dated)")
    assert line(member("column", "kept_by")) == line_of("keeper = models.ForeignKey")
    assert line(member("column", "made_at")) == line_of("made_at = models.DateTimeField")
    assert line(member("column", "unknown")) == line_of("class Animal(Dated)")
    assert line(member("index", "by_keeper")) == line_of('name="by_keeper"')
    assert line(member("constraint", "made")) == line_of("models.CheckConstraint(")
    one = Index(schema="public", name="x", unique=False, method="btree", columns=("kept_by",))
    assert line(member("index", "x"), one) == line_of("keeper = models.ForeignKey")
    two = Constraint(schema="public", name="y", type="check", columns=("kept_by", "made_at"))
    assert line(member("constraint", "y"), two) == line_of("class Animal(Dated)")
    keepers = table_key("staff", "keepers")
    place = origins.locate(column_key("staff", "keepers", "name"), keepers, None)
    assert place is not None
    assert place.line == line_of("name: models.CharField")


def test_names_of_fields_and_tables_without_a_model(zoo) -> None:
    origins = Origins(zoo, schema="public")
    table, column = table_key("public", "animals"), column_key("public", "animals", "kept_by")
    assert origins.field_name(column, table) == "Animal.keeper"
    assert origins.field_name(column_key("public", "animals", "no"), table) == ""
    nowhere = table_key("public", "nowhere")
    assert origins.locate(nowhere, nowhere, None) is None
    assert origins.field_name(column_key("public", "nowhere", "a"), nowhere) == ""


def test_a_model_made_at_run_time_has_no_line() -> None:
    with isolate_apps("authservice"):
        meta = type("Meta", (), {"app_label": "authservice", "db_table": "made"})
        made = type("Made", (models.Model,), {"Meta": meta, "__module__": "nowhere.at.all"})
        origins = Origins([made], schema="public")
        table = table_key("public", "made")
        assert origins.locate(table, table, None) is None
        assert origins.locate(column_key("public", "made", "id"), table, None) is None
