"""``schema.lock``: the versions in their order, so that git tells branches which both add one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import MigrationFileError
from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.files import split_name

LOCK_FILE = "schema.lock"

_ABOUT = """\
# The order of the migrations in this folder. A checksum counts in all lines above it, so that two
# branches which both add a migration conflict here; manage.py sqlmigrate_renumber settles that.
"""
_MARK_DIGITS = 16
# What git writes around the lines of both sides; ||||||| with merge.conflictStyle=diff3.
_CONFLICT = re.compile(r"(<{7}|\|{7}|={7}|>{7})( .*)?")
_MOST = 5  # of the versions are named
_RENUMBER = (
    "Let the new files of one branch follow those of the other, and this file with them: "
    "manage.py sqlmigrate_renumber --onto REF, the other branch (MERGE_HEAD during a merge)."
)
_FIX = "manage.py sqlmigrate_lint --fix"


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file says; a line number is 0 where there is no such line.

    ``conflict`` is the first line that git wrote into a merge that is not settled, ``broken`` the
    first whose checksum does not follow from the lines above it.
    """

    versions: tuple[str, ...]
    conflict: int = 0
    broken: int = 0

    @property
    def is_settled(self) -> bool:
        """Return whether its lines follow each other, whichever files there are."""
        return not (self.conflict or self.broken)


def lock_text(versions: Iterable[str]) -> str:
    """Return the lock file for versions in their order."""
    lines, mark = [], ""
    for version in versions:
        mark = _mark(mark, version)
        lines.append(f"{version} {mark}\n")
    return _ABOUT + "".join(lines)


def parse_lock(text: str) -> Lock:
    """Return what the text of a lock file says."""
    versions: list[str] = []
    mark, conflict, broken = "", 0, 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if _CONFLICT.fullmatch(line):
            conflict = conflict or number
            continue
        version, _blank, stated = line.partition(" ")
        versions.append(version)
        broken = broken or (number if stated != _mark(mark, version) else 0)
        mark = stated
    return Lock(tuple(versions), conflict, broken)


def read_lock(folder: Path) -> Lock | None:
    """Return what the lock file of a folder says; None where there is none to be read."""
    try:
        return parse_lock((folder / LOCK_FILE).read_text(encoding="utf-8-sig", errors="replace"))
    except OSError:
        return None


def versions_in(folder: Path) -> tuple[str, ...]:
    """Return the versions of a folder's files in their order, whatever is in them.

    Raises OSError where it cannot be listed.
    """
    found = []
    for path in folder.iterdir():
        if path.suffix != ".sql" or path.name.startswith(("_", ".")):
            continue
        with suppress(MigrationFileError):
            found.append((split_name(path.name, path.name)[0], path.stem))
    return tuple(version for _number, version in sorted(found))


def check_lock(folder: Path, path: str) -> tuple[Finding, ...]:
    """Return what is wrong with a folder's lock file, if there is one; ``path`` is its name."""
    lock = read_lock(folder)
    return tuple(lock_findings(lock, versions_in(folder), path)) if lock else ()


def lock_findings(lock: Lock, versions: Sequence[str], path: str) -> Iterator[Finding]:
    """Yield what is wrong with a lock file beside files of these versions, the cause first.

    None of it stops a run: the numbers of the files tell their order, too.
    """
    if lock.conflict:
        yield Finding(
            "file.lock",
            Severity.WARNING,
            "it holds the lines of both sides of a merge: both branches have added migrations",
            _RENUMBER,
            locations=(Location(path, lock.conflict),),
        )
    elif lock.broken:
        yield Finding(
            "file.lock",
            Severity.WARNING,
            "this line does not follow from the lines above it: lines of two branches were put "
            "together, or it was edited by hand",
            f"{_RENUMBER} Where the order is as it is meant: {_FIX}",
            locations=(Location(path, lock.broken),),
        )
    elif lock.versions != tuple(versions):
        yield Finding(
            "file.lock",
            Severity.WARNING,
            f"it does not say which files there are: {_difference(lock, versions)}",
            _how_to_settle(lock, versions),
            locations=(Location(path),),
        )


def _mark(before: str, version: str) -> str:
    digest = hashlib.sha256(f"{before} {version}".encode())
    return digest.hexdigest()[:_MARK_DIGITS]


def _difference(lock: Lock, versions: Sequence[str]) -> str:
    parts = []
    if new := [version for version in versions if version not in lock.versions]:
        parts.append(
            f"{_listed(new)} has no line" if len(new) == 1 else f"{_listed(new)} have none"
        )
    if gone := [version for version in lock.versions if version not in versions]:
        parts.append(f"there is no file {_listed(gone)}")
    return "; ".join(parts) or "their order is another"


def _how_to_settle(lock: Lock, versions: Sequence[str]) -> str:
    if set(lock.versions) <= set(versions):
        return f"Write it anew: {_FIX}"
    return f"Get the file back from version control. If it is meant to be gone: {_FIX}"


def _listed(versions: Sequence[str]) -> str:
    more = f" and {len(versions) - _MOST} more" if len(versions) > _MOST else ""
    return ", ".join(versions[:_MOST]) + more
