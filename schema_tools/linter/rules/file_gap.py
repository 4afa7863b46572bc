"""A number is missing in the sequence.

## What it does

Looks for holes between the numbers of the files. Times of 14 digits are no sequence and have none.

## Why is this bad

A hole is most often a file that was not committed, or that another branch still has. Later files
may depend on it, and once they are applied it comes out of order.

## Example

```text
001_initial_schema.sql
003_add_phones.sql
```

## Use instead

```text
001_initial_schema.sql
002_add_phones.sql
```
"""

from __future__ import annotations

from schema_tools.findings import Severity
from schema_tools.linter.rule import Rule

RULE = Rule("file.gap", Severity.CRITICAL, __doc__, ignorable=False)
