"""What git knows of a folder: its files in a commit, and merges that are not settled."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import ConfigurationError
from schema_tools.history.directory import shown

_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder in a git repository; git is only asked, nothing is changed.

    Each question raises ConfigurationError where git cannot answer it.
    """

    folder: Path

    def commit(self, ref: str) -> str:
        """Return the commit that a name stands for."""
        found = "" if ref.startswith("-") else self.find_commit(ref)
        if found:
            return found
        self._ask("rev-parse", "--git-dir")  # says so where there is no repository
        raise ConfigurationError(
            f"git knows no commit {ref!r}",
            hint="Name a branch, a tag or a commit that is here; git fetch gets what is not.",
        )

    def find_commit(self, ref: str) -> str:
        """Return the commit that a name stands for, "" where there is none."""
        found = self._run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return os.fsdecode(found.stdout).strip() if found.returncode == 0 else ""

    def names(self, commit: str) -> frozenset[str]:
        """Return the names of the files that the folder has in a commit."""
        return _names(self._ask("ls-tree", "-z", "--name-only", commit))

    def content(self, commit: str, name: str) -> bytes:
        """Return what a file of the folder holds in a commit."""
        return self._ask("cat-file", "blob", f"{commit}:./{name}")

    def differing(self, commit: str) -> frozenset[str]:
        """Return the names of the commit's files that are others in the work tree, or gone."""
        options = ("--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z")
        return _names(self._ask("diff", *options, commit, "--", "."))

    def common(self, one: str, other: str) -> str:
        """Return the commit from which two have gone different ways."""
        found = self._run("merge-base", one, other)
        if found.returncode:
            raise ConfigurationError(
                f"git knows no commit that {one[:12]} and {other[:12]} have in common, so which "
                "files are new cannot be told",
                hint="In a shallow clone: git fetch --unshallow",
            )
        return os.fsdecode(found.stdout).strip()

    def unmerged(self) -> frozenset[str]:
        """Return the names of the folder's files whose conflict is not settled."""
        lines = self._ask("ls-files", "--unmerged", "-z", "--", ".").split(b"\0")
        return _names(b"\0".join(line.partition(b"\t")[2] for line in lines))

    def _ask(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            said = os.fsdecode(done.stderr).strip()
            raise ConfigurationError(
                f"git {arguments[0]} cannot be run in {shown(self.folder)}: {said}",
                hint="The folder has to be in a git repository that this user may read.",
            )
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", *arguments],
                cwd=self.folder,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise ConfigurationError(
                f"git cannot be run in {shown(self.folder)}: {reason}",
                hint="Is git installed, and is the folder there?",
            ) from error


def _names(separated: bytes) -> frozenset[str]:
    return frozenset(os.fsdecode(name) for name in separated.split(b"\0") if name)
