"""The file has no rollback.

## What it does

Looks for a DOWN part with at least one complete statement in its comments. A file whose header
says `Irreversible:` and a reason is left alone.

A line of the DOWN part is SQL if it begins with an SQL command in all capitals or all lower case,
and prose otherwise; a statement is complete with its `;`. So a DOWN part can look filled and still
hold nothing that would run.

## Why is this bad

When a release has to be taken back, `sqlmigrate_rollback` refuses this file and all that were
applied before it. Whoever writes the change knows best how to undo it; whoever is on call does
not.

## Example

```sql
-- 🔙 ROLLBACK MIGRATION (DOWN)
-- Drop table phones;
```

## Use instead

```sql
-- 🔙 ROLLBACK MIGRATION (DOWN)
-- DROP TABLE IF EXISTS phones;
```

Or, where there is no way back:

```sql
-- Irreversible: The e-mail addresses that were deleted are kept nowhere
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.headings import direction_of
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule


def check(context: Context) -> Iterator[Flaw]:
    """Yield a missing DOWN part, or one from which no statement can be read.

    Of one that a statement has swallowed file.heading speaks.
    """
    migration = context.migration
    if migration.lost_heading or migration.down.statements or "Irreversible" in migration.header:
        return
    heading = _down_heading(migration.text)
    what = "the DOWN part holds no complete statement" if heading else "there is no DOWN part"
    yield Flaw(
        heading,
        f"{what}, so the migration cannot be rolled back",
        "Write the statements that undo it in comments below `-- ROLLBACK MIGRATION (DOWN)`, each "
        "ended by a ;, or say in the header why there is no way back: `-- Irreversible: reason`.",
    )


def _down_heading(text: str) -> int:
    """Return the last line that is written like a DOWN heading, 0 where none is."""
    lines = enumerate(text.split("\n"), start=1)
    return max((at for at, line in lines if direction_of(line.strip()) == "DOWN"), default=0)


RULE = Rule("lint.rollback", Severity.WARNING, __doc__, check)
