"""The text of a migration as it was when it ran: from the history's events, else from git."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import MigrationFileError
from schema_tools.history.files import decoded, parse_migration
from schema_tools.history.migration import Migration
from schema_tools.history.record import Applied, Unfinished
from schema_tools.services.provenance import git
from schema_tools.services.target import Target

_GIT_SECONDS = 5
# How many commits to look at that have changed the file.
_COMMITS = 10
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class PastText:
    """A text whose checksum is that of what ran, and where it was found."""

    text: str
    origin: str


def past_text(target: Target, row: Applied | Unfinished) -> PastText | None:
    """Return the text of a row's checksum; None where nobody has kept it."""
    if not row.checksum:
        return None
    text = target.ledger.text_of(target.connection, row)
    if text is not None:
        return PastText(text, f"the events of {target.ledger}")
    folder, file = target.settings.migrations_dir, f"{row.version}.sql"
    for commit in dict.fromkeys(_commits(folder, file, row)):
        found = _text_in(folder, file, commit)
        if found is not None and _checksum(found) == row.checksum.lower():
            return PastText(found, f"git, commit {commit[:12]}")
    return None


def past_migration(row: Applied | Unfinished, past: PastText | None) -> Migration | None:
    """Return a past text as the migration that it was; None for one that is not known.

    Nor is one whose version, which a database says, is no name of a file.
    """
    name = f"{row.version}.sql"
    if past is None:
        return None
    try:
        return parse_migration(name, past.text.encode(), name)
    except MigrationFileError:
        return None


def _commits(folder: Path, file: str, row: Applied | Unfinished) -> Iterator[str]:
    """Yield the commits that may have it; a commit that took it away comes with its parent."""
    recorded = getattr(row, "git_commit", "")
    if _COMMIT.fullmatch(recorded):
        yield recorded
    listed = git(folder, "log", f"-{_COMMITS}", "--format=%H %P", "HEAD", "--", file)
    yield from (commit for commit in listed.split() if _COMMIT.fullmatch(commit))


def _text_in(folder: Path, file: str, commit: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "show", f"{commit}:./{file}"],
            cwd=folder,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
        return decoded(done.stdout, file) if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, MigrationFileError):
        return None


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
