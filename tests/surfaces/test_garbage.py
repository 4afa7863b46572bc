"""The garbage collector is left as it was, and looks at less meanwhile."""

from __future__ import annotations

import gc

import pytest

from schema_tools.management.garbage import seldom_collected


def state() -> tuple[object, ...]:
    return gc.get_threshold(), gc.get_freeze_count(), gc.isenabled()


def test_it_is_left_as_it_was() -> None:
    before = state()
    with seldom_collected():
        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold() > before[0]
    assert state() == before


def test_it_is_left_as_it_was_after_an_error_as_well() -> None:
    before = state()
    with pytest.raises(KeyboardInterrupt), seldom_collected():
        raise KeyboardInterrupt
    assert state() == before


def test_new_garbage_is_collected_all_the_same() -> None:
    class Cycle:
        def __init__(self) -> None:
            self.me = self
            alive.add(id(self))

        def __del__(self) -> None:
            alive.discard(id(self))

    alive: set[int] = set()
    with seldom_collected():
        for _ in range(200_000):
            Cycle()
        assert len(alive) < 100_000
