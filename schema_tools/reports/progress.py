"""Show a run while it goes on: one moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from typing import TextIO

from schema_tools.history.passwords import without_passwords
from schema_tools.history.progress import (
    Event,
    FileFinished,
    FileStarted,
    IndexBuilding,
    LockAwaited,
    Noticed,
    RetryAwaited,
    StatementBlocked,
    StatementStarted,
)
from schema_tools.reports.characters import visible
from schema_tools.reports.style import Style, is_terminal

_CLEAR_LINE = "\r\x1b[2K"
_DOING = {"up": "Applying", "down": "Rolling back", "fake": "Recording"}
_BAR_WIDTH = 20


class ProgressDisplay:
    """Writes what a run tells. It never stops a run: a broken output only ends the display.

    While a statement runs, another thread may tell who blocks it. With a ``label`` it shares the
    stream with others: then it writes lines only, each of which begins with it.
    """

    def __init__(
        self, stream: TextIO, style: Style, *, verbosity: int = 1, label: str = ""
    ) -> None:
        self._stream = stream
        self._style = style
        self._label = visible(label)
        self._moving = is_terminal(stream) and style.width > 0 and not label
        self._verbosity = verbosity
        self._turn = threading.Lock()
        self._file = self._shown = ""
        self._phase = ("", "")

    def __call__(self, event: Event) -> None:
        """Show one event."""
        with self._turn:
            if self._verbosity == 0:
                return
            try:
                self._show(event)
                self._stream.flush()
            except OSError:
                self._verbosity = 0

    def _show(self, event: Event) -> None:
        match event:
            case LockAwaited(holder, seconds):
                self._line(visible(f"Waiting up to {seconds:g} s for the lock, held by {holder}"))
            case FileStarted(path, direction, index, count):
                self._file = visible(f"[{index}/{count}] {_DOING[direction]} {path}")
                self._moving_line(self._file)
            case FileFinished(_path, _direction, milliseconds):
                done = self._style.paint("✅", "green")
                self._line(f"{self._file} {done} {_duration(milliseconds)}")
            case _:
                self._show_within(event)

    def _show_within(self, event: Event) -> None:
        """Show what comes of the statements of a file."""
        match event:
            case StatementStarted():
                self._statement(event)
            case IndexBuilding():
                self._building(event)
            case StatementBlocked() | RetryAwaited():
                self._aside(_of_waiting(event))
            case Noticed(path, severity, message):
                if self._verbosity > 1 or severity == "WARNING":
                    self._aside(f"{path}: {severity}: {without_passwords(message)}")

    def _statement(self, event: StatementStarted) -> None:
        what = f"statement {event.index} of {event.count}: {event.verb} (line {event.line})"
        if self._moving:
            filled = _BAR_WIDTH * (event.index - 1) // max(event.count, 1)
            bar = "#" * filled + "-" * (_BAR_WIDTH - filled)
            self._moving_line(f"{self._file} [{bar}] {what}")
        elif self._verbosity > 1:
            self._line(f"{self._file}: {what}")

    def _building(self, event: IndexBuilding) -> None:
        """Show how far a build is: on a terminal as it moves, elsewhere each of its phases."""
        place = visible(f"{event.path}:{event.line}: {event.verb}")
        if self._moving:
            percent = "" if event.percent is None else f" {event.percent:.0f} %"
            self._moving_line(f"{place}: {event.phase}{percent}")
        elif (place, event.phase) != self._phase:
            self._line(f"{place}: {event.phase}")
        self._phase = (place, event.phase)

    def _moving_line(self, text: str) -> None:
        if self._moving:
            self._shown = text
            cut = self._style.printable(text)[: self._style.width - 1]
            self._stream.write(f"{_CLEAR_LINE}{cut}")

    def _line(self, text: str) -> None:
        start = _CLEAR_LINE if self._moving else ""
        self._stream.write(f"{start}{self._label}{self._style.printable(text)}\n")

    def _aside(self, text: str) -> None:
        """Write a line above the moving one."""
        self._line(visible(text))
        self._moving_line(self._shown)

    def finish(self) -> None:
        """Leave the output clean for what is written next."""
        if not self._moving or self._verbosity == 0:
            return
        try:
            self._stream.write(_CLEAR_LINE)
            self._stream.flush()
        except OSError:
            self._verbosity = 0


def _of_waiting(event: StatementBlocked | RetryAwaited) -> str:
    place = f"{event.path}:{event.line}" if event.line else f"{event.path}, at COMMIT"
    by = f"; blocked by {' and '.join(event.blockers)}" if event.blockers else ""
    if isinstance(event, StatementBlocked):
        return f"{place}: {event.verb} has waited {event.seconds:.1f} s for a lock{by}"
    again = f"retry {event.retry} of {event.retries} in {event.seconds:.1f} s"
    return f"{place}: {event.why}; {again}{by}"


def _duration(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
