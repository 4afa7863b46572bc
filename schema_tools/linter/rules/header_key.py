"""A line of the header looks like a known one, but is spelt differently.

## What it does

Compares the keys of the header that are not known with those that are. Keys that resemble none are
the project's own and are left alone.

## Why is this bad

A misspelt line is only a comment. `Dependancies:` is never checked, and with `Lock-Timeuot:` the
file runs with the default timeout, without a word.

## Example

```sql
-- Dependancies: 004_add_user_two_factor.sql
```

## Use instead

```sql
-- Dependencies: 004_add_user_two_factor.sql
```
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.header import KNOWN_KEYS, header_line
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule

_SIMILAR = 0.8
_LOWER = {key.lower(): key for key in KNOWN_KEYS}


def check(context: Context) -> Iterator[Flaw]:
    """Yield each unknown key that is close to a known one."""
    for key in context.migration.header:
        near = difflib.get_close_matches(key.lower(), _LOWER, n=1, cutoff=_SIMILAR)
        if key not in KNOWN_KEYS and near:
            yield Flaw(
                header_line(context.migration.text, key),
                f"{key}: is no line that the header knows",
                f"Write {_LOWER[near[0]]}: if that is what is meant.",
            )


RULE = Rule("lint.header_key", Severity.WARNING, __doc__, check)
