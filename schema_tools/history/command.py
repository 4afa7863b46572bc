"""The command line that a user is told to type next."""

from __future__ import annotations

_DEFAULT_ALIAS = "default"  # Django's DEFAULT_DB_ALIAS


def command(*words: str, alias: str) -> str:
    """Return the command line for the database of an alias; empty words are left out."""
    option = () if alias == _DEFAULT_ALIAS else ("--database", alias)
    return " ".join(("manage.py", *filter(None, words), *option))
