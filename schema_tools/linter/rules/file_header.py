"""The header names another file.

## What it does

Compares the `Migration:` line of the header with the name of the file.

## Why is this bad

The file was copied or renamed and its header was not: what it says of author, purpose and
dependencies may be the other file's, too.

## Example

In `005_add_phones.sql`:

```sql
-- Migration: 004_add_two_factor.sql
```

## Use instead

```sql
-- Migration: 005_add_phones.sql
```
"""

from __future__ import annotations

from schema_tools.findings import Severity
from schema_tools.linter.rule import Rule

RULE = Rule("file.header", Severity.CRITICAL, __doc__, ignorable=False)
