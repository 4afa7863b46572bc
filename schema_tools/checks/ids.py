"""The id of each message. None is ever given another meaning, nor used again once it is gone."""

from __future__ import annotations

import enum


class Id(enum.StrEnum):
    """What may be found; the level is part of the id.

    An error is what the project's own files say wrong, so that no command can go on. What is to be
    mended in a database is a warning: Django refuses to ``migrate`` where a check yields an error,
    and that may be what mends it.
    """

    SETTINGS = "schema_tools.E001"
    FILE = "schema_tools.E002"
    DUPLICATE_NUMBER = "schema_tools.E003"
    GAP = "schema_tools.E004"

    IMPORT_NAME = "schema_tools.W001"
    FOLDER = "schema_tools.W002"
    PENDING = "schema_tools.W003"
    HALF_DONE = "schema_tools.W004"
    CHANGED = "schema_tools.W005"
    MISSING = "schema_tools.W006"
    OUT_OF_ORDER = "schema_tools.W007"
    CRITICAL = "schema_tools.W008"
    WARNING = "schema_tools.W009"
    UNREACHABLE = "schema_tools.W010"
    NOT_CHECKED = "schema_tools.W011"
    OUT_OF_TIME = "schema_tools.W012"
    FAULT = "schema_tools.W013"
