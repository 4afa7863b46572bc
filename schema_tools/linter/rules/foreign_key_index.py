"""A foreign key has no index.

## What it does

Follows the UP parts of all files of the folder, in their order, and looks at the foreign keys that
are there in the end. Each needs an index that begins with its columns (in any order among
themselves); that of a primary key, unique or exclusion constraint will do, and so will one that a
later file makes. A partial index counts only if all that it leaves out is null. Foreign keys and
indexes that a DO block or a function makes are not seen.

## Why is this bad

PostgreSQL makes an index for the column that is referred to, but none for the column that refers.
Whenever a row is deleted from the other table, or its key changes, the whole of this table is
read, with the row locked; so is it in joins from the other side.

## Example

```sql
CREATE TABLE IF NOT EXISTS phones (
    id      bigint PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
```

## Use instead

```sql
CREATE TABLE IF NOT EXISTS phones (
    id      bigint PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS idx_phones_user_id ON phones (user_id);
```

On a table with many rows, build it in a file of its own with `CREATE INDEX CONCURRENTLY`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Severity
from schema_tools.linter.catalog import ForeignKey
from schema_tools.linter.context import Context
from schema_tools.linter.rule import Flaw, Rule
from schema_tools.schema.names import quoted


def check(context: Context) -> Iterator[Flaw]:
    """Yield the foreign keys of this file that are without an index after all files."""
    for key in context.catalog.without_index(context.migration.path):
        yield _flaw(key)


def _flaw(key: ForeignKey) -> Flaw:
    table = ".".join(quoted(part) for part in (key.table.schema, key.table.name) if part)
    columns = ", ".join(quoted(column) for column in key.columns)
    index = quoted("_".join(("idx", key.table.name, *key.columns)))
    return Flaw(
        key.line,
        f"the foreign key ({columns}) of {table} to {quoted(key.target.name)} has no index",
        f"Write CREATE INDEX IF NOT EXISTS {index} ON {table} ({columns});",
    )


RULE = Rule("lint.foreign_key_index", Severity.WARNING, __doc__, check)
