"""Statements about the database that a session is in, which SQL can only name.

A name in a file would be wrong in every other database, so that the statement is put together from
the name when it runs.
"""

from __future__ import annotations

import re

from schema_tools.schema.names import quoted

_BODY = re.compile(
    r"""\s*DO\s+(?P<tag>\$\w*\$)\s*BEGIN\s+EXECUTE\s+(?:pg_catalog\.)?format\s*\(\s*
    '(?P<format>(?:[^'%]|''|%%|%I)*)'\s*,\s*(?:pg_catalog\.)?current_database\s*\(\s*\)\s*\)\s*;
    \s*END;?\s*(?P=tag)\s*\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_HOLE = re.compile("%[%I]")


def in_this_database(statement: str) -> str:
    """Return a statement that names the database it runs in where ``%I`` stands.

    All other percent signs must be doubled.
    """
    text = "'" + statement.replace("'", "''") + "'"
    tag = "$$"
    while tag in text:
        tag = f"$x{tag[1:]}"
    return f"DO {tag}BEGIN EXECUTE format({text}, current_database()); END{tag}"


def named(statement: str, database: str) -> str | None:
    """Return what a statement of ``in_this_database`` runs in a database of that name.

    None for any other statement.
    """
    match = _BODY.match(statement)
    if match is None or match["format"].count("%I") != 1:
        return None
    text = match["format"].replace("''", "'")
    return _HOLE.sub(lambda hole: quoted(database) if hole[0] == "%I" else "%", text)


def percent_doubled(text: str) -> str:
    """Return a text to be a part of such a statement."""
    return text.replace("%", "%%")
