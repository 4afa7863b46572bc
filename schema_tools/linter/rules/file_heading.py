"""The DOWN heading stands behind a statement that no semicolon ends, or before COMMIT.

## What it does

Looks behind the last statement of a file, where that has no `;`, for a comment line that is
written like the heading of the DOWN part; and between BEGIN and COMMIT, where the file has no DOWN
part elsewhere.

## Why is this bad

A heading stands outside any statement, and outside the transaction. This one, and all comments
below it, belong to the UP part, which runs as if nothing were wrong. That the file has no rollback
part shows only when it has to be rolled back. `sqlmigrate_apply` therefore refuses the file before
it touches anything.

Where such a file is applied already, the semicolon may be added, or COMMIT moved:
`sqlmigrate_resolve` with `--accept-checksum` records the file with it.

## Example

```sql
CREATE TABLE phones (id bigint PRIMARY KEY)

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- DROP TABLE IF EXISTS phones;
```

## Use instead

```sql
CREATE TABLE phones (id bigint PRIMARY KEY);

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- DROP TABLE IF EXISTS phones;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.headings import heading_problems
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule


def check(context: Context) -> Iterator[Flaw]:
    """Yield what the planning of an apply would refuse."""
    for problem in heading_problems(context.migration):
        yield Flaw(problem.locations[0].line, problem.message, problem.hint)


RULE = Rule("file.heading", Severity.CRITICAL, __doc__, check, ignorable=False)
