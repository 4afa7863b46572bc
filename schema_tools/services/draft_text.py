"""The text of drafted statements as it stands in a file, and is read back from it."""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.history.section import commented
from schema_tools.schema.drafting.stages import Stage
from schema_tools.schema.objects import Draft
from schema_tools.services.new_file import Body


def body_of(stage: Stage, requires: tuple[str, ...] = ()) -> Body:
    """Return the two halves of a file: statements with their cautions, DOWN in comments."""
    up = "\n".join(_lines(stage.parts))
    down = "\n".join(["To rollback this migration manually:", *_lines(stage.back)])
    return Body(up, f"{commented(down)}\n", stage.transactional, requires)


def _lines(parts: tuple[Draft, ...]) -> Iterator[str]:
    """Yield statements, each after what there is to know of it; what waits for others last."""
    for part in parts:
        yield from map(_ended, part.beforehand)
    for part in parts:
        yield from _remark(part.caution)
        yield from map(_ended, part.statements)
    for part in parts:
        yield from _remark(part.caution_afterwards)
        yield from map(_ended, part.afterwards)


def _ended(statement: str) -> str:
    """Return a statement with its end; DOWN takes a first line that ends in a colon for prose."""
    if statement.partition("\n")[0].rstrip().endswith(":"):
        statement = statement.replace(" ", "\n", 1)
    return f"{statement};"


def _remark(caution: str) -> Iterator[str]:
    """Yield a caution as a comment of one line, also where a name in it has several."""
    if caution:
        yield f"-- {' '.join(caution.splitlines())}"
