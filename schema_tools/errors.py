"""What can go wrong, one class each; which exit code each has is said in management.exit_codes."""

from __future__ import annotations

import signal
from typing import Self


class SchemaToolsError(Exception):
    """Something stopped the command: what it was, where, and what to do next.

    ``message`` says what, ``where`` is a ``path:line`` or an object's name ("" if there is none)
    and ``hint`` the next step. ``path`` and ``line`` are for programs that show the place, and
    ``database``, None where none was reached, is what a report says of the database.
    """

    path = ""
    line = 0
    database: dict[str, object] | None = None

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def at(self, path: str, line: int = 0) -> Self:
        """Note the place that the message names already; return the error."""
        self.path, self.line = path, line
        return self

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class ConfigurationError(SchemaToolsError):
    """A setting, an option or an alias cannot be used as it stands."""


class MigrationFileError(SchemaToolsError):
    """A migration file cannot be read as one; ``path`` and ``line`` say where."""

    def __init__(self, message: str, *, path: str, line: int = 0, hint: str = "") -> None:
        super().__init__(message, where=f"{path}:{line}" if line else path, hint=hint)
        self.at(path, line)


class HistoryError(SchemaToolsError):
    """Files and history do not fit together; nothing was touched."""


class DraftRefused(SchemaToolsError):
    """A migration could not be drafted, or the draft could not be proven right."""


class ConsentRefused(SchemaToolsError):
    """The question was answered with no, or there was nobody to ask."""


class Unavailable(SchemaToolsError):
    """The server cannot be reached, or cannot be used for this."""


class SchemaChanging(Unavailable):
    """Somebody changes the schema while it is read: no state of it could be seen whole."""


class LockLost(Unavailable):
    """The session that held the runner's lock has ended, and the right to go on with it."""


class PrivilegeMissing(Unavailable):
    """The role lacks a privilege that the command needs."""


class ScratchUnavailable(Unavailable):
    """No scratch database is to be had."""


class LockHeld(SchemaToolsError):
    """Another run holds the lock, or a table's lock could not be had in time."""


class MigrationFailed(SchemaToolsError):
    """A statement of a migration failed; the message says what is in the database now."""


class Interrupted(SchemaToolsError):
    """A signal stopped the run; ``signal_number`` says which."""

    def __init__(
        self, message: str, *, signal_number: int, where: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.signal_number = signal_number


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: raised like the KeyboardInterrupt of SIGINT, so that things get closed."""

    signal_number = signal.SIGTERM
