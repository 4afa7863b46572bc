"""The lock file does not tell the order of the files.

## What it does

Holds `schema.lock`, where a folder has one, against the files beside it: it has a line for each of
them, in their order, and each line's checksum follows from the lines above. What is in the files
does not count.

## Why is this bad

Two branches that both add a migration are merged without a word where nothing makes them conflict:
then two files have one number, or a file comes before one that is applied. The lock file makes git
say so during the merge. It can do that only while it knows of all files.

## Example

```text
001_initial_schema a30abe9a9b31aed6
<<<<<<< HEAD
002_add_phones b26e4492893566a6
=======
002_add_faxes 75cc1d4461c0b220
>>>>>>> feature
```

## Use instead

```sh
manage.py sqlmigrate_renumber --onto MERGE_HEAD   # both branches have added files
manage.py sqlmigrate_lint --fix                   # a file was added, renamed or removed by hand
```
"""

from __future__ import annotations

from schema_tools.findings import Severity
from schema_tools.linter.rule import Rule

RULE = Rule("file.lock", Severity.WARNING, __doc__, ignorable=False)
