"""Text, Markdown and an editor's lines as a whole: the files in ``golden`` are what is written.

Write them anew after a change that is meant, and read the difference:
``WRITE_GOLDEN=1 python -m pytest tests/reports/test_golden.py``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from schema_tools.reports.style import Style
from tests.reports.samples import WHOLE, rendered

GOLDEN = Path(__file__).with_name("golden")
STYLES = {
    f"{width}{'-colour' if colour else ''}": Style(width=width, colour=colour)
    for width in (80, 200)
    for colour in (False, True)
}


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_text(style: Style) -> None:
    check(
        f"text-{style.width}{'-colour' if style.colour else ''}.txt",
        rendered("text", WHOLE, style),
    )


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_markdown_is_the_same_at_every_width_with_colour_and_without(style: Style) -> None:
    check("markdown.md", rendered("markdown", WHOLE, style))


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_the_lines_for_an_editor_are_never_wrapped(style: Style) -> None:
    check("gcc.txt", rendered("gcc", WHOLE, style))


def test_text_for_an_output_without_emoji() -> None:
    check("text-80-ascii.txt", rendered("text", WHOLE, Style(width=80, encoding="ascii")))


@pytest.mark.parametrize("width", [80, 200])
def test_sentences_keep_to_the_width(width: int) -> None:
    """What may be copied is not broken: here it is shorter than either width."""
    text = rendered("text", WHOLE, Style(width=width))
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("width", [80, 200])
def test_colours_add_nothing_but_themselves(width: int) -> None:
    coloured = rendered("text", WHOLE, Style(width=width, colour=True))
    plain = rendered("text", WHOLE, Style(width=width))
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain != coloured
