"""A comment that ignores a rule does nothing, or gives no reason.

## What it does

Looks at the comments `-- schema_tools: ignore CODE reason` that silence a finding on their own
line or, where they stand alone, on the next: the code must be that of a rule, it must be one that
may be ignored (what makes the other commands refuse the file may not), there must be a reason, and
there must be something to silence.

## Why is this bad

Without a reason the next reader cannot tell whether it still holds. And a comment that silences
nothing today silences tomorrow what nobody has looked at.

## Example

```sql
-- schema_tools: ignore lint.foreign_key_index
user_id uuid REFERENCES users (id)
```

## Use instead

```sql
-- schema_tools: ignore lint.foreign_key_index Users are never deleted, and nobody joins this.
user_id uuid REFERENCES users (id)
```
"""

from __future__ import annotations

from schema_tools.findings import Severity
from schema_tools.linter.rule import Rule

RULE = Rule("lint.ignore", Severity.WARNING, __doc__, ignorable=False)
