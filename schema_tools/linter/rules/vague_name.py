"""The file's name does not tell what the migration does.

## What it does

Looks for names of which every word would suit any other migration as well: `migration2`, `update`,
`fix`, `schema_changes`.

## Why is this bad

The name is what status, plan, history and the list of files show. With ten files called `update`
each has to be opened to find the one that is meant.

## Example

```text
005_migration2.sql
```

## Use instead

```text
005_add_user_two_factor.sql
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule

_SUITS_ANY = frozenset(
    """
    a again all alter and auto bug bugfix bugs change changed changes database db ddl draft final
    fix fixed fixes hotfix migrate migration migrations misc modification modify more new of old
    other patch patches quick quickfix refactor schema script some sql stuff table tables temp test
    the things tmp unnamed untitled update updated updates v version various wip
    """.split()
)


def check(context: Context) -> Iterator[Flaw]:
    """Yield a name without any word of its own; numbers do not count as such."""
    name = context.migration.name
    words = {word.strip("0123456789") for word in name.split("_")} - {""}
    if words <= _SUITS_ANY:
        yield Flaw(
            0,
            f"the name {name} would suit any migration",
            "Name the file after what it does, such as add_user_two_factor, before it is applied.",
        )


RULE = Rule("lint.vague_name", Severity.INFO, __doc__, check)
