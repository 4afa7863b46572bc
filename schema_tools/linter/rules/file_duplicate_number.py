"""Two files have the same number.

## What it does

Compares the numbers of all files of the folder, also of those whose content cannot be read.

## Why is this bad

The number is the place in the order. Of two files with one number nobody can say which comes
first, and two databases may get them in different orders. It is what two branches leave that each
added the next file.

## Example

```text
004_add_phones.sql
004_add_two_factor.sql
```

## Use instead

Give the file that is applied nowhere yet the next free number. `sqlmigrate_renumber --onto REF`
does so for all files that the branch REF does not have.

```text
004_add_phones.sql
005_add_two_factor.sql
```
"""

from __future__ import annotations

from schema_tools.findings import Severity
from schema_tools.linter.rule import Rule

RULE = Rule("file.duplicate_number", Severity.CRITICAL, __doc__, ignorable=False)
