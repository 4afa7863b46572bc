"""Something is created without IF NOT EXISTS.

## What it does

Looks in the UP part for commands that know the words and do not have them: CREATE of a table,
index with a name, schema, extension, sequence, materialized view, foreign table, collation,
statistics object or server, `ALTER TABLE … ADD COLUMN` and `ALTER TYPE … ADD VALUE`.

Two kinds are left out. Functions, views and triggers have `OR REPLACE`. And
`CREATE INDEX CONCURRENTLY` is better off without the words: a build that failed leaves an invalid
index behind, and with them the next run would take that for the index and go on.

## Why is this bad

Where part of the change is there already (a hotfix by hand, an extension that the provider
installed), the migration stops at the first object, though nothing is wrong. The other side of it:
an object of that name with *another definition* is passed over in silence. That is why this is no
more than advice; `validate_schema` finds such an object.

## Example

```sql
CREATE TABLE phones (id bigint PRIMARY KEY);
```

## Use instead

```sql
CREATE TABLE IF NOT EXISTS phones (id bigint PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.history.migration import Statement
from schema_tools.history.verbs import has, words_of
from schema_tools.linter.context import Context
from schema_tools.linter.ddl import Reader, actions, adds_column
from schema_tools.linter.rule import Flaw, Rule

_CREATING = frozenset(
    f"CREATE {what}"
    for what in (
        "COLLATION",
        "EXTENSION",
        "FOREIGN TABLE",
        "INDEX",
        "MATERIALIZED VIEW",
        "SCHEMA",
        "SEQUENCE",
        "SERVER",
        "STATISTICS",
        "TABLE",
    )
)
_WITHOUT_NAME = (("INDEX", "ON"), ("STATISTICS", "ON"), ("STATISTICS", "()"))


def check(context: Context) -> Iterator[Flaw]:
    """Yield what is created without the words."""
    for statement in context.migration.up.statements:
        if statement.verb == "ALTER TABLE":
            yield from _added_columns(statement)
        elif _lacks_words(statement):
            yield _flaw(statement.line, statement.verb.removeprefix("ALTER TYPE "))


def _lacks_words(statement: Statement) -> bool:
    words = words_of(statement.text)
    if has(words, "IF", "NOT", "EXISTS"):
        return False
    if statement.verb == "ALTER TYPE ADD VALUE":
        return True
    return statement.verb in _CREATING and not any(has(words, *none) for none in _WITHOUT_NAME)


def _added_columns(statement: Statement) -> Iterator[Flaw]:
    for action in actions(statement):
        column = adds_column(action)
        if column is not None and not Reader(column).starts("IF", "NOT", "EXISTS"):
            yield _flaw(action.line, "ADD COLUMN")


def _flaw(line: int, what: str) -> Flaw:
    return Flaw(line, f"{what} without IF NOT EXISTS", f"Write {what} IF NOT EXISTS …")


RULE = Rule("lint.if_not_exists", Severity.INFO, __doc__, check)
