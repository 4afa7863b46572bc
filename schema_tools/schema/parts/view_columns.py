"""What a column of a view can have besides its name and type, as texts ``name clause``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_ENTRY = re.compile(r"""("(?:[^"]|"")+"|[^\s"]+) (.*)""", re.DOTALL)


def by_column(entries: Iterable[str]) -> dict[str, str]:
    """Return the clause for each column, by its name as SQL.

    >>> by_column(["a 1", '"b c" now()'])
    {'a': '1', '"b c"': 'now()'}
    """
    return dict(map(split, entries))


def split(entry: str) -> tuple[str, str]:
    """Return the name, as SQL, and the clause of an entry."""
    match = _ENTRY.match(entry)
    return (match[1], match[2]) if match else (entry, "")


def comments(relation: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    """Yield a COMMENT ON COLUMN for each column whose comment, a literal, differs."""
    for column, text in changed(before, after):
        yield f"COMMENT ON COLUMN {relation}.{column} IS {text or 'NULL'}"


def changed(before: Iterable[str], after: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each column whose clause differs, with the new one or None."""
    old, new = by_column(before), by_column(after)
    for column in sorted(old.keys() | new.keys()):
        if old.get(column) != new.get(column):
            yield column, new.get(column)
