"""What the pages that are made from the code are put together with."""

from __future__ import annotations

from schema_tools.errors import SchemaToolsError

MADE = "This page is made from the code, by `make docs-reference`."


def cell(text: str) -> str:
    """Return a text as it may stand in a table; docstrings mark code as reStructuredText does."""
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`")


def said(error: type[BaseException]) -> str:
    """Return what an error of our own says of itself, of the server's its SQLSTATE."""
    if issubclass(error, SchemaToolsError):
        return cell((error.__doc__ or "").splitlines()[0])
    sqlstate = getattr(error, "sqlstate", None)
    return f"SQLSTATE {sqlstate}" if sqlstate else ""
