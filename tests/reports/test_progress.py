"""The display of a run."""

from __future__ import annotations

import io

import pytest

from schema_tools.history.progress import (
    FileFinished,
    FileStarted,
    IndexBuilding,
    LockAwaited,
    Noticed,
    RetryAwaited,
    StatementBlocked,
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


WAITS = (
    FileStarted("m/001_x.sql", "up", 1, 1),
    StatementStarted(3, 4, 9, "CREATE INDEX"),
    StatementBlocked("m/001_x.sql", 3, 9, "CREATE INDEX", 0.52, ("process 7 (user jo)",)),
    RetryAwaited("m/001_x.sql", 9, "canceled", 0.71, 1, 5, ("process 7 (user jo)", "process 8")),
    RetryAwaited("m/001_x.sql", 0, "could not serialize", 1.04, 2, 5),
)


BUILD = (
    FileStarted("m/001_x.sql", "up", 1, 1),
    IndexBuilding("m/001_x.sql", 9, "CREATE INDEX CONCURRENTLY", "building index", 10.2),
    IndexBuilding("m/001_x.sql", 9, "CREATE INDEX CONCURRENTLY", "building index", 99.6),
    IndexBuilding("m/001_x.sql", 9, "CREATE INDEX CONCURRENTLY", "waiting for old snapshots"),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(
    stream: io.StringIO, *, verbosity: int = 1, style: Style = PLAIN, run: tuple = RUN
) -> str:
    display = ProgressDisplay(stream, style, verbosity=verbosity)
    for event in run:
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


def test_who_blocks_a_statement_is_told_while_it_waits_and_before_it_is_tried_again():
    assert shown(io.StringIO(), run=WAITS).splitlines() == [
        "m/001_x.sql:9: CREATE INDEX has waited 0.5 s for a lock; blocked by process 7 (user jo)",
        "m/001_x.sql:9: canceled; retry 1 of 5 in 0.7 s; blocked by process 7 (user jo) and "
        "process 8",
        "m/001_x.sql, at COMMIT: could not serialize; retry 2 of 5 in 1.0 s",
    ]


def test_the_moving_line_stays_below_what_is_told_meanwhile():
    last = "[1/1] Applying m/001_x.sql [##########----------] statement 3 of 4"
    *before, after = shown(Terminal(), style=Style(width=80), run=WAITS[:3]).split("\n")
    assert before[-1].endswith("blocked by process 7 (user jo)")
    assert after.removeprefix("\r\x1b[2K").startswith(last)


class Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("moving", [False, True])
def test_a_broken_output_does_not_stop_the_run(moving):
    stream = Broken()
    stream.isatty = lambda: moving
    assert shown(stream, style=Style(width=80)) == ""


def test_each_phase_of_a_build_has_a_line():
    assert shown(io.StringIO(), run=BUILD).splitlines() == [
        "m/001_x.sql:9: CREATE INDEX CONCURRENTLY: building index",
        "m/001_x.sql:9: CREATE INDEX CONCURRENTLY: waiting for old snapshots",
    ]


def test_a_build_moves_on_a_terminal():
    style = Style(width=100)
    frames = shown(Terminal(), run=BUILD, style=style).split("\r\x1b[2K")
    assert "m/001_x.sql:9: CREATE INDEX CONCURRENTLY: building index 10 %" in frames
    assert "m/001_x.sql:9: CREATE INDEX CONCURRENTLY: building index 100 %" in frames
    assert "m/001_x.sql:9: CREATE INDEX CONCURRENTLY: waiting for old snapshots" in frames
