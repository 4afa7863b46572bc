"""Measure reading, validating, replaying, applying and test databases beside other programs.

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

from benchmarks import applying, testing
from benchmarks.arena import ROOT, Arena, arena
from benchmarks.measure import Race
from benchmarks.peers import install, install_dbmate
from benchmarks.table import run_all, say
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import private_server

SIZES = (100, 1000)
ROUNDS = 3
PEERS_AT = 1000
PARTS = ("validating", "applying", "testing")
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
    sizes = arguments.sizes if "validating" in arguments.parts else []
    peers = install(ROOT) if arguments.peers and PEERS_AT in sizes else None
    say(_machine(version.split(" ")[0], arguments.rounds))
    met, warm = True, dict[int, float]()
    with tempfile.TemporaryDirectory(prefix="schema_tools-bench-") as folder:
        for tables in sizes:
            with arena(
                Path(folder), tables, binaries=binaries, params=params, peers=peers
            ) as place:
                met &= _report(place, tables, arguments.rounds, warm)
        if "applying" in arguments.parts:
            dbmate = install_dbmate(ROOT) if arguments.peers else None
            bench = applying.Bench(Path(folder), binaries, params, dbmate)
            met &= bench.report(arguments.rounds)
        if "testing" in arguments.parts:
            opening = arena(
                Path(folder), testing.TABLES, binaries=binaries, params=params, peers=None
            )
            met &= testing.report(opening, arguments.rounds)
    return 0 if met and _growth(warm) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", help=f"numbers of tables; {SIZES}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of which the median counts")
    parser.add_argument("--bindir", type=Path, help="the programs of another PostgreSQL")
    parser.add_argument(
        "--no-peers", dest="peers", action="store_false", help="leave sqldiff, migra, dbmate out"
    )
    parser.add_argument(
        "--part", dest="parts", choices=PARTS, action="append", help="a part only; else all"
    )
    arguments = parser.parse_args()
    arguments.sizes = sorted(arguments.sizes or SIZES)
    arguments.parts = arguments.parts or PARTS
    return arguments


def _machine(server: str, rounds: int) -> str:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} CPUs, {platform.platform()}, load {load}; PostgreSQL {server}, "
        f"Python {platform.python_version()}, Django {django.get_version()}, "
        f"psycopg {psycopg.__version__} ({psycopg.pq.__impl__}); medians of {rounds} rounds\n"
    )


def _races(place: Arena, tables: int) -> Iterator[Race]:
    # So short that one round says little.
    yield Race("read the schema", place.read, "pg_dump -s", (place.dump,), most=1.5, rounds=5)
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
    results = run_all(_races(place, tables), rounds=rounds)
    warm[tables] = next(each.ours for each in results if each.race.what == "validate, warm")
    queries, django_takes = place.counted(), place.manage("check").peak_bytes
    peak = place.manage("validate_schema").peak_bytes
    kept = queries <= MOST_QUERIES and peak - django_takes <= MOST_BYTES
    say(f"{queries} statements read the schema (limit {MOST_QUERIES}).")
    say(
        f"Memory of a warm validation: {peak / 1e6:.0f} MB, {django_takes / 1e6:.0f} MB of it "
        f"what Django's check takes for these models (limit beside that {MOST_BYTES / 1e6:.0f}).\n"
    )
    return kept and all(each.is_met for each in results)


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
