"""System checks with stable ids: of the configuration always, of databases when they are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Tags, register

from schema_tools.checks.configuration import check_files, check_import_name, check_settings

TAG = "schema_tools"

__all__ = ["check_databases", "check_files", "check_import_name", "check_settings"]


def check_databases(databases: Iterable[str] | None = None, **_more: Any) -> list[CheckMessage]:
    """Report what is pending, damaged or different in the databases that are asked about."""
    if not databases:
        return []
    from schema_tools.checks.databases import messages  # what it needs would slow each start down

    return messages(databases)


for _check in (check_settings, check_files, check_import_name):
    register(_check, TAG)
register(check_databases, TAG, Tags.database)
