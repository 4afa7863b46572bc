"""What an output can show: colours, width, and which characters."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from schema_tools.reports.characters import halves_written_out

_ASCII = {
    "⚠️": "[!]",
    "ℹ️": "[i]",
    "❌": "[x]",
    "✅": "[ok]",
    "⚠": "[!]",
    "ℹ": "[i]",
    "→": "->",
    "…": "...",
    "—": "-",
    "–": "-",
    "·": "-",
    "─": "-",
    "’": "'",
    "“": '"',
    "”": '"',
}
_COLOURS = {"red": "31", "yellow": "33", "green": "32", "cyan": "36", "bold": "1", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Style:
    """The abilities of an output; the default is a file that takes UTF-8 and no colours.

    ``width`` is 0 where lines may have any length; ``everything`` is false where a long list is to
    be cut.
    """

    colour: bool = False
    width: int = 0
    encoding: str = "utf-8"
    everything: bool = True

    def paint(self, text: str, colour: str) -> str:
        """Return the text in a colour, unchanged where the output has none."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour and text else text

    @property
    def takes_unicode(self) -> bool:
        """Say whether the output's encoding has all characters."""
        return self.encoding.lower().replace("-", "").startswith("utf")

    def printable(self, text: str) -> str:
        """Return the text with the characters that the output cannot encode put into ASCII."""
        text = halves_written_out(text)
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            for character, ascii_text in _ASCII.items():
                text = text.replace(character, ascii_text)
            return text.encode(self.encoding, "replace").decode(self.encoding)
        return text


def style_of(stream: object, *, colour: bool | None = None) -> Style:
    """Return what a stream can show; ``colour`` overrides the look at the terminal."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    terminal = is_terminal(stream)
    width = shutil.get_terminal_size().columns if terminal else 0
    if colour is None:
        colour = _wants_colour(os.environ, terminal=terminal)
    return Style(colour=colour, width=width, encoding=encoding)


def is_terminal(stream: object) -> bool:
    """Say whether a person watches the stream."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())


def _wants_colour(environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Decide by the environment as Python itself does: no-color.org, then force-color.org.

    Of DJANGO_COLORS the word that switches them off counts (Django documentation, "Syntax
    coloring").
    """
    if environment.get("NO_COLOR") or environment.get("DJANGO_COLORS") == "nocolor":
        return False
    if environment.get("FORCE_COLOR"):
        return True
    if not terminal or environment.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or "WT_SESSION" in environment
