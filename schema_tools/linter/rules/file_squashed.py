"""A squashed file was made without a file that comes before its end.

## What it does

Looks for files whose number is not above that of a squashed file, and which its `Squashes:` lines
do not name.

## Why is this bad

A squashed file stands for all files up to its number. Most often the other one comes from a branch
that began before the squash: on a new database it would run before the squashed file, on what is
not there yet, and elsewhere it comes out of order.

## Example

```text
004_add_phones.sql
005_squashed.sql, made of 001 to 005 without it
```

## Use instead

```text
005_squashed.sql
006_add_phones.sql
```
"""

from __future__ import annotations

from schema_tools.findings import Severity
from schema_tools.linter.rule import Rule

RULE = Rule("file.squashed", Severity.CRITICAL, __doc__, ignorable=False)
