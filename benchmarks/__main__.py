"""Measure reading, validating and replaying against other programs, and print the table.

The ratios count, not the seconds: both sides of each take turns in the same minutes. The exit code
is 1 where a limit is not kept.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg

from benchmarks.arena import ROOT, Arena, arena
from benchmarks.measure import Race, Result, race
from benchmarks.peers import install
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import private_server

SIZES = (100, 1000)
ROUNDS = 3
PEERS_AT = 1000
MOST_QUERIES = 40
MOST_BYTES = 250_000_000
# What grows linearly takes at most so much more for each table.
MOST_GROWTH = 1.3


def main() -> int:
    """Run what the arguments ask for."""
    arguments = _arguments()
    binaries = find_binaries(arguments.bindir)
    params = private_server(binaries).params
    with psycopg.connect(**params, dbname="postgres") as connection:
        version = connection.info.parameter_status("server_version") or ""
    peers = install(ROOT) if arguments.peers and PEERS_AT in arguments.sizes else None
    say(_machine(version.split(" ")[0], arguments.rounds))
    met, warm = True, dict[int, float]()
    with tempfile.TemporaryDirectory(prefix="schema_tools-bench-") as folder:
        for tables in arguments.sizes:
            with arena(
                Path(folder), tables, binaries=binaries, params=params, peers=peers
            ) as place:
                met &= _report(place, tables, arguments.rounds, warm)
    return 0 if met and _growth(warm) else 1


def say(line: str) -> None:
    """Print a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", help=f"numbers of tables; {SIZES}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of which the median counts")
    parser.add_argument("--bindir", type=Path, help="the programs of another PostgreSQL")
    parser.add_argument(
        "--no-peers", dest="peers", action="store_false", help="leave sqldiff and migra out"
    )
    arguments = parser.parse_args()
    arguments.sizes = sorted(arguments.sizes or SIZES)
    return arguments


def _machine(server: str, rounds: int) -> str:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} CPUs, {platform.platform()}, load {load}; PostgreSQL {server}, "
        f"Python {platform.python_version()}, Django {django.get_version()}, "
        f"psycopg {psycopg.__version__} ({psycopg.pq.__impl__}); medians of {rounds} rounds\n"
    )


def _races(place: Arena, tables: int) -> Iterator[Race]:
    yield Race("read the schema", place.read, "pg_dump -s", (place.dump,), most=1.5)
    yield Race("replay the files", place.replay, "psql", (place.psql,), most=1.1)
    created = "Django's schema editor, one statement at a time"
    yield Race("validate, cold", place.validate_cold, created, (place.create_tables,), most=1.5)
    standard = (place.check, place.dump)
    yield Race("validate, warm", place.validate_warm, "check + pg_dump -s", standard, most=1.5)
    if tables == PEERS_AT and place.peers is not None:
        yield Race("validate, warm", place.validate_warm, "sqldiff", (place.sqldiff,), least=10)
        yield Race("validate, warm", place.validate_warm, "migra", (place.migra,), least=3)


def _report(place: Arena, tables: int, rounds: int, warm: dict[int, float]) -> bool:
    """Print what comes of one size; return whether all limits are kept."""
    say(f"### {tables} tables\n")
    say("| ours | seconds | against | seconds | ratio | limit | |")
    say("|---|---:|---|---:|---:|---|---|")
    met = True
    for each in _races(place, tables):
        result = race(each, rounds=rounds)
        if each.what == "validate, warm":
            warm[tables] = result.ours
        met &= result.is_met
        say(_line(result))
    queries, django_takes = place.counted(), place.manage("check").peak_bytes
    peak = place.manage("validate_schema").peak_bytes
    kept = queries <= MOST_QUERIES and peak - django_takes <= MOST_BYTES
    say(f"\n{queries} statements read the schema (limit {MOST_QUERIES}).")
    say(
        f"Memory of a warm validation: {peak / 1e6:.0f} MB, {django_takes / 1e6:.0f} MB of it "
        f"what Django's check takes for these models (limit beside that {MOST_BYTES / 1e6:.0f}).\n"
    )
    return met and kept


def _line(result: Result) -> str:
    each = result.race
    limit = f"at least {each.least:g}" if each.least else f"at most {each.most:g}"
    return (
        f"| {each.what} | {result.ours:.2f} | {each.against} | {result.others:.2f} "
        f"| {result.ratio:.2f} | {limit} | {'kept' if result.is_met else '**not kept**'} |"
    )


def _growth(warm: dict[int, float]) -> bool:
    """Print how the time for one table grows with their number; return whether it is linear."""
    sizes = sorted(warm)
    met = True
    for fewer, more in itertools.pairwise(sizes):
        growth = (warm[more] / warm[fewer]) / (more / fewer)
        met &= growth <= MOST_GROWTH
        say(
            f"From {fewer} to {more} tables a warm validation takes {growth:.2f} times as long "
            f"for each table (limit {MOST_GROWTH:g})."
        )
    return met


if __name__ == "__main__":
    sys.exit(main())
