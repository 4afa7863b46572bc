"""Unmanaged models that stand for permissions or a page, and for no table."""

from __future__ import annotations

import pytest
from django.db import models
from django.test.utils import isolate_apps

from schema_tools.django_models.origins import Origins
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, table_key
from schema_tools.services.from_models import FromModels, hidden_stand_ins

KEY = table_key("public", "stand_in")
MADE = Schema({KEY: Table(schema="public", name="stand_in")}, 180000)


def origins(*, managed: bool = False, **fields: models.Field[object, object]) -> Origins:
    """Return the origins of a model with these fields besides its id."""
    meta = type("Meta", (), {"managed": managed, "app_label": "auth", "db_table": "stand_in"})
    body = {"__module__": __name__, "Meta": meta, **fields}
    with isolate_apps("django.contrib.auth"):
        return Origins([type("StandIn", (models.Model,), body)], schema="public")


@pytest.mark.parametrize(
    ("found", "is_bare"),
    [
        ({}, True),
        ({"managed": True}, False),
        ({"name": models.TextField()}, False),
        ({"id": models.IntegerField(primary_key=True)}, False),
    ],
    ids=["an id", "managed", "a column", "an id of its own"],
)
def test_only_what_has_no_column_of_its_own_may_stand_for_no_table(found, is_bare: bool) -> None:
    assert (origins(**found).bare == {KEY}) is is_bare


@pytest.mark.parametrize(
    ("sides", "is_hidden"),
    [
        ((Schema(), None), True),
        ((None, None), True),
        ((MADE, None), False),
        ((Schema(), MADE), False),
    ],
    ids=["nowhere", "no side", "in the database", "in the files"],
)
def test_a_model_whose_table_is_there_is_compared(sides, is_hidden: bool) -> None:
    found = hidden_stand_ins(FromModels(MADE, ModelFacts(), origins()), sides)
    assert (KEY not in found.schema) is is_hidden
    assert [note.what for note in found.not_checked] == ["model of public.stand_in"] * is_hidden
