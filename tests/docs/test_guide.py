"""The developer guide, walked from top to bottom: each line does what the guide says it does.

The database is one of the test server's, the checkout a copy of the working tree, but for the
package, which is there as if it were installed. NOT TYPED here are the lines that need a container
engine, and make's: tests/docs/test_shell_lines.py holds these against the files that they name.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest

from tests.conftest import Database
from tests.docs.pages import DOCS, SHELLS, blocks, lines
from tests.docs.walk import NOT_TYPED, Typed, checkout, shows

GUIDE = DOCS / "developer-guide.md"
pytestmark = pytest.mark.db


def typed_sections() -> list[str]:
    """Return the sections that have lines to type."""
    found = {
        block.section
        for block in blocks(GUIDE)
        if block.language in SHELLS
        and block.note != "not run"
        and not all(NOT_TYPED.match(line.command) for line in lines(block))
    }
    return sorted(found)


@pytest.fixture(scope="module")
def walked(server, tmp_path_factory) -> Iterator[dict[str, list[Typed]]]:
    """What came of each line of the guide, by section."""
    name = "walked_through_the_guide"
    server.create(name)
    url = Database(name, server.params).url
    folder = tmp_path_factory.mktemp("guide") / "project"
    folder.mkdir()
    with checkout(folder, name, url) as walk:
        typed = list(walk.through(GUIDE))
    yield {
        section: list(members)
        for section, members in groupby(typed, lambda each: each.line.section)
    }
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("section", typed_sections())
def test_each_line_of_a_section_does_what_the_guide_says(
    section: str, walked: dict[str, list[Typed]]
) -> None:
    for typed in walked[section]:
        told = f"{typed.line.where}: $ {typed.line.command}\n{typed.output}"
        assert typed.code == typed.line.code, told
        assert typed.line.shown is None or shows(typed.output, typed.line.shown), told
