"""Read a folder of migration files, with all that is wrong among them."""

from __future__ import annotations

import difflib
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import ConfigurationError, MigrationFileError
from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.files import is_timestamp, read_migration, split_name
from schema_tools.history.header import header_line
from schema_tools.history.migration import Migration, number_of
from schema_tools.history.squashed import Squashed, squashed_files

_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Directory:
    """A migrations folder: the files that could be read, in their order, and the problems.

    Each problem is critical: nothing may be applied while there is one. Dependencies are not
    looked at here, for the history knows more of them than the folder does. ``lost`` are versions
    without a file of which a problem speaks already.
    """

    path: str
    migrations: tuple[Migration, ...]
    problems: tuple[Finding, ...]
    lost: frozenset[str] = frozenset()


def read_directory(path: Path) -> Directory:
    """Return the migrations of a folder; names that begin with ``_`` or ``.`` are left alone.

    Raises ConfigurationError where there is no such folder or it cannot be listed.
    """
    migrations: list[Migration] = []
    problems: list[Finding] = []
    files = _sql_files(path)
    for file in files:
        try:
            migrations.append(read_migration(file, shown(file)))
        except MigrationFileError as error:
            problems.append(_problem_with(error))
    migrations.sort(key=lambda migration: (migration.number, migration.version))
    squashed = squashed_files(migrations)
    problems += _numbering_problems(files, squashed)
    for migration in migrations:
        problems += _name_problems(migration)
    problems.sort(key=lambda problem: problem.locations)
    return Directory(shown(path), tuple(migrations), tuple(problems))


def find_migration(versions: Iterable[str], target: str) -> str:
    """Return the version that a user means: its name, its number, or the beginning of its name.

    Raises ConfigurationError where none or more than one is meant.
    """
    known = sorted(versions)
    wanted = target.removesuffix(".sql")
    if wanted in known:
        return wanted
    matches = _numbered(known, wanted) or [name for name in known if name.startswith(wanted)]
    if len(matches) == 1 and wanted:
        return matches[0]
    if matches and wanted:
        raise ConfigurationError(
            f"{target!r} may mean {', '.join(matches)}", hint="Give more of the name."
        )
    raise ConfigurationError(f"there is no migration {target!r}", hint=_nearest(known, wanted))


def shown(path: Path) -> str:
    """Return a path as a user would type it: from the current folder, where that is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


def _sql_files(path: Path) -> list[Path]:
    try:
        return sorted(
            file
            for file in path.iterdir()
            if file.suffix.lower() == ".sql" and not file.name.startswith(("_", "."))
        )
    except OSError as error:
        raise ConfigurationError(
            f"the migrations folder {shown(path)} cannot be read: {error.strerror}",
            hint="Name the folder of the SQL files in SCHEMA_TOOLS['MIGRATIONS_DIR'], or begin "
            "with a first file, which makes it: manage.py sqlmigrate_create NAME",
        ) from None


def _problem_with(error: MigrationFileError) -> Finding:
    return _problem("unreadable", error.message, error.hint, Location(error.path, error.line))


def _numbering_problems(files: Sequence[Path], squashed: Sequence[Squashed]) -> Iterator[Finding]:
    """Yield numbers that two files have, and gaps; files that cannot be read count too.

    A squashed file has the number of its last member, and the numbers of all of them are taken.
    """
    by_number: dict[int, list[Path]] = {}
    for file in files:
        try:
            number, _name = split_name(file.name, shown(file))
        except MigrationFileError:
            continue
        by_number.setdefault(number, []).append(file)
    stands_beside = {each.file.version for each in squashed if _has_its_last_member(each, files)}
    for number, same in by_number.items():
        others = [file for file in same if file.stem not in stands_beside]
        if len(others) > 1:
            yield _duplicate(number, others)
    for each in squashed:
        yield from _left_out(each, by_number)
    yield from _gaps(by_number, squashed)


def _has_its_last_member(squashed: Squashed, files: Sequence[Path]) -> bool:
    """Return whether a member of the same number is there, too."""
    number = squashed.file.number
    return any(number_of(file.stem) == number and file.stem in squashed.versions for file in files)


def _left_out(squashed: Squashed, by_number: Mapping[int, Sequence[Path]]) -> Iterator[Finding]:
    """Yield files that come before the end of a squashed file and are not in it."""
    known = squashed.versions | {squashed.file.version}
    for number, files in by_number.items():
        for file in files:
            if number <= squashed.file.number and file.stem not in known:
                yield _problem(
                    "squashed",
                    f"{squashed.file.version}.sql stands for all files up to its number, and was "
                    "made without this one",
                    "Give this file the next free number, or write the squashed file anew.",
                    Location(shown(file)),
                )


def _gaps(
    by_number: Mapping[int, Sequence[Path]], squashed: Sequence[Squashed]
) -> Iterator[Finding]:
    taken = {number_of(version) for each in squashed for version in each.versions}
    counted = sorted(number for number in {*by_number, *taken} if not is_timestamp(number))
    for before, after in itertools.pairwise(counted):
        if after > before + 1 and before in by_number and after in by_number:
            yield _gap(by_number[before][0], by_number[after][0], before + 1, after - 1)


def _duplicate(number: int, files: Sequence[Path]) -> Finding:
    names = ", ".join(file.name for file in files)
    return _problem(
        "duplicate_number",
        f"{len(files)} files have the number {number}: {names}",
        "Give the file that is not applied yet the next free number; where two branches have "
        "added files, manage.py sqlmigrate_renumber --onto REF does.",
        *(Location(shown(file)) for file in files),
    )


def _gap(before: Path, after: Path, first: int, last: int) -> Finding:
    missing = f"number {first} is" if first == last else f"numbers {first} to {last} are"
    return _problem(
        "gap",
        f"{missing} missing between {before.name} and {after.name}",
        "Is a file missing from this checkout? Otherwise give this file the next number.",
        Location(shown(after)),
    )


def _name_problems(migration: Migration) -> Iterator[Finding]:
    """Yield a ``Migration:`` line of the header that names another file."""
    stated = migration.header.get("Migration", "")
    if stated and stated.removesuffix(".sql") != migration.version:
        yield _problem(
            "header",
            f"the header says Migration: {stated}, the file is {migration.version}.sql",
            "Correct the line, or the file's name.",
            Location(migration.path, header_line(migration.text, "Migration")),
        )


def _problem(aspect: str, message: str, hint: str, *locations: Location) -> Finding:
    return Finding(f"file.{aspect}", Severity.CRITICAL, message, hint, locations=locations)


def _numbered(known: Sequence[str], wanted: str) -> list[str]:
    if not _DIGITS.fullmatch(wanted):
        return []
    numbers = {name: _DIGITS.match(name) for name in known}
    return [name for name, match in numbers.items() if match and int(match[0]) == int(wanted)]


def _nearest(known: Sequence[str], wanted: str) -> str:
    if not known:
        return "There are no migrations."
    names = {name.partition("_")[2] or name: name for name in known}
    names |= {name: name for name in known}
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    return f"Did you mean {names[near[0]]}?" if near else f"The last one is {known[-1]}."
