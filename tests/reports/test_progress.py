"""The display of a run."""

from __future__ import annotations

import io

import pytest

from schema_tools.history.progress import (
    FileFinished,
    FileStarted,
    LockAwaited,
    Noticed,
    StatementStarted,
)
from schema_tools.reports.progress import ProgressDisplay
from schema_tools.reports.style import Style

PLAIN = Style()
RUN = (
    LockAwaited("process 7 (user jo)", 60),
    FileStarted("m/001_x.sql", "up", 1, 2),
    StatementStarted(1, 4, 3, "CREATE TABLE"),
    StatementStarted(3, 4, 9, "CREATE INDEX"),
    Noticed("m/001_x.sql", "NOTICE", "skipping"),
    Noticed("m/001_x.sql", "WARNING", "odd"),
    FileFinished("m/001_x.sql", "up", 1500),
    FileStarted("m/002_y.sql", "down", 2, 2),
    FileFinished("m/002_y.sql", "down", 12),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, *, verbosity: int = 1, style: Style = PLAIN) -> str:
    display = ProgressDisplay(stream, style, verbosity=verbosity)
    for event in RUN:
        display(event)
    display.finish()
    return stream.getvalue()


def test_plain_lines_where_nobody_watches():
    assert shown(io.StringIO()).splitlines() == [
        "Waiting up to 60 s for the lock, held by process 7 (user jo)",
        "m/001_x.sql: WARNING: odd",
        "[1/2] Applying m/001_x.sql ✅ 1.5 s",
        "[2/2] Rolling back m/002_y.sql ✅ 12 ms",
    ]


def test_every_statement_and_notice_on_demand():
    lines = shown(io.StringIO(), verbosity=2).splitlines()
    assert "[1/2] Applying m/001_x.sql: statement 3 of 4: CREATE INDEX (line 9)" in lines
    assert "m/001_x.sql: NOTICE: skipping" in lines


def test_nothing_where_silence_is_asked_for():
    assert shown(io.StringIO(), verbosity=0) == ""


def test_one_moving_line_on_a_terminal():
    text = shown(Terminal(), style=Style(width=80))
    assert "\r\x1b[2K[1/2] Applying m/001_x.sql [##########----------] statement 3" in text
    assert max(len(line) for line in text.replace("\n", "\x1b[2K").split("\x1b[2K")) <= 80
    assert text.endswith("\r\x1b[2K")


class Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("moving", [False, True])
def test_a_broken_output_does_not_stop_the_run(moving):
    stream = Broken()
    stream.isatty = lambda: moving
    assert shown(stream, style=Style(width=80)) == ""
