"""The header's purpose says nothing.

## What it does

Looks for a `Purpose:` line that is empty or holds a placeholder, such as `TODO`, `TBD` or `...`.

## Why is this bad

SQL shows what is changed. Why it is changed is written nowhere else, and whoever looks for the
cause of something reads this line first.

## Example

```sql
-- Purpose: TODO
```

## Use instead

```sql
-- Purpose: Let users be called back
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.header import header_line
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule

_PLACEHOLDERS = frozenset(
    "todo tbd tba fixme xxx none na purpose description describe migration update fix".split()
)


def check(context: Context) -> Iterator[Flaw]:
    """Yield a purpose that is there, but consists of placeholders only."""
    purpose = context.migration.header.get("Purpose")
    if purpose is None:
        return
    words = {word.lower() for word in re.findall(r"[^\W_]+", purpose.replace("n/a", "na"))}
    if words <= _PLACEHOLDERS:
        yield Flaw(
            header_line(context.migration.text, "Purpose"),
            "the purpose says nothing",
            "Say in one line what the change is for.",
        )


RULE = Rule("lint.purpose", Severity.WARNING, __doc__, check)
