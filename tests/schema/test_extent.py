"""How far steps have come: a letter is a table, a capital the same table with another owner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.schema.comparison.extent import extent
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.objects import Schema, column_key, table_key

# The states before the first step and after each ("-" is empty), the database, the states it fits.
CASES = [
    ("- a ab abc", "-", (0,)),
    ("- a ab abc", "a", (1,)),
    ("- a ab abc", "abc", (3,)),
    ("- a ab abc", "ac", ()),  # the second step is not there, the third is
    ("- a ab abc", "abx", (2,)),  # what no step touches counts for nothing
    ("x xa xab", "a", (1,)),  # nor does it where it is missing
    ("x xa xab", "Xab", (2,)),  # nor where it is another
    ("- a a ab", "a", (1, 2)),  # the second step leaves no trace
    ("a a a", "a", (0, 1, 2)),
    ("a a a", "b", (0, 1, 2)),
    ("a A", "a", (0,)),
    ("a A", "A", (1,)),
    ("a A", "-", ()),
    ("ab b -", "b", (1,)),  # steps that drop
    ("ab b -", "a", ()),
    ("- a - b", "-", (0, 2)),  # made and dropped
    ("- a - b", "b", (3,)),
    ("-", "a", (0,)),
]


def schema(text: str) -> Schema:
    return Schema(
        {
            table_key("public", name.lower()): Table(
                schema="public", name=name.lower(), owner="other" if name.isupper() else None
            )
            for name in text.replace("-", "")
        }
    )


@pytest.mark.parametrize(("states", "live", "fits"), CASES)
def test_states_that_the_database_fits(states, live, fits):
    assert extent([*map(schema, states.split())], schema(live)).fits == fits


def test_steps_without_a_trace_are_named():
    assert extent([*map(schema, "a a ab ab B".split())], schema("-")).traceless == {1, 3}


def test_the_difference_leads_from_the_nearest_state_to_the_database():
    found = extent([*map(schema, "- a ab abc".split())], schema("acx"))
    assert (found.fits, found.nearest) == ((), 1)
    (change,) = found.difference
    assert (change.key.name, change.before) == ("c", None)


def test_what_later_files_have_changed_once_more_tells_nothing():
    states = [*map(schema, "- a ab".split())]
    assert extent(states, schema("Ab"), later=schema("Ab")).fits == (2,)
    assert extent(states, schema("b"), later=schema("b")).fits == (2,)
    assert extent(states, schema("-"), later=schema("-")).fits == (0, 1, 2)
    assert extent(states, schema("-"), later=schema("b")).fits == (0, 1)


def test_what_differs_elsewhere_is_named_but_for_what_no_file_makes():
    a, x = (table_key("public", name) for name in "ax")
    column = column_key("public", "x", "more")
    live = schema("ay").replaced(
        {column: Column(schema="public", table="x", name="more", type="text")}
    )
    found = extent([schema("x"), schema("xa")], live)
    assert found.fits == (1,)
    assert found.elsewhere == (column, x)
    assert extent([schema("x"), schema("xa")], schema("xay")).elsewhere == ()
    assert found.touched == {a}


STATE = st.dictionaries(st.sampled_from("abcd"), st.booleans())


def made(state: dict[str, bool]) -> Schema:
    return schema("".join(name.upper() if big else name for name, big in state.items()))


@given(st.lists(STATE, min_size=1, max_size=5), STATE)
def test_it_fits_where_all_that_any_step_changes_is_the_same(states, live):
    touched = {name for name in "abcd" if len({state.get(name) for state in states}) > 1}
    expected = tuple(
        number
        for number, state in enumerate(states)
        if all(state.get(name) == live.get(name) for name in touched)
    )
    found = extent([*map(made, states)], made(live))
    assert found.fits == expected
    assert {key.name for key in found.touched} == touched
    if found.fits:
        assert found.difference == ()
        assert found.nearest == found.fits[0]
