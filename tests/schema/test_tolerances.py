"""Each tolerance where it applies, and where it must not.

A case is an entry of a file of the folder `tolerances`, which is named after the tolerance: the
tables as Django would make them of models, and as the other side has them; what the models say
besides; what is tolerated, and the findings that remain. It is tried on tables that SQL files make
and on tables of Django's own migrations; where these differ, `djangos` says how.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.comparison.compare import compare
from schema_tools.schema.comparison.disagreement import EXTRA, Comparison
from schema_tools.schema.comparison.remedies import sql_remedies
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.model_facts import ModelDefault, ModelFacts
from schema_tools.schema.objects import Schema, column_key
from schema_tools.schema.tolerance import tolerances
from schema_tools.schema.tolerance_manual import page

FOLDER = Path(__file__).parent / "tolerances"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['title']}")
    for file in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
]


def test_each_tolerance_is_shown_to_apply_and_not_to_apply() -> None:
    for name in tolerances():
        cases = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["case"]
        used = [case for case in cases if name in case.get("tolerated", ())]
        told = [case for case in cases if any(s in str(case.get("findings")) for s in SEVERE)]
        assert used, name
        assert told, name


def test_the_page_of_tolerances_is_made_from_them() -> None:
    written = (FOLDER.parents[2] / "docs" / "tolerances.md").read_text(encoding="utf-8")
    again = "write it anew: python -m schema_tools.schema.tolerance_manual > docs/tolerances.md"
    assert written == page(tolerances().values()), again


SEVERE = ("critical", "warning")


@pytest.mark.db
@pytest.mark.parametrize("case", CASES)
def test_tables_of_sql_files(case: dict[str, Any], database) -> None:
    models, other, facts = read(case, database)
    found = compare(Sources(models, other, other, other, facts))
    assert told(found) == sorted(case.get("findings", []))
    assert used(found) == sorted(case.get("tolerated", []))


@pytest.mark.db
@pytest.mark.parametrize("case", CASES)
def test_tables_of_django(case: dict[str, Any], database) -> None:
    case = case | case.get("djangos", {})
    models, other, facts = read(case, database, djangos=True)
    found = compare(Sources(models, live=other, facts=facts))
    assert told(found) == sorted(case.get("findings", []))
    assert used(found) == sorted(case.get("tolerated", []))
    beside_files = compare(Sources(models, Schema(), Schema(), other, facts))
    assert [each for each in told(beside_files) if " type." not in each] == told(found)


@pytest.mark.db
@pytest.mark.parametrize("case", [case for case in CASES if case.values[0].get("findings")])
def test_what_is_told_goes_away_by_its_remedies(case: dict[str, Any], database) -> None:
    case = case | case.get("djangos", {})
    models, other, facts = read(case, database, djangos=True)
    found = compare(Sources(models, live=other, facts=facts))
    # What is too much first: it may have the name of what is missing.
    for each in sorted(found.disagreements, key=lambda each: each.aspect != EXTRA):
        for remedy in sql_remedies(each):
            database.execute(remedy.text)
    with database.connect() as connection:
        other = read_schema(connection, ("public",))
    assert told(compare(Sources(models, live=other, facts=facts))) == []


def told(found: Comparison) -> list[str]:
    return sorted(
        f"{each.severity.label} {each.code} {each.key.table}.{each.key.name}"
        for each in found.disagreements
        if each.key.table
    )


def used(found: Comparison) -> list[str]:
    return sorted(each.tolerance for each in found.tolerated)


def read(case: dict[str, Any], database, *, djangos: bool = False) -> tuple[Any, ...]:
    with database.connect() as connection:
        schemas = []
        for text in (case["models"], case["other"]):
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            connection.execute(text.encode())
            schemas.append(read_schema(connection, ("public",)))
    return (*schemas, facts_of(case, schemas[0], djangos=djangos))


def facts_of(case: dict[str, Any], models: Schema, *, djangos: bool) -> ModelFacts:
    defaults = {
        column(name): ModelDefault(text, text) for name, text in case.get("defaults", {}).items()
    }
    defaults |= {
        column(name): ModelDefault("f()", means=means)
        for name, means in case.get("computed", {}).items()
    }
    return ModelFacts(
        stated_names=frozenset(map(stated, case.get("stated_names", ()))),
        stated_actions=frozenset(map(column, case.get("stated_actions", ()))),
        automatic_ids=frozenset(map(column, case.get("automatic_ids", ()))),
        defaults=defaults,
        choices={column(name): tuple(words) for name, words in case.get("choices", {}).items()},
        django_tables=frozenset(key for key in models.objects if djangos and key.kind == "table"),
    )


def column(name: str) -> Key:
    table, _dot, own = name.partition(".")
    return column_key("public", table, own)


def stated(words: str) -> Key:
    kind, _space, name = words.partition(" ")
    table, _dot, own = name.partition(".")
    return Key(kind, "public", table, own)
