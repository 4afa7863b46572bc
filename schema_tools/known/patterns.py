"""Patterns of codes and names: ``*`` is any text, ``?`` any character."""

from __future__ import annotations

import functools
import re

_CODE = re.compile(r"[a-z0-9_*?]+\.[a-z0-9_*?]+|[a-z0-9_?]*\*[a-z0-9_*?]*")


def is_code(pattern: str) -> bool:
    """Return whether some finding's code could be meant."""
    return _CODE.fullmatch(pattern) is not None


def is_plain(pattern: str) -> bool:
    """Return whether it means one text alone: itself."""
    return not {*pattern} & {*"*?"}


def fits(pattern: str, text: str) -> bool:
    """Return whether a text is what a pattern means."""
    # An overloaded function's name can hold brackets, which fnmatch takes for a set.
    return pattern == text or _compiled(pattern).fullmatch(text) is not None


@functools.lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(each) or re.escape(each) for each in pattern), re.DOTALL)
