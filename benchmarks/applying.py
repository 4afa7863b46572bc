"""Applying many small files, files that are all applied, and one file of data.

Where start-up is taken off, ours is that of ``manage.py check``, which reads the files, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.arena import EMPTY, LIVE, Arena
from benchmarks.measure import Race, run
from benchmarks.migrations import write_data_file, write_for_dbmate, write_small_files
from benchmarks.project import write_project
from benchmarks.table import run_all, say
from schema_tools.postgres.embedded.binaries import Binaries

FILES, FEWER_FILES = 1000, 100
MODELS = 10
LARGE = 100_000_000
# How often the memory for fewer files that for all may be, and how often its size that for data.
MOST_FOR_MORE_FILES = 1.3
MOST_FOR_DATA = 6.0

_PSQL = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")


@dataclass(frozen=True, slots=True)
class Applying:
    """A project of migration files, and what is measured on it."""

    place: Arena
    dbmate: Path | None

    @property
    def files(self) -> Path:
        """Return the folder of the migration files."""
        return self.place.folder / "migrations_sql"

    @property
    def dbmates_files(self) -> Path:
        """Return the folder of the same files for dbmate."""
        return self.place.folder / "dbmate"

    def apply(self) -> float:
        """Return how long applying all files takes, but for start-up."""
        self.place.anew(LIVE)
        return self.again() - self.place.check()

    def again(self) -> float:
        """Return how long it takes where all is applied."""
        return self.place.manage("sqlmigrate_apply", "--noinput").seconds

    def status(self) -> float:
        """Return how long the status takes."""
        return self.place.manage("sqlmigrate_status").seconds

    def psql(self) -> float:
        """Return how long one psql takes for all files, but for start-up."""
        self.place.anew(EMPTY)
        names = [word for file in sorted(self.files.glob("*.sql")) for word in ("-f", str(file))]
        start_up = self.place.program("psql", *_PSQL, "-c", "SELECT 1", database=EMPTY)
        return self.place.program("psql", *_PSQL, *names, database=EMPTY) - start_up

    def with_dbmate(self) -> float:
        """Return how long dbmate takes for all files, but for start-up."""
        self.place.anew(EMPTY)
        start_up = self._dbmate("--version")
        return self._dbmate("--no-dump-schema", "up") - start_up

    def _dbmate(self, *words: str) -> float:
        names = ("host", "port", "user")
        options = {name: str(self.place.params[name]) for name in names} | {"sslmode": "disable"}
        url = f"postgres:///{EMPTY}?{urlencode(options)}"
        command = [str(self.dbmate), "--url", url, "-d", str(self.dbmates_files), *words]
        return run(command, folder=self.place.folder, environment={}).seconds

    def peak(self) -> int:
        """Return the memory that applying all files takes."""
        self.place.anew(LIVE)
        return self.place.manage("sqlmigrate_apply", "--noinput").peak_bytes


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the projects are made, and what runs on which server."""

    folder: Path
    binaries: Binaries
    params: dict[str, Any]
    dbmate: Path | None

    def report(self, rounds: int) -> bool:
        """Print what is measured; return whether all limits are kept."""
        say(f"### {FILES} files\n")
        many = self._project("many")
        write_small_files(many.files, FILES)
        write_for_dbmate(many.dbmates_files, FILES)
        results = run_all(_races(many), rounds=rounds)
        few = self._project("few")
        write_small_files(few.files, FEWER_FILES)
        kept = _compare_memory(few.peak(), many.peak())
        large = self._project("large")
        size = write_data_file(large.files, LARGE)
        return _judge_data(large.peak(), size) and kept and all(each.is_met for each in results)

    def _project(self, name: str) -> Applying:
        place = Arena(self.folder / name, self.binaries, self.params, None)
        place.folder.mkdir(parents=True)
        write_project(place.folder, MODELS)
        return Applying(place, self.dbmate)


def _races(many: Applying) -> Iterator[Race]:
    what, check = f"apply {FILES} files", (many.place.check,)
    yield Race(what, many.apply, "psql, a transaction a file", (many.psql,), most=1.5)
    if many.dbmate is not None:
        yield Race(what, many.apply, "dbmate", (many.with_dbmate,), most=1.0)
    yield Race("apply, nothing to do", many.again, "check", check, most=1.3)
    yield Race("status", many.status, "check", check, most=1.3)


def _compare_memory(few: int, many: int) -> bool:
    say(
        f"Memory: {few / 1e6:.0f} MB for {FEWER_FILES} files, {many / 1e6:.0f} MB for {FILES} "
        f"(limit {MOST_FOR_MORE_FILES:g} times as much)."
    )
    return many <= few * MOST_FOR_MORE_FILES


def _judge_data(peak: int, size: int) -> bool:
    say(
        f"Memory for one file of data of {size / 1e6:.0f} MB: {peak / 1e6:.0f} MB (limit "
        f"{MOST_FOR_DATA:g} times the file).\n"
    )
    return peak <= size * MOST_FOR_DATA
