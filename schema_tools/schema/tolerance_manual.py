"""The page that lists the tolerances, made from their own docstrings."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

from schema_tools.schema.tolerance import Tolerance, tolerances

_INTRODUCTION = """\
# Tolerances

Differences between models and another side that are no fault, and why. `validate_schema` counts
them where it says what was compared, and in `"tolerated"` of its JSON; `-v 2` lists each with its
object. Between SQL files and database nothing is tolerated.

A tolerance passes a difference over, or **weighs** it: then it stays a finding, with a severity of
its own and a hint that says what the cause is; where that makes it less than it would be, the
finding's `tolerated_by` names the tolerance.

Needing none: the order of columns and the gaps of dropped ones, which are not compared; the
history tables of this tool and of Django, which are not read; one meaning printed in several ways
(`IN (…)` and `= ANY (ARRAY[…])`, `NOT x = y` and `x <> y`, casts that change nothing), which have
one normal form; triggers, functions, views and policies, which no model can state: they are
compared between SQL files and database, and counted in `not_checked` where there are no files.
"""
_MARKUP = re.compile(r"``([^`]+)``")


def page(listed: Iterable[Tolerance]) -> str:
    """Return the page, in Markdown."""
    return _INTRODUCTION + "".join(_sections(sorted(listed, key=lambda each: each.name)))


def _sections(listed: Iterable[Tolerance]) -> Iterator[str]:
    for each in listed:
        module = sys.modules[f"{__package__}.tolerances.{each.name}"]
        title, _gap, text = (module.__doc__ or "").strip().partition("\n")
        marked = _MARKUP.sub(r"`\1`", text.strip())
        weighs = " It weighs what it cannot pass over." if each.weigh else ""
        summary = _MARKUP.sub(r"`\1`", title)
        yield f"\n## {each.name}\n\n**{summary}**{weighs}\n\n{marked}\n"


if __name__ == "__main__":
    # As bytes, for docs/tolerances.md is to be the same on every machine.
    sys.stdout.buffer.write(page(tolerances().values()).encode())
