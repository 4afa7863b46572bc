"""``python -m schema_tools.linter``: write the page that explains the rules to the output."""

from __future__ import annotations

import sys

from schema_tools.linter.manual import page
from schema_tools.linter.rule import rules

# As bytes, for docs/lint-rules.md is to be the same on every machine.
sys.stdout.buffer.write(page(rules().values()).encode())
