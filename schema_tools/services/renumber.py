"""Let the new files of a branch follow those of another, under new numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError, SchemaToolsError
from schema_tools.findings import Finding, NotChecked, Report, Table
from schema_tools.history.command import command
from schema_tools.history.directory import shown
from schema_tools.history.lock_file import LOCK_FILE, versions_in
from schema_tools.history.migration import number_of
from schema_tools.history.problems import problem
from schema_tools.history.record import History
from schema_tools.history.renumbering import Moved, moved, new_versions
from schema_tools.reports.words import counted
from schema_tools.services.each_database import all_aliases
from schema_tools.services.keep_lock import keep_lock
from schema_tools.services.moved_files import contents_of, path_of, write_moved
from schema_tools.services.repository import Repository
from schema_tools.services.target import open_target

# To wait for each database; which of them are out of reach is said.
_SECONDS = 5.0
_MERGE = "MERGE_HEAD"
_SQUASHES = re.compile(rb"^[ \t]*--+[ \t]*Squashes[ \t]*:", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Branches:
    """What a folder holds, and what of it another branch knows nothing of.

    ``new`` are those versions, in their order, ``others`` all others; ``theirs`` are those of the
    other branch that are not in the folder yet.
    """

    new: tuple[str, ...]
    others: frozenset[str]
    theirs: tuple[str, ...]
    merging: bool

    @property
    def last(self) -> str:
        """Return the last of the others, "" where there is none."""
        return max(self.others, key=lambda version: (number_of(version), version), default="")


def renumber(
    alias: str, onto: str, *, dry_run: bool = False, now: datetime | None = None
) -> Report:
    """Move files that a commit does not have behind those that it has; git's index stays.

    A report that is not ok touched nothing: a file is applied already in one of the databases.
    Raises ConfigurationError where git does not know the commit, or a file is in conflict.
    """
    folder = get_settings(alias).migrations_dir
    branches = _look(folder, onto)
    contents = contents_of(folder, branches.new)
    _check_no_squashed(folder, contents, onto)
    becomes = new_versions(branches.new, branches.last, now or datetime.now(UTC))
    files = moved(contents, becomes, branches.others)
    problems, not_checked = _applied(folder, [each.version for each in files])
    if problems:
        return Report(
            title="",
            findings=problems,
            not_checked=not_checked,
            summary="Refused before anything was touched.",
            facts=_facts(folder, onto, files, written=False),
            ok=False,
        )
    if not dry_run:
        write_moved(folder, files)
        keep_lock(folder)
    return Report(
        title="",
        not_checked=not_checked,
        summary=_summary(folder, onto, branches, files, dry_run=dry_run),
        tables=(_table(files),) if files else (),
        facts=_facts(folder, onto, files, written=not dry_run),
    )


def _look(folder: Path, onto: str) -> _Branches:
    """Return what is new in a folder; in the middle of a merge both branches' files are there."""
    try:
        here = versions_in(folder)
    except OSError as error:
        raise ConfigurationError(
            f"the migrations folder {shown(folder)} cannot be read: {error.strerror}"
        ) from error
    repository = Repository(folder)
    other, head = repository.commit(onto), repository.commit("HEAD")
    _check_settled(folder, repository.unmerged())
    merging = repository.find_commit(_MERGE)
    theirs = _versions(repository.names(other))
    # A file that both sides began with is not new, even where the other has removed it since.
    bases = {repository.common(other, side) for side in filter(None, (head, merging))}
    began = frozenset[str]().union(*(_versions(repository.names(base)) for base in bases))
    old = theirs | began
    committed = _versions(repository.names(head))
    # What is committed here comes first: during a rebase it has its new number already.
    new = sorted(
        (version for version in here if version not in old),
        key=lambda version: (number_of(version), version not in committed, version),
    )
    others = theirs | {version for version in here if version in old}
    return _Branches(
        new=tuple(new),
        others=others,
        theirs=tuple(sorted(theirs - began - set(here), key=number_of)),
        merging=bool(merging),
    )


def _versions(names: Iterable[str]) -> frozenset[str]:
    """Return the versions among names of files; whatever begins with a number counts."""
    return frozenset(
        name.removesuffix(".sql") for name in names if name.endswith(".sql") and name[:1].isdigit()
    )


