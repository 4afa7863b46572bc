"""The table of types in the model coding standards is what Django makes of the fields."""

from __future__ import annotations

import re

import pytest
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models

from tests.docs.pages import DOCS

NAMES = {
    "models": models,
    "ArrayField": ArrayField,
    "DateTimeRangeField": DateTimeRangeField,
    "SearchVectorField": SearchVectorField,
}
# Of two names of one type PostgreSQL's short one is in the table, Django writes the other.
SHORT = {"timestamp with time zone": "timestamptz"}


def rows() -> list[tuple[str, str]]:
    page = (DOCS / "model-standards.md").read_text(encoding="utf-8")
    table = page.split("| SQL type | field |")[1].split("\n\n")[0]
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", table, re.MULTILINE)


def test_the_table_is_read() -> None:
    assert len(rows()) > 20


@pytest.mark.parametrize(("type_", "field"), rows())
def test_a_field_makes_a_column_of_the_type_beside_it(type_: str, field: str) -> None:
    made = eval(field, NAMES).db_type(connection)
    assert SHORT.get(made, made) == type_.replace(", ", ",").replace(
        "numeric(10,2)", "numeric(10, 2)"
    )
