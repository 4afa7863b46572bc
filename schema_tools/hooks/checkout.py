"""The project as it is staged: a checkout of the index, gone when it has been looked at."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from schema_tools.hooks.work_tree import WorkTree

# In git's own folder of the work tree: the path is the same each time, and with it the key under
# which validations are kept, and what a killed run leaves is found by the next.
_PLACE = "schema_tools"
# What Python makes anew, and what would count as staged.
_LEFT_OUT = ("__pycache__", ".pyc", ".sql")


@contextlib.contextmanager
def staged_project(work_tree: WorkTree) -> Iterator[Path]:
    """Yield a folder with all that is staged, beside it what git ignores: ``.env``, say.

    In the block it is from there that Python imports what it would import from the work tree.
    """
    with _own_folder(work_tree.git_dir / _PLACE) as place:
        tree = place / "staged"
        tree.mkdir()
        work_tree.check_out(place, tree)
        _link_ignored(work_tree, tree)
        before = list(sys.path)
        sys.path[:] = [led_into(tree, entry, work_tree.roots) for entry in sys.path]
        try:
            yield tree
        finally:
            sys.path[:] = before
            os.chdir(work_tree.top)  # the current folder must not be one that is gone


@contextlib.contextmanager
def _own_folder(place: Path) -> Iterator[Path]:
    """Yield an empty folder that no other run uses, and remove it; who comes second waits."""
    descriptor = _locked(place)
    try:
        _empty(place)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(descriptor)


def _locked(place: Path) -> int:
    while True:
        place.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):  # who had it before has removed it
            if _is(descriptor, place):
                return descriptor
        os.close(descriptor)


def _is(descriptor: int, place: Path) -> bool:
    opened, there = os.fstat(descriptor), place.stat()
    return (opened.st_dev, opened.st_ino) == (there.st_dev, there.st_ino)


def _empty(place: Path) -> None:
    for left in place.iterdir():
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def _link_ignored(work_tree: WorkTree, tree: Path) -> None:
    for path in filter(None, work_tree.ignored()):
        name = path.rstrip("/")
        link = tree / name
        if name.endswith(_LEFT_OUT) or not link.parent.is_dir():
            continue
        with contextlib.suppress(OSError):  # git makes an empty folder of a submodule
            link.rmdir()
        with contextlib.suppress(FileExistsError):
            link.symlink_to(work_tree.top / name)


def led_into(tree: Path, entry: str, roots: tuple[Path, ...]) -> str:
    """Return an entry of ``sys.path``, of a work tree the same folder of the checkout.

    What is in the checkout by a link only, such as a virtual environment, stays where it is.
    """
    folder = Path(entry).resolve()
    for root in roots:
        if folder.is_relative_to(root):
            staged = tree / folder.relative_to(root)
            if staged.is_dir() and staged.resolve() == staged:
                return str(staged)
    return entry
