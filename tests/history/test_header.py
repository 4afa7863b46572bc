"""The header's values: durations, lists, lines."""

from __future__ import annotations

import pytest

from schema_tools.history.header import header_line, listed, read_header, seconds, timeout


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0.0),
        ("0s", 0.0),
        ("5s", 5.0),
        ("500ms", 0.5),
        ("250 us", 0.00025),
        ("2min", 120.0),
        ("1.5h", 5400.0),
        (" 1 d ", 86400.0),
    ],
)
def test_a_duration_is_read_in_seconds(text, expected):
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "5", "0.5", "-5s", "5 seconds", "s", "5S", "1e3s", "٥s"])
def test_any_other_text_is_no_duration(text):
    with pytest.raises(ValueError, match="is no duration"):
        seconds(text)


def test_a_timeout_may_not_be_given():
    header = read_header([(1, "-- Lock-Timeout: 2min")])
    assert timeout(header, "Lock-Timeout") == 120.0
    assert timeout(header, "Statement-Timeout") is None


def test_a_list_is_split_at_commas_and_blanks():
    assert listed({"Requires": "a.0001, b.0002;c.0003  d.0004"}, "Requires") == (
        *("a.0001", "b.0002", "c.0003", "d.0004"),
    )
    assert listed({}, "Requires") == ()


def test_the_line_of_a_key_is_found_as_the_key_is():
    text = "-- Author: x\n\n  -- lock timeout: 5s\n-- Lock-Timeout: 6s\n"
    assert header_line(text, "Lock-Timeout") == 3
    assert header_line(text, "Requires") == 0
