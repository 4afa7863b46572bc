"""Keep ``schema.lock``, the order of a folder's files, as the files are."""

from __future__ import annotations

from pathlib import Path

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding
from schema_tools.history.directory import shown
from schema_tools.history.lock_file import (
    LOCK_FILE,
    check_lock,
    lock_findings,
    lock_text,
    read_lock,
    versions_in,
)
from schema_tools.services.whole_file import replace_file


def keep_lock(folder: Path) -> bool:
    """Write the lock file for the files of a folder; return whether it was another before.

    Who adds, removes or renames files there calls it afterwards. Raises ConfigurationError where
    the folder, Unavailable where the file is out of reach.
    """
    path = folder / LOCK_FILE
    try:
        versions = versions_in(folder)
    except OSError as error:
        raise ConfigurationError(
            f"the migrations folder {shown(folder)} cannot be read: {error.strerror}"
        ) from error
    text = lock_text(versions).encode()
    if not (versions or path.exists()):
        return False
    if path.is_file() and path.read_bytes().replace(b"\r\n", b"\n") == text:
        return False
    replace_file(path, text, "the lock file")
    return True


def lock_trouble(folder: Path) -> tuple[Finding, ...]:
    """Return what is wrong with the lock file of a folder; there need not be one."""
    return check_lock(folder, shown(folder / LOCK_FILE))


def check_settled(folder: Path) -> None:
    """Raise ConfigurationError where the lock file tells of a merge that is not settled.

    A new line would take that off everybody's eyes.
    """
    lock = read_lock(folder)
    if lock is None or lock.is_settled:
        return
    for finding in lock_findings(lock, (), shown(folder / LOCK_FILE)):
        raise ConfigurationError(
            finding.message, where=str(finding.locations[0]), hint=finding.hint
        )
