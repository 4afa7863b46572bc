"""What a branch does to migration files that others may have by now."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from schema_tools.errors import MigrationFileError
from schema_tools.findings import Finding
from schema_tools.history.command import command
from schema_tools.history.directory import read_directory, shown
from schema_tools.history.files import decoded
from schema_tools.history.problems import problem
from schema_tools.history.squashed import squashed_files
from schema_tools.services.repository import Repository


@dataclass(frozen=True, slots=True)
class SqlChange:
    """A file of the migrations folder that a commit changes.

    ``published`` is what it holds on the main branch, ``staged`` what it would hold: None where
    there is no such file. ``typed`` is the path for a user who is in another folder, "" for none.
    """

    path: str
    published: bytes | None
    staged: bytes | None
    typed: str = ""

    @property
    def version(self) -> str:
        """Return the migration's version."""
        return PurePath(self.path).stem

    @property
    def is_as_published(self) -> bool:
        """Return whether a checksum would not tell the two from each other."""
        before, after = self.published, self.staged
        if before == after:
            return True
        return before is not None and after is not None and _text(before) == _text(after)


def published(
    alias: str, changes: Iterable[SqlChange], main: str, squashed: frozenset[str]
) -> Iterator[Finding]:
    """Yield a finding for each file that others have by now, and that a commit would change.

    One that a squashed file stands for may go.
    """
    create = command("sqlmigrate_create", "NAME", alias=alias)
    for change in changes:
        gone = change.staged is None
        if change.published is None or change.is_as_published:
            continue
        if gone and change.version in squashed:
            continue
        would = "deleted or given another name" if gone else "changed"
        path = shlex.quote(change.typed or change.path)
        yield problem(
            "published",
            f"the file is on {main}, and would be {would}: databases may have it already",
            path=change.path,
            hint=f"Put it back (git checkout {shlex.quote(main)} -- {path}), and write the change "
            f"as a new migration: {create}",
        )


def changes_against(folder: Path, ref: str) -> tuple[SqlChange, ...]:
    """Return the SQL files of a folder that differ from where this branch left a ref.

    What is in the work tree counts, committed or not. What others have added to the ref since is
    no change of ours. Raises ConfigurationError where git cannot tell.
    """
    repository = Repository(folder)
    base = repository.common("HEAD", repository.commit(ref))
    before = repository.names(base)
    there = {path.name for path in folder.iterdir()}
    differing = {*(there - before), *repository.differing(base)}
    return tuple(
        SqlChange(
            shown(folder / name),
            repository.content(base, name) if name in before else None,
            (folder / name).read_bytes() if name in there else None,
        )
        for name in sorted(differing)
        if name.lower().endswith(".sql") and name[0] not in "._"
    )


def stood_for(folder: Path) -> frozenset[str]:
    """Return the versions for which squashed files of a folder stand."""
    found = squashed_files(read_directory(folder).migrations)
    return frozenset().union(*(each.versions for each in found))


def _text(data: bytes) -> str | bytes:
    """Return the text that a checksum is made of, and what is no text as it is."""
    try:
        return decoded(data, "")
    except MigrationFileError:
        return data
