"""The ``…_like`` index that Django adds for LIKE to a unique or indexed text column.

Django makes a second index with the operator class ``varchar_pattern_ops`` or
``text_pattern_ops``, for prefix searches where the collation is not C. Hand-written SQL seldom
has it, and nothing but the speed of such a search depends on it. A pattern index that ``Meta``
names is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schema_tools.schema.kinds.index import Index
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema
from schema_tools.schema.tolerance import Phase, Settled, Tolerance

_ONE_PATTERN_COLUMN = re.compile(r"""\((?:"(?:[^"]|"")+"|\w+) (varchar|text)_pattern_ops\)\Z""")


def settle(models: Schema, other: Schema, facts: ModelFacts) -> Iterator[Settled]:
    """Yield the models' unnamed pattern indexes that the other side lacks, as not asked for."""
    for key, found in models.objects.items():
        if not isinstance(found, Index) or key in other or key in facts.stated_names:
            continue
        if _ONE_PATTERN_COLUMN.match(found.keys or "") and not found.unique:
            yield Settled(key, key, None)


TOLERANCE = Tolerance(
    name="like_index",
    reason="Django adds this index for LIKE; only the speed of prefix searches depends on it.",
    phase=Phase.SETTLE,
    settle=settle,
)
