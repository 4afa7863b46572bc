"""The UP part is not wrapped in BEGIN and COMMIT.

## What it does

Looks for UP parts that could run in one transaction and do not say so. A file with
`Transaction: off` in its header, or with a statement that cannot run in a transaction, is left
alone.

## Why is this bad

`sqlmigrate_apply` runs the file in one transaction all the same, but `psql -f`, on the night on
which somebody needs it, does not: a statement that fails leaves the first half of the change in
the database.

## Example

```sql
ALTER TABLE users ADD COLUMN IF NOT EXISTS phone varchar(20);
UPDATE users SET phone = phone_number;
```

## Use instead

```sql
BEGIN;
ALTER TABLE users ADD COLUMN IF NOT EXISTS phone varchar(20);
UPDATE users SET phone = phone_number;
COMMIT;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule


def check(context: Context) -> Iterator[Flaw]:
    """Yield the first statement of an UP part that has no transaction of its own."""
    up = context.migration.up
    if up.transactional and not up.explicit:
        yield Flaw(
            up.statements[0].line,
            "the UP part is not wrapped in BEGIN and COMMIT",
            "Write BEGIN; before this statement and COMMIT; behind the last one, or put "
            "`-- Transaction: off` into the header if the statements shall run one by one.",
        )


RULE = Rule("lint.transaction", Severity.WARNING, __doc__, check)
