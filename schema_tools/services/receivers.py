"""Tell the receivers of our signals about each file, and say which of them stops a run."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from schema_tools.errors import ConsentRefused, MigrationFailed
from schema_tools.history.migration import Migration
from schema_tools.history.plan import Step
from schema_tools.signals import post_run, pre_run

logger = logging.getLogger(__name__)

# Frames between the sending of a signal and its receiver, which may be asynchronous.
_IN_BETWEEN = frozenset({__name__.split(".")[0], "django", "asgiref", "asyncio", "concurrent"})


def tell_before(step: Step, alias: str, *, first: bool, state: Callable[[], str]) -> None:
    """Send ``pre_run``; a receiver's exception stops the run.

    Before the ``first`` file it is a refusal, later a failure; ``state`` says what is applied.
    """
    try:
        pre_run.send(Migration, migration=step.migration, direction=step.direction, using=alias)
    except Exception as error:
        kind = ConsentRefused if first else MigrationFailed
        raise kind(
            f"{_receiver_of(error)}, a receiver of the signal pre_run, stopped the run before "
            f"this file with {type(error).__name__}: {error}\n  Now: {state()}",
            where=step.migration.path,
            hint="Settle what the receiver complains of, then run the same command again.",
        ) from error


def tell_after(step: Step, alias: str) -> None:
    """Send ``post_run``; the file is committed, so an exception is only logged."""
    about = {"migration": step.migration, "direction": step.direction, "using": alias}
    for receiver, result in post_run.send_robust(Migration, **about):
        if isinstance(result, Exception):
            logger.error("%r failed after %s", receiver, step.migration.version)


def _receiver_of(error: Exception) -> str:
    """Return the name of the function that was called with the signal."""
    for frame, _line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.split(".")[0] not in _IN_BETWEEN:
            return f"{module}.{frame.f_code.co_qualname}"
    return "a function"
