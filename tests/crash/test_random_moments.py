"""A run of twelve mixed files is struck at random moments: the next one finishes its work.

``make test`` strikes twice, ``make test-slow`` six times, ``make test-all`` two hundred times. A
failure names the seed: ``CRASH_SEED`` repeats the blows, ``CRASH_BLOWS`` says how many.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis
import pytest

from tests.crash.agreement import check_agreement, check_finished, wait_until_alone
from tests.crash.blows import BLOWS, Blow, Sessions, check_said, outcome, strike
from tests.crash.command import END, START, Ended, Manage, Place
from tests.crash.moments import Moment, Pace
from tests.crash.states import Reference

pytestmark = pytest.mark.db

FILES = Path(__file__).parent / "files"
APPLY = ("sqlmigrate_apply", "--noinput", "--verbosity", "2")
IS_LONG = hypothesis.settings.get_current_profile_name() == "thorough"
SHORTEST, LONG = 2, 200
MORE = int(os.environ.get("CRASH_BLOWS", LONG if IS_LONG else 6))
LOCKED, MOST_LOCKED = 4, 3
SHARE_OF_SECOND_BLOWS = 0.25
SHARE_LOOKED_AT = 0.6


@dataclass(frozen=True)
class Undisturbed:
    """What the files make, found out without the runner, and how long a run of them takes."""

    reference: Reference
    pace: Pace


@pytest.fixture(scope="module")
def undisturbed(crashing_server, tmp_path_factory) -> Undisturbed:
    """Run the files twice: statement by statement, and with the command."""
    with crashing_server.database() as database, crashing_server.connect(database) as connection:
        reference = Reference.made_by(connection, FILES)
    with crashing_server.database() as database:
        manage = Manage.make(tmp_path_factory.mktemp("calm"), FILES, crashing_server, database)
        running = manage.start(*APPLY)
        ended = running.end()
        pace = Pace.of(running)
        assert ended.code == 0, ended.err
        with crashing_server.connect(database) as connection:
            check_finished(connection, reference)
    return Undisturbed(reference, pace)


@dataclass
class Tally:
    """What was struck, and where."""

    files: Counter[str] = field(default_factory=Counter)
    in_statement: Counter[str] = field(default_factory=Counter)
    between: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    runs_to_recover: int = 0
    locked_out: int = 0

    def count(self, blow: Blow, place: Place, sessions: Sessions, ended: Ended) -> None:
        """Note a blow: it struck a statement, a run between statements, or nothing."""
        if ended.code == 0 or sessions.lock is None:
            self.missed[blow.name] += 1
            return
        self.files[place[0]] += 1
        (self.in_statement if sessions.works else self.between)[blow.name] += 1

    def __str__(self) -> str:
        return "\n".join(
            f"{name}: {dict(sorted(value.items())) if isinstance(value, Counter) else value}"
            for name, value in vars(self).items()
        )


@dataclass(frozen=True)
class Story:
    """What happens to one database: blows, and then runs that are left alone."""

    blows: tuple[tuple[Blow, Moment], ...]
    looks: bool

    def __str__(self) -> str:
        what = ", then ".join(f"{blow.name} {moment}" for blow, moment in self.blows)
        return f"{what}; {'looked at before' if self.looks else 'at once'} the next run"

    def happen(self, manage: Manage, reference: Reference, tally: Tally) -> None:
        """Strike, recover, check."""
        for blow, moment in self.blows:
            running = manage.start(*APPLY)
            moment.wait(running)
            place = running.place
            sessions = strike(blow, manage, running)
            ended = outcome(blow, manage, running)
            tally.count(blow, place, sessions, ended)
            check_said(blow, sessions, ended)
            if self.looks:
                with manage.server.connect(manage.database) as connection:
                    wait_until_alone(connection)
                    check_agreement(connection, reference)
        recover(manage, tally)
        with manage.server.connect(manage.database) as connection:
            wait_until_alone(connection)
            check_finished(connection, reference)


def recover(manage: Manage, tally: Tally) -> None:
    """Run the plain command until it has finished; a killed run that goes on may refuse it."""
    for _time in range(1 + MOST_LOCKED):
        ended = manage.run("sqlmigrate_apply", "--noinput")
        tally.runs_to_recover += 1
        if ended.code != LOCKED:
            break
        tally.locked_out += 1
        assert "still runs in server process" in ended.err, ended.err
        time.sleep(0.5)
    assert ended.code == 0, ended.out + ended.err


def stories(count: int, pace: Pace, rng: random.Random) -> list[Story]:
    """Return what is to happen: every blow as often as any other, as many moments as asked for."""
    blows = [BLOWS[index % len(BLOWS)] for index in range(count)]
    rng.shuffle(blows)
    struck = list(zip(blows, pace.moments(rng), strict=False))
    found = []
    while struck:
        twice = len(struck) > 1 and rng.random() < SHARE_OF_SECOND_BLOWS
        now, struck = struck[: 1 + twice], struck[1 + twice :]
        found.append(Story(tuple(now), rng.random() < SHARE_LOOKED_AT))
    return found


@pytest.mark.parametrize("count", [SHORTEST, pytest.param(MORE, marks=pytest.mark.slow)])
def test_a_run_that_was_struck_is_finished_by_the_next(
    count, seed, crashing_server, undisturbed, tmp_path
):
    tally, failures = Tally(), []
    for index, story in enumerate(stories(count, undisturbed.pace, random.Random(seed))):
        with crashing_server.database() as database:
            manage = Manage.make(tmp_path, FILES, crashing_server, database)
            try:
                story.happen(manage, undisturbed.reference, tally)
            except AssertionError as error:
                failures.append(f"story {index} ({story}):\n{error}")
                sys.stderr.write(f"{failures[-1]}\n")
        sys.stderr.write(f"after story {index}:\n{tally}\n")
    sys.stderr.write(f"{count} blows, CRASH_SEED={seed}\n{tally}\n")
    assert not failures, "\n\n".join([f"CRASH_SEED={seed} CRASH_BLOWS={count}", *failures])
    if count == LONG:
        assert set(tally.files) >= set(undisturbed.pace.files) - {START[0], END[0]}, tally
        assert set(tally.in_statement) == {blow.name for blow in BLOWS}, tally
