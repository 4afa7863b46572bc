"""The id of each message. None is ever given another meaning, nor used again once it is gone."""

from __future__ import annotations

import enum


class Id(enum.StrEnum):
    """What may be found; the level is part of the id.

    Django refuses to ``migrate`` and to ``runserver`` where a check yields an error. So all is a
    warning that one of these may mend, or that work in progress brings about: a file that has just
    been created and still is to be written cannot be used either.
    """

    SETTINGS = "schema_tools.E001"

    IMPORT_NAME = "schema_tools.W001"
    FOLDER = "schema_tools.W002"
    FILE = "schema_tools.W003"
    DUPLICATE_NUMBER = "schema_tools.W004"
    GAP = "schema_tools.W005"

    PENDING = "schema_tools.W006"
    HALF_DONE = "schema_tools.W007"
    CHANGED = "schema_tools.W008"
    MISSING = "schema_tools.W009"
    OUT_OF_ORDER = "schema_tools.W010"
    CRITICAL = "schema_tools.W011"
    WARNING = "schema_tools.W012"
    UNREACHABLE = "schema_tools.W013"
    NOT_CHECKED = "schema_tools.W014"
    OUT_OF_TIME = "schema_tools.W015"
    FAULT = "schema_tools.W016"
    ANOTHER_DATABASE = "schema_tools.W017"
