"""``python -m schema_tools.schema``: write the page that lists the kinds of object."""

from __future__ import annotations

import sys

from schema_tools.schema.kinds import kinds
from schema_tools.schema.manual import page

# As bytes, for docs/kinds.md is to be the same on every machine.
sys.stdout.buffer.write(page(kinds().values()).encode())
