"""The checksum of what is done is the same, carried on or made anew."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from schema_tools.history.done import DoneChecksum, done_checksum
from schema_tools.history.migration import Statement

STATEMENTS = tuple(Statement(f"SELECT {number}", number, "SELECT") for number in range(1, 8))


@given(st.lists(st.integers(0, len(STATEMENTS))))
def test_in_any_order_it_is_that_of_the_first_so_many(asked):
    carried_on = DoneChecksum(STATEMENTS)
    for done in asked:
        assert carried_on.after(done) == done_checksum(STATEMENTS[:done])


def test_it_stays_what_earlier_runs_have_stored():
    text = b"SELECT 1\0SELECT 2\0"
    assert done_checksum(STATEMENTS[:2]) == hashlib.sha256(text).hexdigest()
