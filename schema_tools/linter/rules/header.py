"""The header lacks a line.

## What it does

Looks at the comment at the top of the file for the lines `Migration:`, `Author:`, `Date:`,
`Purpose:` and, but for the first file of the folder, `Dependencies:`; a line without a value
counts as missing. `Dependencies: none` is an answer. An empty `Purpose:` is left to
`lint.purpose`.

## Why is this bad

Years later the file is all that is left of the decision. The header says whom to ask, and the
dependencies are checked before the file is applied.

## Example

```sql
-- add phones
BEGIN;
```

## Use instead

`sqlmigrate_create` writes it:

```sql
-- ==========================================
-- Migration: 005_add_phones.sql
-- Author: Jo Doe
-- Date: 2026-02-16
-- Purpose: Let users be called back
-- Dependencies: 004_add_user_two_factor.sql
-- ==========================================
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.header import header_line
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule

_LINES = ("Migration", "Author", "Date", "Purpose", "Dependencies")


def check(context: Context) -> Iterator[Flaw]:
    """Yield one flaw that names all missing lines."""
    migration = context.migration
    header = migration.header
    first = context.folder[0].version == migration.version
    wanted = _LINES[:-1] if first else _LINES
    missing = [
        name
        for name in wanted
        if name not in header or (name != "Purpose" and not header[name].strip())
    ]
    if not missing:
        return
    there = [name for name in (*missing, *wanted) if name in header]
    line = header_line(migration.text, there[0]) if there else 0
    lines = ", ".join(f"-- {name}: …" for name in missing)
    yield Flaw(
        line,
        f"the header lacks {', '.join(missing)}" if there else "the file has no header",
        f"Write above the first statement: {lines}",
    )


RULE = Rule("lint.header", Severity.WARNING, __doc__, check)
