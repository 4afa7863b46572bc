"""A file's text as the events table can hold it, whatever the encoding of the database.

A comment may have characters that the database's encoding lacks, as the emoji of our own
headings: no reason not to apply the file, whose statements may well be ASCII.
"""

from __future__ import annotations

_MARK = (
    "-- The file's text in UTF-8, as hexadecimal digits: the database cannot hold it as it is\n"
)
# These take any UTF-8: the one has all characters, the other does not look at them.
_TAKE_ALL = frozenset({"UTF8", "SQL_ASCII"})


def storable(text: str, encoding: str) -> str:
    """Return the text, or one in ASCII that says the same; ``encoding`` is the server's name."""
    if encoding in _TAKE_ALL or text.isascii():
        return text
    return _MARK + text.encode().hex()


def restored(stored: str) -> str:
    """Return the text that was made ``storable``."""
    if not stored.startswith(_MARK):
        return stored
    return bytes.fromhex(stored.removeprefix(_MARK)).decode()
