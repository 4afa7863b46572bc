"""Try again what others stood in the way of: a lock, a deadlock, a serialization failure."""

from __future__ import annotations

import logging
from collections.abc import Callable

import psycopg

from schema_tools.history.passwords import without_passwords
from schema_tools.history.plan import Step
from schema_tools.history.progress import RetryAwaited
from schema_tools.postgres.failure import PASSING
from schema_tools.postgres.runner import Position, Retries, Runner


def attempt(
    runner: Runner, step: Step, position: Position, work: Callable[[], None], *, anew: bool = True
) -> None:
    """Do the work; where others stood in the way, roll back and do it once more after a pause.

    ``position`` says afterwards how often it was tried. Any other error is raised at once, and
    all are where it may not begin ``anew``.
    """
    position.attempts = 0
    while True:
        position.attempts += 1
        try:
            work()
        except psycopg.Error as error:
            passes = error.sqlstate in PASSING and not runner.work.closed
            if not (passes and anew) or position.attempts > runner.retries.count:
                raise
            runner.work.rollback()
            _pause(runner, step, position, error)
        else:
            return


def _pause(runner: Runner, step: Step, position: Position, error: psycopg.Error) -> None:
    position.alone = False  # it failed, and does not run: a signal that comes now may say so
    retries: Retries = runner.retries
    seconds = retries.pause(position.attempts)
    event = RetryAwaited(
        step.migration.path,
        position.statement.line if position.statement else 0,
        error.diag.message_primary or str(error),
        seconds,
        position.attempts,
        retries.count,
        position.blockers,
    )
    version, why = step.migration.version, without_passwords(event.why)
    runner.log.write(
        logging.WARNING,
        f"{version} is tried again in {seconds:.1f} s: {why}",
        "retried",
        step,
        statement=position.index or None,
        sqlstate=error.sqlstate,
        attempt=position.attempts,
    )
    runner.tell(event)
    retries.sleep(seconds)
