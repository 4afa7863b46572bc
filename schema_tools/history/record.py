"""Rows of the history tables as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of the history table: the file of that version is completely applied.

    ``position`` grows in the order of application. A row of the original Go system may lack a
    checksum (""): then there is nothing to compare the file with. ``stands_for`` is empty for a
    real row; the others stand in place of the rows of these versions (``history.fold``).
    """

    version: str
    name: str
    checksum: str
    applied_at: datetime | None
    applied_by: str = ""
    environment: str = ""
    execution_time_ms: int = 0
    tool_version: str = ""
    git_commit: str = ""
    position: int = 0
    stands_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A row of the progress table: a run that goes on, failed, or was killed.

    ``done`` of ``total`` statements have taken effect, ``done_checksum`` is that of their text.
    Statement ``running`` (from 1) was begun last; ``error`` is "" where the run goes on or was
    killed. ``alive`` says that the server process that ran it still exists; ``since`` is the
    transaction that has written the row.
    """

    version: str
    direction: str
    checksum: str
    done: int
    total: int
    done_checksum: str
    running: int
    sqlstate: str = ""
    error: str = ""
    backend: int = 0
    started_at: datetime | None = None
    alive: bool = False
    since: str = field(default="", compare=False)  # it says when, not what

    @property
    def may_have_effects(self) -> bool:
        """Return whether a part of it took effect, or may have."""
        return bool(self.alive or self.done or not self.error)

    @property
    def is_settled(self) -> bool:
        """Return whether it is known what came of the statement that was begun last."""
        return bool(self.error) or self.running <= self.done

    @property
    def place(self) -> str:
        """Return where it is, or has stopped, in words."""
        if self.running:
            return f"statement {self.running} of {self.total}"
        return f"before statement {min(self.done + 1, self.total)} of {self.total}"


@dataclass(frozen=True, slots=True)
class History:
    """What the history tables of a database say; ``exists`` is false before the first apply."""

    applied: tuple[Applied, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    exists: bool = False
