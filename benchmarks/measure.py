"""Times and peaks of memory, of programs and of functions, in one run side by side."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Seconds = Callable[[], float]


class ProgramFailed(Exception):
    """A program that is measured did not do its work."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a program took."""

    seconds: float
    peak_bytes: int


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    codes: tuple[int, ...] = (0,),
) -> Run:
    """Run a program to its end, its output thrown away; raise ProgramFailed for another code."""
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = process.stderr.read() if process.stderr else ""
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise ProgramFailed(f"{' '.join(command)}: code {process.returncode}\n{said}")
    return Run(time.perf_counter() - start, usage.ru_maxrss * 1024)


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Race:
    """Something of ours against what others take; the others' times add up.

    ``most`` is how many times as long as the others ours may take; ``least`` is how many times
    faster than the others it has to be. ``rounds`` are run at least.
    """

    what: str
    ours: Seconds
    against: str
    others: tuple[Seconds, ...]
    most: float = 0.0
    least: float = 0.0
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """The medians of a race."""

    race: Race
    ours: float
    others: float

    @property
    def ratio(self) -> float:
        """Return what the limit is about."""
        return self.others / self.ours if self.race.least else self.ours / self.others

    @property
    def is_met(self) -> bool:
        """Return whether the limit is kept."""
        return self.ratio >= self.race.least if self.race.least else self.ratio <= self.race.most


def race(wanted: Race, *, rounds: int) -> Result:
    """Run both sides in turn, so that what else the machine does meets both alike."""
    times = [
        (wanted.ours(), sum(other() for other in wanted.others))
        for _ in range(max(rounds, wanted.rounds))
    ]
    ours, others = zip(*times, strict=True)
    return Result(wanted, statistics.median(ours), statistics.median(others))
