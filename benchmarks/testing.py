"""Test databases: from the template of SQL files, and as Django makes them from models.

Both sides are ``manage.py test`` from start to end, so that start-up and the teardown count alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from benchmarks.arena import Arena
from benchmarks.measure import Race
from benchmarks.table import run_all, say

DJANGOS = "django.test.runner.DiscoverRunner"
OURS = "schema_tools.testing.runner.SqlFilesRunner"
TABLES = 100
FLUSHES = 10

_TESTS = f'''"""Generated for a benchmark."""

from django.test import TestCase, TransactionTestCase


class One(TestCase):
    def test(self):
        pass


class Flushed(TransactionTestCase):
    pass


for number in range({FLUSHES}):
    setattr(Flushed, f"test_{{number}}", lambda self: None)
'''


def report(opening: AbstractContextManager[Arena], rounds: int) -> bool:
    """Print what comes of a project; return whether all limits are kept."""
    say(f"### Test databases of {TABLES} tables\n")
    with opening as place:
        results = run_all(races(place), rounds=rounds)
    return all(each.is_met for each in results)


def races(place: Arena) -> Iterator[Race]:
    """Yield what is measured: one test with and without a template, and transactional tests."""
    (place.folder / "bench" / "tests.py").write_text(_TESTS, encoding="utf-8")
    one, theirs = "one test, Django's test database", _run(place, DJANGOS, "One")
    built = _run(place, OURS, "One", "--rebuild-template")
    yield Race("one test, template built", built, one, (theirs,), most=3)
    found = _run(place, OURS, "One")
    found()  # the template is there from now on
    yield Race("one test, template found", found, one, (theirs,), most=1)
    what = f"{FLUSHES} transactional tests"
    flushed, theirs = (_run(place, runner, "Flushed") for runner in (OURS, DJANGOS))
    yield Race(f"{what}, template found", flushed, f"{what}, Django's", (theirs,), most=1)


def _run(place: Arena, runner: str, tests: str, *options: str) -> Callable[[], float]:
    words = ("test", f"bench.tests.{tests}", "--testrunner", runner, "--noinput", "-v", "0")

    def seconds() -> float:
        return place.manage(*words, *options).seconds

    return seconds
