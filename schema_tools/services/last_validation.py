"""The last validation of each database, remembered in Django's cache for the status page."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache, caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections

from schema_tools.findings import Report
from schema_tools.reports.formats.json import FORMAT_VERSION, document
from schema_tools.services.question import Question

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LastValidation:
    """When it was, who asked for it, and the report as ``--format json`` writes it."""

    at: datetime
    by: str
    document: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Return whether there is nothing to do, whatever ``--fail-on`` was."""
        return not self.critical and not self.warnings

    @property
    def critical(self) -> int:
        """Return the number of critical findings."""
        return int(self.document["summary"]["critical"])

    @property
    def warnings(self) -> int:
        """Return the number of warnings."""
        return int(self.document["summary"]["warning"])

    @property
    def known(self) -> int:
        """Return the number of known findings, which are not among the others."""
        return int(self.document["summary"].get("known", 0))


def remember(question: Question, report: Report, *, by: str) -> None:
    """Keep a report on all sides and all objects; one on a part of them says too little.

    A cache that is broken or cannot be written never makes a validation fail.
    """
    if not question.is_whole:
        return
    try:
        kept = {"at": datetime.now(UTC).isoformat(), "by": by, "document": document(report)}
        cache.set(_key(question.alias), json.dumps(kept), timeout=None)
    except Exception:  # a cache of any kind, and any fault of it: nothing is lost
        logger.debug("the validation could not be remembered", exc_info=True)


def last_validation(alias: str) -> LastValidation | None:
    """Return the last validation of a database, None where none is known."""
    try:
        text = cache.get(_key(alias))
        if text is None:
            return None
        kept = json.loads(text)
        if kept["document"]["format_version"] != FORMAT_VERSION:
            return None  # another version of this package wrote it
        return LastValidation(
            datetime.fromisoformat(kept["at"]), str(kept["by"]), kept["document"]
        )
    except Exception:  # a cache of any kind, and any fault of it: nothing is lost
        logger.debug("the last validation could not be read", exc_info=True)
        return None


def blind_spot() -> str:
    """Return why validations may have gone unseen, "" where the cache is shared."""
    try:
        backend = caches["default"]
    except Exception:  # a cache of any kind, and any fault of it: nothing is lost
        logger.debug("there is no cache", exc_info=True)
        return "The project's cache cannot be used, so no validation is remembered."
    if isinstance(backend, DummyCache):
        return "The project's cache is a DummyCache: no validation is remembered."
    if isinstance(backend, LocMemCache):
        return (
            "The project's cache is a LocMemCache, which every process has to itself: validations "
            "from the command line and from other processes are not seen here."
        )
    return ""


def _key(alias: str) -> str:
    """Return the cache's key; another database under the same alias has another one."""
    names = f"{alias}\0{connections[alias].settings_dict['NAME']}"
    return f"schema_tools.validation.{hashlib.sha256(names.encode()).hexdigest()[:32]}"
