"""Characters that an output cannot take, or that would act on it instead of being read."""

from __future__ import annotations

import re

# Control characters but tab and line ends, halves of surrogate pairs, and noncharacters: all that
# XML 1.0 forbids (Extensible Markup Language 1.0, 2.2 Characters), and what moves a cursor or
# lets text stand in another order than it has (Unicode Standard Annex #9, 2 Directional
# Formatting Characters).
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
    r"|\r(?!\n)"
)
# What JSON may hold as it is, and a terminal would act on.
_IN_JSON = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HALF = re.compile(r"[\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Return a text with what cannot be seen or encoded written out: ``\x1b``, ``\udc80``."""
    return _UNSEEN.sub(_written_out, text)


def json_visible(text: str) -> str:
    """Return JSON that says the same, with what cannot be seen as escapes."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def halves_written_out(text: str) -> str:
    """Return a text that can be encoded: half a surrogate pair, as undecodable names have."""
    return _HALF.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def one_line(text: str) -> str:
    """Return a text in one line, visible, runs of white space as one blank."""
    return visible(" ".join(text.split()))
