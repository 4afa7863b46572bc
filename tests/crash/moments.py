"""Moments of a run to strike at, taken from how long an undisturbed run is in which statement."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.crash.command import START, Place, Running


@dataclass(frozen=True)
class Moment:
    """So many seconds after a statement was begun."""

    place: Place
    seconds: float

    def __str__(self) -> str:
        file, statement = self.place
        where = f"statement {statement} of {file}" if file else "the start"
        return f"{self.seconds * 1000:.0f} ms after {where}"

    def wait(self, running: Running) -> None:
        """Return when it has come, or the process has ended."""
        if self.place != START:
            running.wait_for(self.place)
        time.sleep(self.seconds)


@dataclass(frozen=True)
class Pace:
    """How long an undisturbed run was in which statement."""

    times: tuple[tuple[Place, float], ...]

    @classmethod
    def of(cls, running: Running) -> Pace:
        """Return that of a run that has just ended."""
        begun = [(0.0, START), *running.places]
        ends = [*(at for at, _place in begun[1:]), time.monotonic() - running.begun]
        return cls(tuple((place, end - at) for (at, place), end in zip(begun, ends, strict=True)))

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files that have begun, and "" for the time before."""
        return tuple(dict.fromkeys(file for (file, _statement), _seconds in self.times))

    def moments(self, rng: random.Random) -> Iterator[Moment]:
        """Yield moments without end: the files in turn, and within each any time alike."""
        while True:
            for file in rng.sample(self.files, len(self.files)):
                yield self._within(file, rng)

    def _within(self, file: str, rng: random.Random) -> Moment:
        statements = [each for each in self.times if each[0][0] == file]
        rest = rng.uniform(0, sum(seconds for _place, seconds in statements))
        for place, seconds in statements[:-1]:
            if rest <= seconds:
                return Moment(place, rest)
            rest -= seconds
        return Moment(statements[-1][0], rest)
