"""Whole projects whose tests run on databases from SQL files, by either runner."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.db


def test_pytest_builds_once_and_finds_after_that(shop):
    first = shop.pytest()
    assert first.code == 0, first.out
    name, what, _seconds = first.cost
    assert what == "built"
    again = shop.pytest("-k", "trigger")
    assert again.code == 0, again.out
    assert again.cost[:2] == (name, "found")
