"""The ``…_like`` index that Django adds for LIKE to a unique or indexed text column.

Django makes a second index with the operator class ``varchar_pattern_ops`` or
``text_pattern_ops``, for prefix searches where the collation is not C. Nothing but the speed of
such a search depends on it. Hand-written SQL seldom has it: beside SQL files its absence is passed
over. Where Django's own migrations have made the table it was there once: then its absence is told
as a note. A pattern index that ``Meta`` names is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.index import Index
from schema_tools.schema.objects import column_key
from schema_tools.schema.tolerance import Pair, Settled, Tolerance, Weighed

_ONE_PATTERN_COLUMN = re.compile(r"""\((?:"(?:[^"]|"")+"|\w+) (varchar|text)_pattern_ops\)\Z""")
_TEXT = re.compile(r"character varying|text\Z")


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield the models' unnamed pattern indexes that the other side lacks, as not asked for."""
    for key, found in _lacking(pair):
        if not pair.is_djangos(key) or not _can_have_it(found, pair):
            yield Settled(key, key, None)


def weigh(pair: Pair) -> Iterator[Weighed]:
    """Yield those that Django's migrations have made, and that are gone."""
    for key, _found in _lacking(pair):
        yield Weighed(
            key,
            "missing",
            Severity.INFO,
            "Django makes this index for searches such as name__startswith; only their speed "
            "depends on it. Make it again, or let it be.",
        )


def _lacking(pair: Pair) -> Iterator[tuple[Key, Index]]:
    for key, found in pair.models.objects.items():
        if not isinstance(found, Index) or key in pair.other or key in pair.facts.stated_names:
            continue
        if _ONE_PATTERN_COLUMN.match(found.keys or "") and not found.unique:
            yield key, found


def _can_have_it(found: Index, pair: Pair) -> bool:
    """Return whether the other side's column is of a type that the operator class takes."""
    column = pair.known.get(column_key(found.schema, found.table, found.columns[0]))
    return not isinstance(column, Column) or _TEXT.match(column.type) is not None


TOLERANCE = Tolerance(
    name="like_index",
    reason="Django adds this index for LIKE; only the speed of prefix searches depends on it.",
    settle=settle,
    weigh=weigh,
)
