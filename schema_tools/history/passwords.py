"""Take passwords out of SQL and of what a server says of it, before anybody reads it in a log."""

from __future__ import annotations

import re

# What is cut off, as in a list of sessions, ends where the text does. A connection string, of
# CREATE SUBSCRIPTION or dblink, is quoted within the quotes of a literal (PostgreSQL
# documentation, "Connection Strings").
_IN_STRING = re.compile(
    r"\b(?P<before>(?:ssl)?password\s*=\s*)(?P<rest>"
    r"''(?>[^'\\]|\\.)*(?:''|$)"
    r"|\\'(?>[^'\\]|\\[^'])*(?:\\'|$)"
    r"""|[^\s'"&;$=…]+)""",
    re.IGNORECASE | re.DOTALL,
)
# CREATE ROLE … PASSWORD '…', CREATE USER MAPPING … OPTIONS (password '…'); in a string within a
# string the quotes are doubled.
_CLAUSE = re.compile(
    r"\b(?P<before>(?:ssl)?password\s*(?:=\s*)?)(?P<rest>"
    r"(?P<quotes>'{2,})(?=[^'\s,;)]).*?(?:(?P=quotes)|$)"
    r"|(?:E|U&)?'(?>[^'\\]|''|\\.)*(?:'|$)"
    r"|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|$))",
    re.IGNORECASE | re.DOTALL,
)
_URL = re.compile(
    r"\b(?P<before>[a-z][a-z0-9+.]*://[^\s:/@'\"]*:)(?P<rest>[^\s'\"/]+)(?=@)", re.IGNORECASE
)


def without_passwords(text: str) -> str:
    """Return a text with ``'…'`` for each password that it gives away; lines stay lines."""
    for pattern in (_URL, _IN_STRING, _CLAUSE):
        text = pattern.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    mark = "'…'" if found.re is _CLAUSE else "…"
    return found["before"] + mark + "\n" * found["rest"].count("\n")
