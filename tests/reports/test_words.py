"""Numbers and messages in words."""

from __future__ import annotations

import pytest

from schema_tools.reports.words import counted, sentence


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 warnings"), (1, "1 warning"), (2, "2 warnings")]
)
def test_the_plural_is_for_all_but_one(number: int, text: str) -> None:
    assert counted(number, "warning") == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("no such file ", "No such file."),
        ("PostgreSQL is down!", "PostgreSQL is down!"),
        ("Is it?", "Is it?"),
        ("", ""),
    ],
)
def test_a_message_becomes_a_sentence(message: str, text: str) -> None:
    assert sentence(message) == text
