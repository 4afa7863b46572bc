"""How often the memory of a command is looked through for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 50_000
_MIDDLE = 20


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look less often for cycles among new objects, and never among those that are there.

    Models, and the objects of a schema, are many and stay until the end: to go through them again
    and again takes a fifth of a large validation. For a process of one command (Python
    documentation, "gc").
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
