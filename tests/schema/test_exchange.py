"""What stands in the way of an exchange is named, and nothing is drafted then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schema_tools.keys import Key
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.exchange import Exchange, by_way_of_text
from schema_tools.schema.drafting.script import script
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.composite import Composite
from schema_tools.schema.kinds.domain import Domain
from schema_tools.schema.kinds.enum import Enum
from schema_tools.schema.kinds.foreign_table import ForeignTable
from schema_tools.schema.kinds.range import Range
from schema_tools.schema.kinds.sequence import Sequence
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.objects import Draft, Schema, SchemaObject

MOOD = Key("enum", "app", "", "mood")
TABLE = Table(schema="public", name="t")
MINE = Column(schema="public", table="t", name="m", type="app.mood")
LONG = "m" * 63


def schema(*objects: SchemaObject) -> Schema:
    by_type = {kind.type: kind for kind in kinds().values()}
    return Schema({by_type[type(each)].key(each): each for each in objects}, 180000)


def drafted(before: Schema, after: Schema) -> Draft:
    return script(diff(before, after), before, after)


def mood(*labels: str) -> Enum:
    return Enum(schema="app", name="mood", labels=labels)


@pytest.mark.parametrize(
    ("held", "named"),
    [
        ((Domain(schema="public", name="feeling", type="app.mood"),), "domain public.feeling"),
        (
            (Composite(schema="public", name="c", attributes=("m app.mood[]",)),),
            "composite public.c",
        ),
        (
            (
                ForeignTable(schema="public", name="t", server="far"),
                Column(schema="public", table="t", name="m", type="app.mood"),
            ),
            "column public.t.m",
        ),
        (
            (Table(schema="public", name="t", partition_key="LIST (i, m)"), MINE),
            "column public.t.m",
        ),
    ],
)
def test_what_stands_in_the_way_is_named(held: tuple[SchemaObject, ...], named: str) -> None:
    draft = drafted(schema(mood("a", "b"), *held), schema(mood("b"), *held))
    assert draft.statements == ()
    assert not draft.safe
    assert f"({named})" in draft.caution


def test_a_partition_key_of_another_name_is_not_in_the_way() -> None:
    table = Table(schema="public", name="t", partition_key='LIST ("m_", mm)')
    draft = drafted(schema(mood("a", "b"), table, MINE), schema(mood("b"), table, MINE))
    assert "ALTER TABLE t ALTER COLUMN m TYPE app.mood USING m::text::app.mood" in draft.statements


def test_what_goes_is_not_in_the_way() -> None:
    domain = Domain(schema="public", name="feeling", type="app.mood")
    draft = drafted(schema(mood("a", "b"), domain), schema(mood("b")))
    assert draft.statements == (
        "DROP DOMAIN feeling",
        "DROP TYPE app.mood",
        "CREATE TYPE app.mood AS ENUM ('b')",
    )


def test_the_caution_says_which_labels_go_and_what_is_rewritten() -> None:
    before, after = schema(mood("a", "b", "c"), TABLE, MINE), schema(mood("b"), TABLE, MINE)
    draft = drafted(before, after)
    assert not draft.safe
    assert draft.caution.startswith("No row may have 'a' or 'c'. t.m: rewritten under a lock")


def test_the_old_type_gets_a_name_that_is_free_and_not_too_long() -> None:
    key = Key("enum", "app", "", LONG)
    old = Enum(schema="app", name=LONG, labels=("a", "b"))
    taken = Sequence(schema="app", name="m" * 59 + "_old")
    column = Column(schema="public", table="t", name="m", type=f"app.{LONG}")
    before = schema(old, taken, TABLE, column)
    exchange = Exchange(key, "TYPE", ("CREATE TYPE …",), before, before)
    draft = exchange.draft(by_way_of_text(key), "")
    assert draft.statements[0] == f"ALTER TYPE app.{LONG} RENAME TO {'m' * 58}_old2"
    assert draft.statements[-1] == f"DROP TYPE app.{'m' * 58}_old2"


def test_a_range_that_a_column_has_is_not_made_anew() -> None:
    held = (TABLE, Column(schema="public", table="t", name="r", type="app.r"))
    old = Range(schema="app", name="r", subtype="integer", multirange="mr")
    new = Range(schema="app", name="r", subtype="bigint", multirange="mr")
    draft = drafted(schema(old, *held), schema(new, *held))
    assert draft.statements == ()
    assert "convert what has the old one (column t.r)" in draft.caution


def test_an_attribute_s_type_does_not_change_under_a_column() -> None:
    held = (TABLE, Column(schema="public", table="t", name="c", type="app.c[]"))
    old = Composite(schema="app", name="c", attributes=("a integer",), attribute_names=("a",))
    new = Composite(schema="app", name="c", attributes=("a bigint",), attribute_names=("a",))
    assert drafted(schema(old, *held), schema(new, *held)).statements == ()
    assert drafted(schema(old), schema(new)).statements == (
        "ALTER TYPE app.c ALTER ATTRIBUTE a TYPE bigint",
    )


def test_a_composite_type_of_a_table_is_altered_with_it() -> None:
    typed = Table(schema="public", name="typed", of_type="app.c")
    old = Composite(schema="app", name="c", attributes=("a integer",), attribute_names=("a",))
    new = Composite(schema="app", name="c", attributes=(), attribute_names=())
    draft = drafted(schema(old, typed), schema(new, typed))
    assert draft.statements == ("ALTER TYPE app.c DROP ATTRIBUTE a CASCADE",)
    assert not draft.safe


@pytest.mark.parametrize(
    ("default", "caution"),
    [
        ("'a'::app.mood", ""),
        ("'it''s'::app.mood", "'it''s' can be used after COMMIT only: put what uses it into"),
    ],
)
def test_a_label_that_is_used_as_soon_as_it_is_added_is_warned_of(
    default: str, caution: str
) -> None:
    before = schema(mood("a"), TABLE, MINE)
    after = schema(mood("a", "it's"), TABLE, replace(MINE, default=default))
    draft = drafted(before, after)
    assert draft.statements[0] == "ALTER TYPE app.mood ADD VALUE 'it''s' AFTER 'a'"
    assert draft.safe
    assert draft.caution.startswith(caution)
    assert bool(draft.caution) is bool(caution)
