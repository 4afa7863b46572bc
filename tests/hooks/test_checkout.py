"""What the hook takes for staged, in every way in which git makes a commit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from schema_tools.hooks.checkout import led_into
from tests.hooks.conftest import Repository

pytestmark = pytest.mark.process
# A hook that keeps what the checkout holds, then lets the commit be made. Its beginning tells the
# shell which Python to run: the path of that may hold a blank, which `#!` cuts off.
LOOK = f"""#!/bin/sh
''':'
exec "{sys.executable}" "$0" "$@"
'''
import json, os, sys
from pathlib import Path
from schema_tools.hooks.checkout import staged_project
from schema_tools.hooks.work_tree import WorkTree

work_tree = WorkTree.here()
with staged_project(work_tree) as tree:
    files = {{
        str(path.relative_to(tree)): path.read_text()
        for folder, _names, names in os.walk(tree)
        for path in (Path(folder, name) for name in names)
    }}
    links = sorted(path.name for path in tree.rglob("*") if path.is_symlink())
seen = {{"files": files, "links": links}}
seen |= {{"changed": work_tree.staged_paths(), "main": work_tree.main_branch()}}
Path(os.environ["SEEN"]).write_text(json.dumps(seen))
"""
BEGINNING = {"a.txt": "a", "b.txt": "b", "sub/c.txt": "c"}


@dataclass(frozen=True)
class Looking:
    """A repository whose hook looks, and what it saw last."""

    repository: Repository
    seen_in: Path

    @property
    def seen(self) -> dict:
        return json.loads(self.seen_in.read_text())

    @property
    def committed(self) -> dict[str, str]:
        """Return what the last commit holds."""
        names = self.repository.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
        return {name: self.repository.git("show", f"HEAD:{name}") for name in names}


@pytest.fixture
def looking(tmp_path: Path, user) -> Looking:
    """A repository with three files, in a path with a space."""
    return make_looking(tmp_path, user)


def make_looking(folder: Path, user: dict[str, str]) -> Looking:
    top, seen = folder / "a repository", folder / "seen"
    top.mkdir()
    repository = Repository(top, {**user, "SEEN": str(seen)})
    repository.git("init", "-q", "-b", "main")
    for path, text in BEGINNING.items():
        repository.write(path, text)
    repository.git("commit", "-qm", "Begin")
    hook = repository.write(".git/hooks/pre-commit", LOOK, add=False)
    hook.chmod(0o755)
    return Looking(repository, seen)


def _all(repository: Repository) -> None:
    repository.write("a.txt", "A", add=False)
    repository.git("commit", "-qam", "x")


def _only_one(repository: Repository) -> None:
    repository.write("a.txt", "A", add=False)
    repository.write("b.txt", "B", add=True)
    repository.git("commit", "-qm", "x", "--only", "a.txt")


def _staged(repository: Repository) -> None:
    repository.write("a.txt", "A")
    repository.write("a.txt", "later", add=False)
    repository.write("new.txt", "not added", add=False)
    repository.git("commit", "-qm", "x")


def _intended(repository: Repository) -> None:
    repository.write("a.txt", "A")
    repository.write("new.txt", "intended", add=False)
    repository.git("add", "-N", "new.txt")
    repository.git("commit", "-qm", "x")


def _deleted(repository: Repository) -> None:
    repository.git("rm", "-q", "--cached", "a.txt")
    repository.git("commit", "-qm", "x")


def _renamed(repository: Repository) -> None:
    repository.git("mv", "sub/c.txt", "d.txt")
    repository.git("commit", "-qm", "x")


def _amended(repository: Repository) -> None:
    repository.write("a.txt", "A")
    repository.git("commit", "-q", "--amend", "-m", "x")


def _from_a_subfolder(repository: Repository) -> None:
    repository.write("a.txt", "A", add=False)
    repository.inside("sub").git("commit", "-qam", "x")


WAYS: dict[Callable[[Repository], None], list[str]] = {
    _all: ["a.txt"],
    _only_one: ["a.txt"],
    _staged: ["a.txt"],
    _intended: ["a.txt"],
    _deleted: ["a.txt"],
    _renamed: ["d.txt", "sub/c.txt"],
    _amended: ["a.txt"],
    _from_a_subfolder: ["a.txt"],
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_what_is_looked_at_is_what_is_committed(way, looking: Looking) -> None:
    way(looking.repository)
    assert looking.seen["files"] == looking.committed
    assert looking.seen["changed"] == WAYS[way]
    assert looking.repository.left_behind == []


def test_the_first_commit_of_all(tmp_path: Path, user) -> None:
    looking = make_looking(tmp_path, user)
    looking.repository.git("checkout", "-q", "--orphan", "other")
    looking.repository.git("commit", "-qm", "x")
    assert looking.seen["files"] == BEGINNING
    assert looking.seen["changed"] == sorted(BEGINNING)


def test_a_linked_work_tree_has_an_index_of_its_own(looking: Looking, tmp_path: Path) -> None:
    looking.repository.write("a.txt", "staged in the main one")
    looking.repository.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked", looking.repository.environment)
    linked.write("b.txt", "B")
    linked.git("commit", "-qm", "x")
    assert looking.seen["files"] == {**BEGINNING, "b.txt": "B"}
    assert linked.left_behind == []


def test_a_submodule_is_a_repository_of_its_own(looking: Looking, tmp_path: Path) -> None:
    outer = Repository(tmp_path / "outer", looking.repository.environment)
    outer.top.mkdir()
    outer.git("init", "-q")
    url = str(looking.repository.top)
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", url, "inner")
    inner = outer.inside("inner")
    hooks = looking.repository.top / ".git/hooks"
    inner.git("config", "core.hooksPath", str(hooks))
    outer.write("inner/a.txt", "A", add=False)
    inner.git("commit", "-qam", "x")
    assert looking.seen["files"] == {**BEGINNING, "a.txt": "A"}
    outer.git("config", "core.hooksPath", str(hooks))
    outer.git("add", "-A")
    outer.git("commit", "-qm", "x")
    assert looking.seen["files"][".gitmodules"]


def test_what_git_ignores_is_beside_it_but_no_sql(looking: Looking) -> None:
    repository = looking.repository
    repository.write(".gitignore", ".env\nlocal/\n*.sql\n")
    for path in (".env", "local/x.txt", "sub/y.sql", "untracked.txt"):
        repository.write(path, path, add=False)
    repository.git("commit", "-qm", "x")
    assert looking.seen["links"] == [".env", "local"]
    assert looking.seen["files"].keys() - BEGINNING.keys() == {".env", ".gitignore"}
    assert (repository.top / "local/x.txt").read_text() == "local/x.txt"


@pytest.mark.parametrize(
    ("branches", "expected"),
    [
        ((), "main"),
        (("origin/master",), "origin/master"),
        (("origin/master", "origin/main"), "origin/main"),
        (("origin/develop", "origin/main", "origin/HEAD"), "origin/develop"),
    ],
)
def test_the_main_branch_is_found(branches, expected: str, looking: Looking) -> None:
    repository = looking.repository
    for name in branches:
        if name == "origin/HEAD":
            repository.git("symbolic-ref", f"refs/remotes/{name}", f"refs/remotes/{branches[0]}")
        else:
            repository.git("update-ref", f"refs/remotes/{name}", "HEAD")
    _all(repository)
    assert looking.seen["main"] == expected


def test_the_main_branch_can_be_named(looking: Looking) -> None:
    repository = looking.repository
    repository.git("branch", "trunk")
    repository.write(".githooks/config", "[schematools]\n\tmain = trunk\n")
    repository.git("commit", "-qm", "x")
    assert looking.seen["main"] == "trunk"
    repository.git("config", "schematools.main", "nowhere")
    repository.write("a.txt", "A")
    done = repository.run("git", "commit", "-m", "x")
    assert "the setting schematools.main is 'nowhere'" in done.output


def test_what_a_killed_run_left_is_gone_after_the_next(looking: Looking) -> None:
    left = looking.repository.write(".git/schema_tools/staged/left.txt", "left", add=False)
    _all(looking.repository)
    assert looking.seen["files"] == looking.committed
    assert not left.parent.exists()


def test_two_runs_at_once_wait_for_each_other(looking: Looking) -> None:
    repository = looking.repository
    hook = str(repository.top / ".git/hooks/pre-commit")
    both = [repository.start(sys.executable, hook) for _ in range(2)]
    for process in both:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
    assert looking.seen["files"] == BEGINNING
    assert repository.left_behind == []


def test_python_is_led_from_the_work_trees_to_the_checkout(tmp_path: Path) -> None:
    main, linked = tmp_path / "main", tmp_path / "linked"
    tree = main / ".git/schema_tools/staged"
    for folder in (main / "src", main / ".venv/lib", linked / "src", tree / "src"):
        folder.mkdir(parents=True)
    (tree / ".venv").symlink_to(main / ".venv")
    roots = (linked, main)
    assert led_into(tree, str(main / "src"), roots) == str(tree / "src")
    assert led_into(tree, str(linked / "src"), roots) == str(tree / "src")
    assert led_into(tree, str(linked), roots) == str(tree)
    assert led_into(tree, str(main / ".venv/lib"), roots) == str(main / ".venv/lib")
    assert led_into(tree, "/usr/lib/python3", roots) == "/usr/lib/python3"


def test_where_there_is_no_repository_git_says_so(tmp_path: Path, user) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "schema_tools.hooks", "staged"],
        cwd=tmp_path,
        env=user,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "not a git repository" in done.stderr
    assert "Commit blocked." in done.stderr
