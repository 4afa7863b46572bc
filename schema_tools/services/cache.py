"""Entries on disk under a key that says all they were made from: there, or made anew.

Whatever is wrong with the folder or an entry (cut off, edited, somebody else's, no room, no right
to write) has one consequence only: the work is done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import stat
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

VARIABLE = "SCHEMA_TOOLS_CACHE"
"""The environment variable that names the folder; empty, it turns the cache off."""

MOST_ENTRIES = 40
MOST_BYTES = 200 * 1024 * 1024
_FORMAT = b"schema_tools cache 1\n"
_DIGEST = 32
_ABANDONED = 3600.0  # seconds after which an unfinished entry is nobody's any more


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries, None for none. Reading and writing never fail."""

    folder: Path | None = None

    @property
    def is_on(self) -> bool:
        """Return whether there is any use in asking."""
        return self.folder is not None

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a key, if it is whole."""
        if self.folder is None:
            return None
        path = self.folder / key
        try:
            data = _read_own(path)
            os.utime(path)  # the entries that nobody asks for go first
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.debug("cache entry not read: %s", error)
            return None
        return _unpacked(key, data)

    def put(self, key: str, data: bytes) -> None:
        """Keep something under a key, in place of what is there, and let go of what is old."""
        if self.folder is None:
            return
        try:
            _make_private(self.folder)
            _write(self.folder / key, _packed(key, data))
            _prune(self.folder)
        except OSError as error:
            logger.debug("nothing kept in the cache: %s", error)


NO_CACHE = Cache()


def open_cache(project: Path) -> Cache:
    """Return the cache of a project, which a folder of it stands for. Makes nothing yet."""
    parent = _parent()
    if parent is None:
        return NO_CACHE
    name = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()[:16]
    return Cache(parent / name)


def _parent() -> Path | None:
    given = os.environ.get(VARIABLE)
    if given is not None:
        return Path(given).absolute() if given else None
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(base) if base.startswith("/") else Path.home() / ".cache"
    except RuntimeError:  # nobody knows where home is
        return None
    return home / "schema_tools"


def _make_private(folder: Path) -> None:
    """Make the folder for this user alone; raise OSError where it is or would be another's."""
    if os.geteuid() == 0 and _nearest(folder).stat().st_uid != 0:
        raise PermissionError(f"{folder} is in the home of another user than root")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not a folder of this user's own")
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"others may write to {folder}")


def _nearest(folder: Path) -> Path:
    """Return the folder itself or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _read_own(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a Path cannot refuse to follow links
        facts = os.fstat(descriptor)
        if facts.st_uid != os.geteuid() or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(f"{path} is not this user's own")
        return file.read()


def _packed(key: str, data: bytes) -> bytes:
    body = zlib.compress(data, level=1)
    return _FORMAT + _checksum(key, body) + body


def _unpacked(key: str, data: bytes) -> bytes | None:
    start = len(_FORMAT) + _DIGEST
    body = data[start:]
    if data[:start] != _FORMAT + _checksum(key, body):
        logger.debug("cache entry %s is damaged", key)
        return None
    return zlib.decompress(body)


def _checksum(key: str, body: bytes) -> bytes:
    """Return the checksum of an entry; under another key's name it is another."""
    return hashlib.sha256(key.encode() + body).digest()


def _write(path: Path, data: bytes) -> None:
    """Write a file that nobody sees before it is whole."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - made for this user alone
            file.write(data)
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _prune(folder: Path) -> None:
    """Delete the entries used longest ago, beyond a number and a size, and what is unfinished."""
    entries = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another run prunes, too
            facts = path.stat()
            if path.name.startswith("."):
                if facts.st_mtime < time.time() - _ABANDONED:
                    path.unlink()
            else:
                entries.append((facts.st_mtime, facts.st_size, path))
    total = 0
    for number, (_used, size, path) in enumerate(sorted(entries, reverse=True)):
        total += size
        if number >= MOST_ENTRIES or total > MOST_BYTES:
            path.unlink(missing_ok=True)
