"""Texts in GitHub Flavored Markdown that stay texts, whatever is in them.

Rules: GitHub Flavored Markdown Spec; what GitHub makes of a text beyond it (mentions, references
to issues, links) is broken by a character of no width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schema_tools.reports.characters import visible

_NOTHING = "&#8203;"
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": f"@{_NOTHING}", "#": f"#{_NOTHING}"}
# A backslash before ASCII punctuation makes it a character; a pipe would end a table's cell first.
_MARKDOWN = (
    _HTML
    | {character: f"\\{character}" for character in "\\`*_[]~$"}
    | {"|": "&#124;", "#": f"\\#{_NOTHING}"}
)
_AS_HTML, _AS_MARKDOWN = str.maketrans(_HTML), str.maketrans(_MARKDOWN)
_LINK = re.compile(r"(?i)(?=://)|(?<=\bwww)(?=\.)|(?<=\bgh-)")
# What begins a list or underlines a heading.
_BLOCK = re.compile(r"^(\d*)([-+=.)])")


def prose(text: str) -> str:
    """Return a text for a line of Markdown; its own lines are broken, and no markup is left."""
    return "<br>".join(
        _BLOCK.sub(r"\1\\\2", _unlinked(line, _AS_MARKDOWN)) for line in _lines(text)
    )


def html(text: str) -> str:
    """Return a text for a line of HTML, in which Markdown has no meaning."""
    return " ".join(_unlinked(line, _AS_HTML) for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    lines = (" ".join(line.split()) for line in visible(text).splitlines())
    return filter(None, lines)


def _unlinked(line: str, marked: dict[int, str]) -> str:
    """Return a line's markup escaped, and what would be made a link broken."""
    return _NOTHING.join(part.translate(marked) for part in _LINK.split(line))


def code(text: str) -> str:
    """Return a text as code in a line; its own line ends become blanks."""
    text = " ".join(visible(text).splitlines())
    if not text.strip():
        return "(blank)"
    ticks = _ticks(text, least=1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def block(text: str, language: str = "") -> str:
    """Return a text as a block of code."""
    text = visible(text).replace("\r", "\\r").rstrip("\n")
    ticks = _ticks(text, least=3)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _ticks(text: str, *, least: int) -> str:
    """Return a run of backticks that is longer than any in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    """Return a table; without names of columns they stay empty."""
    first, *more = (" | ".join(map(prose, row)) for row in (columns, *rows))
    lines = [first, " | ".join("---" for _ in columns), *more]
    return "\n".join(f"| {line} |" for line in lines)


def folded(summary: str, inside: str) -> str:
    """Return what is shown when a line is clicked on: a line of HTML, and Markdown."""
    return f"<details>\n<summary>{summary}</summary>\n\n{inside}\n\n</details>"
