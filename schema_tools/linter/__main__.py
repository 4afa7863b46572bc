"""``python -m schema_tools.linter``: write the page that explains the rules to the output."""

from __future__ import annotations

import sys

from schema_tools.linter.manual import page
from schema_tools.linter.rule import rules


def main() -> None:
    """Write ``docs/lint-rules.md`` anew, as its bytes are to be on every machine."""
    sys.stdout.buffer.write(page(rules().values()).encode())


if __name__ == "__main__":
    main()
