"""The databases that the SQL files are for, where nobody has named one."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError


def databases() -> tuple[str, ...]:
    """Return the PostgreSQL aliases to look after, without connecting to any.

    These are ``default`` and what SCHEMA_TOOLS['DATABASES'] names: an alias beside them may be a
    replica, or belong to somebody else. Raises ConfigurationError where there is none.
    """
    get_settings()  # complains of a setting that is no dict
    named: Mapping[str, object] = getattr(settings, "SCHEMA_TOOLS", {}).get("DATABASES", {})
    found = tuple(
        alias
        for alias in dict.fromkeys((DEFAULT_DB_ALIAS, *named))
        if connections[alias].vendor == "postgresql"
    )
    if not found:
        raise ConfigurationError(
            "none of the databases is a PostgreSQL that schema_tools looks after",
            hint="Name its alias in SCHEMA_TOOLS = {'DATABASES': {alias: {}}}.",
        )
    return found
