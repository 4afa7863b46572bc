"""The rollback drops something without IF EXISTS.

## What it does

Looks in the DOWN part for DROP commands, and for `DROP COLUMN` and `DROP CONSTRAINT` of an ALTER
TABLE, without the words. In the UP part they are not asked for: there, something that is to be
dropped and is not there is a surprise that should stop the migration.

## Why is this bad

A rollback is needed most when things are not as they should be. One that stops because part of the
change is gone already leaves the rest of it standing.

## Example

```sql
-- 🔙 ROLLBACK MIGRATION (DOWN)
-- DROP TABLE phones;
```

## Use instead

```sql
-- 🔙 ROLLBACK MIGRATION (DOWN)
-- DROP TABLE IF EXISTS phones;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.migration import Statement
from schema_tools.history.verbs import has, words_of
from schema_tools.linter.context import Context
from schema_tools.linter.ddl import Action, Reader, actions
from schema_tools.linter.rule import Flaw, Rule


def check(context: Context) -> Iterator[Flaw]:
    """Yield what is dropped without the words."""
    for statement in context.migration.down.statements:
        if _drops_blindly(statement):
            yield _flaw(statement.line, statement.verb)
        for action in actions(statement):
            if _action_drops_blindly(action):
                what = "CONSTRAINT" if _drops_constraint(action) else "COLUMN"
                yield _flaw(action.line, f"DROP {what}")


def _drops_blindly(statement: Statement) -> bool:
    verb = statement.verb
    if not verb.startswith("DROP ") or verb == "DROP OWNED":
        return False
    return not has(words_of(statement.text), "IF", "EXISTS")


def _action_drops_blindly(action: Action) -> bool:
    reader = Reader(action.tokens)
    if not reader.skip("DROP"):
        return False
    if not reader.skip("CONSTRAINT"):
        reader.skip("COLUMN")
    return not reader.starts("IF", "EXISTS")


def _drops_constraint(action: Action) -> bool:
    return Reader(action.tokens).starts("DROP", "CONSTRAINT")


def _flaw(line: int, what: str) -> Flaw:
    return Flaw(line, f"{what} without IF EXISTS in the rollback", f"Write {what} IF EXISTS …")


RULE = Rule("lint.if_exists", Severity.INFO, __doc__, check)
