"""Files of a folder under their new names: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from schema_tools.errors import ConfigurationError, Unavailable
from schema_tools.history.directory import shown
from schema_tools.history.renumbering import Moved
from schema_tools.services.whole_file import replace_file


def path_of(folder: Path, version: str) -> Path:
    """Return the file of a version."""
    return folder / f"{version}.sql"


def contents_of(folder: Path, versions: Iterable[str]) -> dict[str, bytes]:
    """Return what is in the files of these versions; raises ConfigurationError."""
    try:
        return {version: path_of(folder, version).read_bytes() for version in versions}
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename} cannot be read: {error.strerror}",
            hint="It must be a file that the user who runs this may read.",
        ) from error


def write_moved(folder: Path, files: Sequence[Moved]) -> None:
    """Write each file under its new name before the old one goes; undo all where that fails.

    The last goes first, so that the name that a file is to have is free by then. Raises
    Unavailable where one cannot be written.
    """
    before = contents_of(folder, [each.version for each in files])
    made: list[Path] = []
    try:
        for each in reversed(files):
            _move(folder, each, made)
    except BaseException as error:
        for each in files:
            with suppress(OSError):
                _move_back(folder, each, before[each.version], made)
        if not isinstance(error, OSError):
            raise
        raise Unavailable(
            f"{error.filename or shown(folder)} cannot be written: {error.strerror}; the files "
            "are as they were",
            hint="May the user who runs this write to that folder?",
        ) from error


def _move(folder: Path, each: Moved, made: list[Path]) -> None:
    old, new = path_of(folder, each.version), path_of(folder, each.becomes)
    if not each.is_renamed:
        replace_file(new, each.content, "the file")
        return
    with new.open("xb") as file:  # never over another
        made.append(new)
        file.write(each.content)
    new.chmod(old.stat().st_mode)
    old.unlink()


def _move_back(folder: Path, each: Moved, content: bytes, made: Sequence[Path]) -> None:
    old, new = path_of(folder, each.version), path_of(folder, each.becomes)
    if not (each.is_renamed and old.exists()):
        old.write_bytes(content)
    if each.is_renamed and new in made:
        new.unlink()
