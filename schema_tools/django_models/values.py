"""The values that a field states: its default, its choices."""

from __future__ import annotations

import datetime
import uuid
import warnings
from collections.abc import Callable
from typing import Any

import psycopg.sql
from django.db import connections
from django.db.models import Field, Value
from django.db.models.fields import NOT_PROVIDED
from django.utils import timezone

from schema_tools.schema.model_facts import ModelDefault

_MEANINGS: dict[Callable[..., object], str] = {
    timezone.now: "now",
    datetime.datetime.now: "now",
    datetime.datetime.utcnow: "now",
    datetime.date.today: "today",
    timezone.localdate: "today",
    uuid.uuid4: "uuid",
}
# A call of these does nothing else.
_EMPTY = (dict, list, tuple, set, str, int, float, bool)


def model_default(field: Field[Any, Any]) -> ModelDefault | None:
    """Return what Django gives to a new row, None where the author has to say it."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        means = "today" if field.get_internal_type() == "DateField" else "now"
        return ModelDefault("auto_now", means=means)
    default = field.default
    if default is NOT_PROVIDED:
        return None
    if default in _EMPTY if callable(default) else False:
        return ModelDefault(default.__name__, _literal(field, default()))
    if callable(default):
        name = getattr(default, "__qualname__", repr(default))
        return ModelDefault(f"{name}()", means=_meaning(default))
    return ModelDefault(repr(default), _literal(field, default))


def _meaning(default: Callable[..., object]) -> str:
    return next((means for known, means in _MEANINGS.items() if known == default), "")


def _literal(field: Field[Any, Any], value: object) -> str | None:
    """Return a value as SQL, None where only the server could say what it becomes."""
    if value is None:
        return "NULL"
    if isinstance(value, Value):
        value = value.value
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as of a naive time, which is not ours to tell
            stored = field.get_db_prep_save(value, connection=_any_connection())
            return str(psycopg.sql.quote(stored))
    except Exception:  # a field's own code: any kind
        return None


def _any_connection() -> Any:
    """Return a connection of PostgreSQL, unopened, to ask how it adapts values."""
    return next(
        (each for each in connections.all() if each.vendor == "postgresql"),
        connections["default"],
    )


def stored_choices(field: Field[Any, Any]) -> tuple[str, ...] | None:
    """Return the texts that a field lets people choose from, None where all are allowed."""
    choices = field.flatchoices
    if not choices:
        return None
    return tuple(str(value) for value, _label in choices if value not in (None, ""))
