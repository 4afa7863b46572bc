"""Where a file stands for the program that reads a report: its path from the checkout's root."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# GitHub Actions' and GitLab CI's names for the folder of the checkout.
_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def from_root(path: str) -> str:
    """Return a path, with slashes, from the checkout's root; outside of it the whole path.

    Where no CI names a root, or the command runs elsewhere, it is the current folder.
    """
    root, here = _root(os.environ), Path.cwd()
    whole = os.path.normpath(here / path)
    inside = os.path.relpath(whole, root)
    outside = Path(inside).parts[:1] == (os.pardir,)
    return Path(whole if outside else inside).as_posix()


def _root(environment: Mapping[str, str]) -> str:
    here = os.path.realpath(Path.cwd())
    for name in _ROOTS:
        root = environment.get(name, "")
        if root and Path(here).is_relative_to(os.path.realpath(root)):
            return os.path.normpath(root)
    return str(Path.cwd())
