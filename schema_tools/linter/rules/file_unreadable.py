"""A file that cannot be read as a migration.

## What it does

Reads every `*.sql` file of the folder as the other commands do: its name is
`NNN_snake_case_name.sql` with three digits or more (or a time of 14 digits), its text is UTF-8 SQL
that `psql -f` could run and that a driver can run, too, and its rollback part is in comments. The
message says what is wrong, and on which line. A name that begins with `_` or `.` is left alone.

## Why is this bad

Nothing in the folder is applied while one of its files cannot be read: nobody knows what it holds
and where in the order it belongs. SQL of the rollback part that is in no comment would be worse:
`psql -f` would run it right after the migration.

## Example

```sql
-- 🔙 ROLLBACK MIGRATION (DOWN)
DROP TABLE phones;
```

## Use instead

```sql
-- 🔙 ROLLBACK MIGRATION (DOWN)
-- DROP TABLE IF EXISTS phones;
```
"""

from __future__ import annotations

from schema_tools.findings import Severity
from schema_tools.linter.rule import Rule

RULE = Rule("file.unreadable", Severity.CRITICAL, __doc__, ignorable=False)
