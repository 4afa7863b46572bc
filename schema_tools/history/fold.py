"""See files and history as if a squashed file had never been several, or never become one.

A squashed file stands for others. Which of the two a database goes by depends on its history
alone; nothing is written for it. What comes out is what every other part of the tool looks at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding
from schema_tools.history import problems as problem
from schema_tools.history.directory import Directory, find_migration
from schema_tools.history.migration import Migration, number_of
from schema_tools.history.record import Applied, History
from schema_tools.history.squashed import Member, Squashed, counted_as_there, squashed_files

_NEW = History()


def fold(directory: Directory, history: History = _NEW) -> tuple[Directory, History]:
    """Return files and history with either a squashed file or what it stands for, never both.

    Without a history, as a new database would see the files. To fold again changes nothing.
    """
    squashed = squashed_files(directory.migrations)
    if not squashed:
        return directory, history
    view = _View(
        {migration.version: migration for migration in directory.migrations},
        {row.version: row for row in history.applied},
        frozenset(run.version for run in history.unfinished if run.may_have_effects),
    )
    # One that is recorded itself settles all that is in it; of the others the inner one is first.
    recorded = [each for each in squashed if each.file.version in view.begun_or_applied]
    for each in (*recorded[::-1], *(other for other in squashed if other not in recorded)):
        if each.file.version in view.files:
            view = _folded(view, each)
    return _seen(directory, view), replace(history, applied=_in_order(history, view))


def outlived(directory: Directory, history: History) -> tuple[Squashed, ...]:
    """Return the squashed files all of whose members this database has, one by one.

    As far as it is concerned the members' files may go.
    """
    seen, _history = fold(directory, history)
    if seen.problems != directory.problems:
        return ()
    squashed = squashed_files(directory.migrations)
    there = counted_as_there({row.version for row in history.applied}, squashed)
    idle = {each.file.version for each in squashed} - {file.version for file in seen.migrations}
    found = [each for each in squashed if each.file.version in idle & there]
    within = frozenset().union(*(each.versions for each in found))
    return tuple(each for each in found if each.file.version not in within)


def files_up_to(directory: Directory, target: str = "") -> tuple[Migration, ...]:
    """Return the files that a new database would run, all or up to and with one of them.

    A file that a later squashed file stands for can be named as long as it is there.
    """
    counted = fold(directory)[0].migrations
    if not target:
        return counted
    versions = {file.version for file in counted}
    others = {file.version for file in directory.migrations} - versions
    try:
        version = find_migration(versions, target)
    except ConfigurationError:
        version = _found(others, target) or find_counted(versions, target, directory)
    last = number_of(version)
    upto = tuple(file for file in directory.migrations if file.number <= last)
    return fold(replace(directory, migrations=upto))[0].migrations


def named_file(directory: Directory, history: History, target: str) -> Migration:
    """Return the file that a user means, of those that count with this history."""
    files = {file.version: file for file in fold(directory, history)[0].migrations}
    return files[find_counted(files, target, directory)]


def find_counted(versions: Iterable[str], target: str, directory: Directory) -> str:
    """Return the version that a user means among those that count.

    The name of a squashed file and that of its last member mean the same state; which of them
    counts depends on the database. Raises ConfigurationError as ``find_migration`` does, and
    where a squashed file that counts as a whole has it.
    """
    known = set(versions)
    try:
        return find_migration(known, target)
    except ConfigurationError:
        squashed = squashed_files(directory.migrations)
        names = {file.version for file in directory.migrations}
        meant = _found(names.union(*(each.versions for each in squashed)) - known, target)
        if not meant:
            raise
    alike = [each for each in known if number_of(each) == number_of(meant)]
    if len(alike) == 1:
        return alike[0]
    whole = (each.file.version for each in squashed if meant in each.versions)
    raise ConfigurationError(
        f"{meant} counts here only as a part of a squashed file",
        hint=f"Name that one: {', '.join(known.intersection(whole)) or 'see sqlmigrate_status'}.",
    )


def _found(versions: Iterable[str], target: str) -> str:
    """Return the version that is meant, "" where none is, or more than one."""
    try:
        return find_migration(versions, target)
    except ConfigurationError:
        return ""


@dataclass(frozen=True, slots=True)
class _View:
    """Files and rows by version, as far as they count; ``begun`` are versions half-run.

    ``lost`` are versions on record whose files a problem has called for.
    """

    files: Mapping[str, Migration]
    rows: Mapping[str, Applied]
    begun: frozenset[str]
    problems: tuple[Finding, ...] = ()
    lost: frozenset[str] = frozenset()

    @property
    def begun_or_applied(self) -> Set[str]:
        """Return the versions of which the database has something."""
        return self.rows.keys() | self.begun

    def without(self, files: Collection[str], rows: Collection[str] = ()) -> _View:
        """Return the same, less some files and rows."""
        return replace(
            self,
            files={name: file for name, file in self.files.items() if name not in files},
            rows={name: row for name, row in self.rows.items() if name not in rows},
        )


def _folded(view: _View, squashed: Squashed) -> _View:
    """Return the view in which a squashed file stands for its members, or they for it."""
    version, members = squashed.file.version, squashed.versions
    if version in view.begun_or_applied:
        return view.without(members, members)
    if not members & view.begun_or_applied:
        return view.without(members)
    parts = tuple(_parts(view, squashed))
    gone = frozenset(each.version for each in parts if each.version not in view.files)
    applied = [each for each in parts if each.version in view.rows.keys() - view.begun]
    without_it = view.without({version})
    if view.lost & members:  # what is wrong is said of a squashed file within
        return without_it
    if other := next((each for each in applied if _is_another(view, each)), None):
        found = problem.squashed_otherwise(squashed.file, other.version)
    elif not gone:
        return without_it
    elif len(applied) == len(parts):
        return _accepted(view, squashed, applied)
    else:
        lacking = [each.version for each in parts if each.version in gone]
        found = problem.squashed_in_part(squashed.file, len(applied), len(parts), lacking)
    return replace(
        without_it,
        problems=(*view.problems, found),
        lost=view.lost | (gone & view.rows.keys()),
    )


def _parts(view: _View, squashed: Squashed, inside: str = "") -> Iterator[Member]:
    """Yield the members by which this database goes: a squashed one, or those that were in it."""
    known = view.begun_or_applied
    for member in squashed.within(inside):
        inner = tuple(_parts(view, squashed, member.version))
        if member.version not in known and any(each.version in known for each in inner):
            yield from inner
        else:
            yield member


def _is_another(view: _View, member: Member) -> bool:
    """Return whether another text was applied than the squashed file holds.

    Where the file is there and differs from what was applied, that is said of the file.
    """
    was, file = view.rows[member.version].checksum.lower(), view.files.get(member.version)
    return was not in {"", member.checksum} and (file is None or file.checksum == was)


def _accepted(view: _View, squashed: Squashed, applied: Iterable[Member]) -> _View:
    """Return the view in which a squashed file is applied, since all of its members are."""
    rows = sorted((view.rows[each.version] for each in applied), key=lambda row: row.position)
    file = squashed.file
    row = replace(
        rows[-1],
        version=file.version,
        name=file.name,
        checksum=file.checksum,
        execution_time_ms=sum(each.execution_time_ms for each in rows),
        stands_for=tuple(name for each in rows for name in each.stands_for or (each.version,)),
    )
    found = view.without(squashed.versions, squashed.versions)
    return replace(found, rows={**found.rows, row.version: row})


def _seen(directory: Directory, view: _View) -> Directory:
    return replace(
        directory,
        migrations=tuple(file for file in directory.migrations if file.version in view.files),
        problems=(*directory.problems, *view.problems),
        lost=directory.lost | view.lost,
    )


def _in_order(history: History, view: _View) -> tuple[Applied, ...]:
    """Return the rows that count; a squashed file has the place of its last member."""
    last = {row.stands_for[-1]: row for row in view.rows.values() if row.stands_for}
    found = (last.get(row.version) or view.rows.get(row.version) for row in history.applied)
    return tuple(row for row in found if row is not None)
