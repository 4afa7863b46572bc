"""The git repository that a hook runs in: what is staged, what is on the main branch."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import ConfigurationError

_MAIN_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
_SUBMODULE = "160000"  # the mode of its entry (Git documentation, git-ls-tree)


class GitFailed(ConfigurationError):
    """Git refused; its own words say why."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree by its top folder, and the folder in which git keeps what is its own.

    ``roots`` are the tops of this work tree and of the main one, where this is a linked one.
    """

    top: Path
    git_dir: Path
    roots: tuple[Path, ...]

    @classmethod
    def here(cls) -> WorkTree:
        """Return the repository of the current folder; raises GitFailed where there is none."""
        words = ("--show-toplevel", "--absolute-git-dir", "--git-common-dir")
        answer = _run(Path(), ("rev-parse", *words)).decode().splitlines()
        top, git_dir, common = (Path(line).resolve() for line in answer)
        return cls(top, git_dir, tuple(dict.fromkeys((top, common.parent))))

    def git(self, *arguments: str, environment: Mapping[str, str] | None = None) -> bytes:
        """Return what git prints, run in the top folder; raises GitFailed."""
        return _run(self.top, arguments, environment)

    def setting(self, name: str) -> str:
        """Return a setting of this clone or user, else the project's own, "" for none."""
        own = self.top / ".githooks" / "config"
        for place in ((), ("--file", str(own))):
            try:
                return self.git("config", *place, "--get", f"schematools.{name}").decode().strip()
            except GitFailed:
                continue
        return ""

    def main_branch(self) -> str:
        """Return the main branch as users write it, "" where there is none to be found.

        The setting ``schematools.main`` goes first; raises ConfigurationError where that names
        no commit.
        """
        chosen = self.setting("main")
        if chosen and not self._names_a_commit(chosen):
            raise ConfigurationError(
                f"the setting schematools.main is {chosen!r}, which git does not know",
                hint="Fetch it, or name another: git config schematools.main origin/main",
            )
        for name in (chosen,) if chosen else _MAIN_BRANCHES:
            if self._names_a_commit(name):
                return self.git("rev-parse", "--abbrev-ref", name).decode().strip() or name
        return ""

    def common_ancestor(self, other: str) -> str:
        """Return the commit at which HEAD and another branch parted, "" for none."""
        try:
            return self.git("merge-base", "HEAD", other).decode().strip()
        except GitFailed:
            return ""

    def staged_paths(self, base: str = "") -> tuple[str, ...]:
        """Return the paths at which the index differs from a commit, by default from HEAD.

        A file with another name is two: the one that is gone, the one that came.
        """
        options = ("--cached", "--name-only", "--no-renames", "--no-ext-diff", "-z")
        found = self.git("diff", *options, *([base] if base else []), "--")
        return tuple(os.fsdecode(path) for path in found.split(b"\0") if path)

    def unstaged_paths(self, *patterns: str) -> tuple[str, ...]:
        """Return the paths that match, and at which the work tree has what the index has not."""
        options = ("--modified", "--others", "--exclude-standard", "-z")
        found = self.git("ls-files", *options, "--", *patterns).split(b"\0")
        return tuple(dict.fromkeys(os.fsdecode(path) for path in found if path))

    def content(self, revision: str, path: str) -> bytes | None:
        """Return a file as git keeps it in a commit, or, with revision "", in the index."""
        try:
            return self.git("cat-file", "blob", f"{revision}:{path}")
        except GitFailed:
            return None

    def check_out(self, place: Path, tree: Path) -> None:
        """Write what a commit would hold now into a folder; ``place`` takes what that needs.

        The index is copied, so that nobody's lock is in the way; what is only intended to be
        added is not in the tree that git makes of it.
        """
        index = self.top / self.git("rev-parse", "--git-path", "index").decode().strip()
        given = os.environ.get("GIT_INDEX_FILE")
        copy = place / "index"
        # A repository in which nothing was ever added has none.
        if (source := self.top / given if given else index).exists():
            shutil.copyfile(source, copy)
        own = {"GIT_INDEX_FILE": str(copy), "GIT_LFS_SKIP_SMUDGE": "1"}
        written = self.git("write-tree", environment=own).decode().strip()
        self.git("read-tree", written, environment=own)
        self.git("checkout-index", "--all", "--quiet", f"--prefix={tree}/", environment=own)

    def ignored(self) -> Iterator[str]:
        """Yield what git does not keep but a project may need: what it ignores, submodules."""
        options = ("--others", "--ignored", "--exclude-standard", "--directory", "-z")
        for path in self.git("ls-files", *options).split(b"\0"):
            yield os.fsdecode(path)
        for line in self.git("ls-files", "--stage", "-z").split(b"\0"):
            facts, _tab, path = line.partition(b"\t")
            if facts.decode().startswith(_SUBMODULE):
                yield os.fsdecode(path)

    def _names_a_commit(self, name: str) -> bool:
        try:
            return bool(self.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"))
        except GitFailed:
            return False


def _run(
    folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str] | None = None
) -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise GitFailed(f"git cannot be run: {error.strerror}", hint="Install git.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise GitFailed(f"git {arguments[0]} failed: {said}")
    return done.stdout
