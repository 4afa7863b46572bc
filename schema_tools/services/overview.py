"""How each database stands, for those who look on: the status page and the health endpoint."""

from __future__ import annotations

import enum
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS

from schema_tools.errors import HistoryError, SchemaToolsError, Unavailable
from schema_tools.history.migration import number_of
from schema_tools.history.standing import State
from schema_tools.reports.formats.json import document
from schema_tools.services.databases import databases
from schema_tools.services.last_validation import LastValidation, last_validation
from schema_tools.services.status import counts, status

ANSWER_SECONDS = 3.0
"""How long to wait for a server before it counts as unreachable."""

logger = logging.getLogger("schema_tools.health")


class Word(enum.StrEnum):
    """The state of a database's schema in a word, from good to bad.

    A database is ahead of a program that is older: in the middle of a deployment, or after the
    program went back. That one still runs.
    """

    OK = "ok"
    AHEAD = "ahead"
    PENDING = "pending"
    DAMAGED = "damaged"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Overview:
    """A database's status and last validation; ``status`` is None where it could not be read.

    Both are reports as ``--format json`` writes them; ``error`` says why there is no status.
    """

    alias: str
    word: Word
    status: Mapping[str, Any] | None = None
    error: SchemaToolsError | None = None
    validation: LastValidation | None = None

    @property
    def validation_is_old(self) -> bool:
        """Return whether migrations were applied or undone since the last validation."""
        if self.status is None or self.validation is None:
            return False
        # None where there were no SQL files to compare.
        then = self.validation.document.get("migrations") or counts(())
        if self.status["migrations"] != then:
            return True
        moments = (row["applied_at"] for row in self.status["history"] if row["applied_at"])
        return any(datetime.fromisoformat(each) > self.validation.at for each in moments)

    @property
    def validation_had_files(self) -> bool:
        """Return whether the last validation had SQL files to compare."""
        return self.validation is not None and bool(self.validation.document.get("migrations"))


def overviews() -> tuple[Overview, ...]:
    """Return how each database stands that the SQL files are for; never raises an error."""
    try:
        return tuple(overview(alias) for alias in databases())
    except Exception as error:
        return (_failure(DEFAULT_DB_ALIAS, error),)


def overview(alias: str) -> Overview:
    """Return how a database stands; never raises an error, and never waits for long."""
    try:
        found = document(status(alias, seconds=ANSWER_SECONDS))
    except Exception as error:
        return _failure(alias, error)
    return Overview(alias, _word(found), found, validation=last_validation(alias))


def worst(found: tuple[Overview, ...]) -> Word:
    """Return the worst of their words."""
    order = list(Word)
    return max((each.word for each in found), key=order.index)


def _word(found: Mapping[str, Any]) -> Word:
    if _is_ahead(found):
        return Word.AHEAD
    if found["summary"]["critical"]:
        return Word.DAMAGED
    return Word.OK if found["ok"] else Word.PENDING


def _is_ahead(found: Mapping[str, Any]) -> bool:
    """Return whether all that is wrong is that the newest of what is applied has no file here."""
    critical = {each["code"] for each in found["findings"] if each["severity"] == "critical"}
    rows = found["history"]
    here = [number_of(row["version"]) for row in rows if row["path"]]
    gone = [number_of(row["version"]) for row in rows if row["state"] == State.MISSING]
    return critical == {"history.missing"} and bool(here) and min(gone) > max(here)


def _failure(alias: str, error: Exception) -> Overview:
    known = _foreseen(alias, error)
    if known is not None:
        logger.warning("%s", known)
        word = Word.DAMAGED if isinstance(known, HistoryError) else Word.UNAVAILABLE
        return Overview(alias, word, error=known)
    logger.error("database %r: the status could not be read", alias, exc_info=error)
    unforeseen = Unavailable(
        "the status could not be read, for a reason that was not foreseen",
        hint="The server's log has it, under schema_tools.health.",
    )
    return Overview(alias, Word.UNAVAILABLE, error=unforeseen)


def _foreseen(alias: str, error: Exception) -> SchemaToolsError | None:
    if isinstance(error, psycopg.OperationalError):
        return Unavailable(
            f"database {alias!r} did not answer: {str(error).strip()}",
            hint="Is the server overloaded, or a table locked?",
        )
    return error if isinstance(error, SchemaToolsError) else None
