"""The header's values: durations, lists, lines."""

from __future__ import annotations

import pytest

from schema_tools.history.header import (
    BadHeader,
    header_line,
    is_known_line,
    listed,
    members,
    read_header,
    seconds,
    timeout,
)


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


HEX = "a" * 64


def test_what_a_file_squashes_is_given_on_lines_of_its_own():
    header = read_header(
        [
            (1, f"-- Squashes: 001_a.sql sha256:{HEX}"),
            (2, f"-- squashes:  002_b.sql  sha256:{HEX}  in 003_squashed.sql"),
        ]
    )
    assert members(header["Squashes"]) == (("001_a", HEX, ""), ("002_b", HEX, "003_squashed"))


@pytest.mark.parametrize(
    "value",
    [
        "001_a.sql",
        "001_a sha256:" + HEX,
        "001_a.sql sha256:abc",
        f"001_a.sql sha256:{HEX.upper()}",
        f"001_a.sql sha256:{HEX} in",
        f"001_a.sql sha256:{HEX} within 002_b.sql",
        f"../001_a.sql sha256:{HEX}",
    ],
)
def test_what_names_no_file_with_its_checksum_is_refused(value):
    with pytest.raises(BadHeader, match="names no file with its checksum") as caught:
        read_header([(7, f"-- Squashes: {value}")])
    assert caught.value.line == 7


def test_a_line_that_squashes_nothing_is_refused():
    with pytest.raises(BadHeader, match="Squashes names no file"):
        read_header([(1, "-- Squashes:")])


@pytest.mark.parametrize(
    ("comment", "known"),
    [("-- purpose: x", True), ("-- Ticket: x", False), ("-- prose", False), ("--", False)],
)
def test_which_lines_the_header_knows(comment, known):
    assert is_known_line(comment) is known