def _check_settled(folder: Path, unmerged: Iterable[str]) -> None:
    """Refuse SQL files in conflict; the lock file is written anew in any case."""
    for name in sorted(unmerged):
        if name.endswith(".sql") and "/" not in name:
            raise ConfigurationError(
                "the file is in conflict, so what it is to be is not known",
                where=shown(folder / name),
                hint="Settle it and git add it, then run the command again. Where both branches "
                f"have added a file of that name, write one of them (git show :2:./{name}, or "
                ":3: for the other's) under another name.",
            )


def _check_no_squashed(folder: Path, contents: Mapping[str, bytes], onto: str) -> None:
    """Refuse a file that stands for others: its number is that of the last of them."""
    for version, content in contents.items():
        if _SQUASHES.search(content):
            raise ConfigurationError(
                "a squashed file has the number of the last file that it stands for, and no other",
                where=shown(path_of(folder, version)),
                hint=f"Take it back, let the other files follow those of {onto}, and squash once "
                "both branches are merged.",
            )


def _applied(
    folder: Path, versions: Sequence[str]
) -> tuple[tuple[Finding, ...], tuple[NotChecked, ...]]:
    """Return which databases have a file, whole or in part, and which could not be asked."""
    found: list[Finding] = []
    missed: list[NotChecked] = []
    for alias in all_aliases() if versions else ():
        if get_settings(alias).migrations_dir != folder:
            continue
        try:
            with open_target(alias, files=False, seconds=_SECONDS) as target:
                history = target.ledger.read(target.connection)
        except (SchemaToolsError, psycopg.Error) as error:
            reason = " ".join(str(error).split())
            missed.append(NotChecked(f"what is applied in database {alias!r}", reason))
            continue
        found += _on_record(folder, alias, history, versions)
    return tuple(found), tuple(missed)


def _on_record(
    folder: Path, alias: str, history: History, versions: Sequence[str]
) -> Iterator[Finding]:
    rows = [row.version for row in sorted(history.applied, key=lambda row: row.position)]
    half_done = [run.version for run in history.unfinished if run.done or run.alive]
    first = min((rows.index(each) for each in versions if each in rows), default=0)
    stays = rows[first - 1] if first else "zero"
    for version in versions:
        if version in rows or version in half_done:
            what = "is applied" if version in rows else "has run in part"
            yield problem(
                "renumber",
                f"it cannot get another number: it {what} in database {alias!r}",
                path=shown(path_of(folder, version)),
                hint="Undo it there first: "
                f"{command('sqlmigrate_rollback', stays, '--plan', alias=alias)} shows how. "
                "Where it has to stay, give the other branch's files new numbers instead.",
            )


def _summary(
    folder: Path, onto: str, branches: _Branches, files: Sequence[Moved], *, dry_run: bool
) -> str:
    renamed = [each for each in files if each.is_renamed]
    if dry_run:
        return f"Nothing was touched. {counted(len(renamed), 'file')} would get a new number."
    add = f"git add -A {shown(folder)}"
    if branches.merging:
        add += " && git commit"
    elif branches.theirs:
        add += f", commit it, and git merge {onto}, which has {_listed(branches.theirs)}"
    if not renamed:
        return (
            f"Nothing to move behind {onto}; {shown(folder / LOCK_FILE)} says the order of the "
            "files."
        )
    what = f"{counted(len(renamed), 'file')} moved behind {branches.last or onto}."
    return f"{what} Next: {add}"


def _listed(versions: Sequence[str]) -> str:
    return versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]}"


def _table(files: Sequence[Moved]) -> Table:
    rows = tuple((f"{each.version}.sql", f"{each.becomes}.sql", str(each.lines)) for each in files)
    return Table(("file", "becomes", "lines changed"), rows)


def _facts(folder: Path, onto: str, files: Sequence[Moved], *, written: bool) -> dict[str, object]:
    return {
        "onto": onto,
        "moved": [
            {
                "from": each.version,
                "to": each.becomes,
                "path": shown(path_of(folder, each.becomes)),
                "lines": each.lines,
            }
            for each in files
        ],
        "written": written,
    }
