"""Pages as their readers use them: the fenced blocks of each section, and the lines to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = (
    README,
    ROOT / "CONTRIBUTING.md",
    *sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "_project"),
)

SHELLS = {"sh", "bash", "console"}
# What a page says to its test, unseen by readers: `<!-- file: PATH -->` before a block that is the
# text of a file, `<!-- append: PATH -->`, `<!-- conversion: TOOL -->`, `<!-- not run: REASON -->`.
_NOTE = re.compile(r"<!-- (file|append|conversion|not run): (.+?) -->")
_EXIT_CODE = re.compile(r"\s+# exit code (\d+)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it stands, and what the page's note before it says of it."""

    page: str
    section: str
    line: int
    language: str
    text: str
    note: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to type: the exit code to expect, and what it prints, where that is shown."""

    command: str
    where: str
    section: str
    code: int = 0
    shown: str | None = None


def name_of(page: Path) -> str:
    """Return a page's path as the project's people write it."""
    return page.relative_to(ROOT).as_posix()


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    """Return what a page consists of, as CommonMark has it."""
    return tuple(MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")))


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, each with the headings that it stands under."""
    headings: list[str] = []
    note = ("", "")
    for before, token in zip([None, *tokens(page)], tokens(page), strict=False):
        if token.type == "inline" and before is not None and before.type == "heading_open":
            level = int(before.tag[1])
            headings[level - 1 :] = [token.content]
        elif token.type == "html_block":
            note = _note(token)
        elif token.type == "fence":
            section = " / ".join(headings[1:])
            first = token.map[0] + 1 if token.map else 0
            yield Block(
                name_of(page), section, first, token.info.split(" ")[0], token.content, *note
            )
            note = ("", "")


def _note(token: Token) -> tuple[str, str]:
    found = _NOTE.search(token.content)
    return (found[1], found[2]) if found else ("", "")


def lines(block: Block) -> Iterator[Line]:
    """Yield the lines to type in a block of shell."""
    if block.language == "console":
        yield from _lines_of_console(block)
        return
    text = block.text.replace("\\\n", " ")
    for command in text.splitlines():
        if command.strip() and not command.lstrip().startswith("#"):
            yield _line(block, command, None)


def _lines_of_console(block: Block) -> Iterator[Line]:
    parts = re.split(r"^\$ ", block.text.replace("\\\n", " "), flags=re.MULTILINE)
    for part in parts[1:]:
        command, _newline, shown = part.partition("\n")
        yield _line(block, command, shown)


def _line(block: Block, written: str, shown: str | None) -> Line:
    code = _EXIT_CODE.search(written)
    command = re.sub(r"\s+#\s.*$", "", written) if "'" not in written else written
    where = f"{block.page}:{block.line}"
    return Line(command.strip(), where, block.section, int(code[1]) if code else 0, shown)


def shell_lines(page: Path) -> tuple[Line, ...]:
    """Return all lines to type of a page."""
    return tuple(
        line for block in blocks(page) if block.language in SHELLS for line in lines(block)
    )
