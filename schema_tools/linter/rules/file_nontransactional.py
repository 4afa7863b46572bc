"""A statement that cannot run in a transaction stands between BEGIN and COMMIT.

## What it does

Looks in parts that have `BEGIN;` and `COMMIT;` for the commands that PostgreSQL refuses inside a
transaction block: `CREATE INDEX CONCURRENTLY`, `VACUUM`, `ALTER SYSTEM`, `CREATE DATABASE` and
others. What the text does not show, such as a DO block that commits, is not seen.

## Why is this bad

The statement fails, always. `sqlmigrate_apply` therefore refuses the file before it touches
anything.

## Example

```sql
BEGIN;
CREATE TABLE phones (id bigint PRIMARY KEY, user_id bigint NOT NULL);
CREATE INDEX CONCURRENTLY phones_user_id_idx ON phones (user_id);
COMMIT;
```

## Use instead

A new table is empty, so a plain build blocks nobody:

```sql
BEGIN;
CREATE TABLE phones (id bigint PRIMARY KEY, user_id bigint NOT NULL);
CREATE INDEX IF NOT EXISTS phones_user_id_idx ON phones (user_id);
COMMIT;
```

On a table with rows, put the concurrent build into a file of its own, without `BEGIN;` and
`COMMIT;`:

```sql
-- Transaction: off

CREATE INDEX CONCURRENTLY phones_user_id_idx ON phones (user_id);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.transactions import transaction_problems
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule


def check(context: Context) -> Iterator[Flaw]:
    """Yield what the planning of an apply or a rollback would refuse."""
    for problem in transaction_problems(context.migration):
        yield Flaw(problem.locations[0].line, problem.message, problem.hint)


RULE = Rule("file.nontransactional", Severity.CRITICAL, __doc__, check, ignorable=False)
