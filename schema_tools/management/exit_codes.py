"""The one place that says which exit code an exception has."""

from __future__ import annotations

import django.db.utils
import psycopg
from django.core.exceptions import ImproperlyConfigured

from schema_tools import errors

DONE = 0
FINDINGS = 1
REFUSED = 2
UNAVAILABLE = 3
LOCKED = 4
FAILED = 5
OWN_FAULT = 70
SIGINT = 130
SIGPIPE = 141
SIGTERM = 143

# SIGTERM's is here for the documents alone: a signal's code is made of its number.
MEANINGS = {
    DONE: "done, or nothing to report",
    FINDINGS: "findings at or above `--fail-on`; pending or damaged history with `--check`",
    REFUSED: "refused before anything was touched: usage, settings, files or history with "
    "problems, no consent",
    UNAVAILABLE: "no server, or no right to use it so: unreachable, standby, pooler, missing "
    "privilege, no scratch database",
    LOCKED: "another run holds the lock and `--lock-wait` ran out, or a table's lock could not be "
    "had in all retries",
    FAILED: "a migration failed; the message says what is in the database now",
    OWN_FAULT: "a fault in the tool itself; `--traceback` shows it",
    SIGINT: "interrupted (SIGINT, Ctrl-C); the message says what state is left",
    SIGTERM: "ended by SIGTERM, as a container is; the message says what state is left",
    SIGPIPE: "whoever read the output has closed it, as `head` does",
}

# The nearest class of an exception's ancestry decides; what is not here is a fault of the tool.
EXIT_CODES: dict[type[BaseException], int] = {
    errors.ConfigurationError: REFUSED,
    errors.MigrationFileError: REFUSED,
    errors.HistoryError: REFUSED,
    errors.ConsentRefused: REFUSED,
    errors.DraftRefused: REFUSED,
    errors.Unavailable: UNAVAILABLE,
    errors.LockHeld: LOCKED,
    errors.MigrationFailed: FAILED,
    ImproperlyConfigured: REFUSED,
    psycopg.OperationalError: UNAVAILABLE,
    psycopg.errors.InsufficientPrivilege: UNAVAILABLE,
    psycopg.errors.ReadOnlySqlTransaction: UNAVAILABLE,
    psycopg.errors.IdleInTransactionSessionTimeout: UNAVAILABLE,
    psycopg.errors.LockNotAvailable: LOCKED,
    psycopg.errors.TransactionTimeout: UNAVAILABLE,
    django.db.utils.OperationalError: UNAVAILABLE,
    KeyboardInterrupt: SIGINT,
    BrokenPipeError: SIGPIPE,
}


def exit_code(error: BaseException) -> int:
    """Return the exit code of an exception; 70 for one that nobody foresaw."""
    if isinstance(error, errors.Interrupted | errors.Terminated):
        return 128 + error.signal_number
    cause = error.__cause__
    if isinstance(error, django.db.utils.DatabaseError) and isinstance(cause, psycopg.Error):
        return exit_code(cause)  # Django's wrapper is wider than what the server said
    for ancestor in type(error).__mro__:
        if ancestor in EXIT_CODES:
            return EXIT_CODES[ancestor]
    return OWN_FAULT
