"""The date in the header is no date.

## What it does

Looks at the `Date:` line for a day of the calendar, written as `YYYY-MM-DD`.

## Why is this bad

The line is there to tell when the change was made, and what is left of a template does not. Other
ways to write a date are read differently in different countries.

## Example

```sql
-- Date: 2024-01-XX
```

## Use instead

```sql
-- Date: 2024-01-31
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from schema_tools.findings import Severity
from schema_tools.history.header import header_line
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check(context: Context) -> Iterator[Flaw]:
    """Yield a date that is there, but is none."""
    written = context.migration.header.get("Date", "").strip()
    if written and not _is_date(written):
        yield Flaw(
            header_line(context.migration.text, "Date"),
            f"{written} is no date",
            "Write the day of the change as YYYY-MM-DD.",
        )


def _is_date(text: str) -> bool:
    if not _FORM.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


RULE = Rule("lint.date", Severity.INFO, __doc__, check)
