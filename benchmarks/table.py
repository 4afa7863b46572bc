"""The tables that are printed, in Markdown, line by line as the figures come."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from benchmarks.measure import Race, Result, race


def say(line: str) -> None:
    """Print a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_all(races: Iterable[Race], *, rounds: int) -> tuple[Result, ...]:
    """Run one race after another, and print what came of it."""
    say("| ours | seconds | against | seconds | ratio | limit | |")
    say("|---|---:|---|---:|---:|---|---|")
    results = []
    for each in races:
        results.append(race(each, rounds=rounds))
        say(_line(results[-1]))
    say("")
    return tuple(results)


def _line(result: Result) -> str:
    each = result.race
    limit = f"at least {each.least:g}" if each.least else f"at most {each.most:g}"
    return (
        f"| {each.what} | {result.ours:.2f} | {each.against} | {result.others:.2f} "
        f"| {result.ratio:.2f} | {limit} | {'kept' if result.is_met else '**not kept**'} |"
    )
