"""setup-git-hooks.sh: git runs ours, and those that were there go on running."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from schema_tools.hooks.install import HOOKS
from tests.hooks.conftest import ASKED, FIRST, PYTHON, Done, Repository, hook, put_python

pytestmark = pytest.mark.process
REFUSE = "#!/bin/sh\necho refused; exit 3\n"


@pytest.fixture
def noting(bare_shop: Repository, tmp_path: Path) -> Repository:
    return replace(
        bare_shop, environment={**bare_shop.environment, "NOTES": str(tmp_path / "notes")}
    )


def notes(repository: Repository) -> list[str]:
    path = Path(repository.environment["NOTES"])
    return path.read_text().splitlines() if path.exists() else []


def uninstall(repository: Repository) -> Done:
    return repository.run("bash", "scripts/setup-git-hooks.sh", "--uninstall")


def test_git_runs_the_hooks_from_then_on(bare_shop: Repository) -> None:
    done = bare_shop.inside("shop").run("bash", "../scripts/setup-git-hooks.sh")
    assert done.code == 0, done.output
    assert "Git now runs the hooks of .githooks." in done.output
    assert f"It will use {sys.executable}, manage.py." in done.output
    assert bare_shop.git("config", "core.hooksPath") == ".githooks"
    again = bare_shop.install()
    assert again.code == 0
    assert "already" in again.output
    assert bare_shop.git("status", "--porcelain") == ""


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_it_says_what_it_does_and_what_it_takes(bare_shop: Repository, option: str) -> None:
    done = bare_shop.inside("shop").run("bash", "../scripts/setup-git-hooks.sh", option)
    assert done.code == 0
    assert done.output.startswith("Lets git run the hooks in .githooks")
    assert "bash scripts/setup-git-hooks.sh [--uninstall]" in done.output
    assert "set -eu" not in done.output
    refused = bare_shop.run("bash", "scripts/setup-git-hooks.sh", "--remove")
    assert refused.code == 2
    assert "there is no option --remove" in refused.output
    assert "--uninstall" in refused.output
    assert bare_shop.run("git", "config", "core.hooksPath").code == 1


def test_what_was_there_is_back_afterwards(bare_shop: Repository) -> None:
    before = (bare_shop.top / ".git/config").read_text()
    bare_shop.install()
    done = uninstall(bare_shop)
    assert "Git runs the hooks of .git/hooks again." in done.output
    assert (bare_shop.top / ".git/config").read_text() == before
    again = uninstall(bare_shop)
    assert (again.code, again.output) == (
        0,
        "core.hooksPath is not .githooks: there is nothing to undo.\n",
    )


def test_another_hooks_path_is_kept_and_restored(noting: Repository) -> None:
    hook(noting, "my hooks/pre-commit")
    noting.git("config", "core.hooksPath", "my hooks")
    assert "Goes on running: my hooks/pre-commit" in noting.install().output
    noting.install()
    noting.write("README.md", "changed")
    assert noting.commit().code == 0
    assert notes(noting) == ["pre-commit"]
    assert "my hooks again" in uninstall(noting).output
    assert noting.git("config", "core.hooksPath") == "my hooks"
    assert noting.run("git", "config", "--get-regexp", r"^schematools\.(earlier|added)").code == 1


def test_a_hooks_path_for_all_repositories_is_theirs(noting: Repository, tmp_path: Path) -> None:
    home = tmp_path / "home of one"
    home.mkdir()
    one = replace(noting, environment={**noting.environment, "HOME": str(home)})
    hook(one, "../home of one/hooks/commit-msg")
    one.git("config", "--global", "core.hooksPath", "~/hooks")
    assert one.install().code == 0
    one.write("README.md", "changed")
    one.commit()
    assert notes(one) == ["commit-msg .git/COMMIT_EDITMSG"]
    uninstall(one)
    assert one.git("config", "--show-scope", "core.hooksPath") == "global\t~/hooks"


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_hands_on_its_arguments_and_its_input(noting: Repository, name: str) -> None:
    hook(noting, f".git/hooks/{name}")
    noting.install()
    done = noting.run("git", "hook", "run", name, "--", "one", "two words")
    if name not in {"pre-commit", "pre-merge-commit"}:  # git hook run gives no input
        path = str(noting.top / f".githooks/{name}")
        noting.run(path, "three", stdin="a line\n")
        assert notes(noting)[1:] == [f"{name} three", "a line"]
    assert done.code == 0, done.output
    assert notes(noting)[0] == f"{name} one two words"


def test_hooks_that_are_seldom_are_added(noting: Repository) -> None:
    hook(noting, ".git/hooks/reference-transaction")
    assert "Added .githooks/reference-transaction" in noting.install().output
    noting.git("branch", "new")
    assert any(line.startswith("reference-transaction committed") for line in notes(noting))
    uninstall(noting)
    assert not (noting.top / ".githooks/reference-transaction").is_symlink()


def test_an_earlier_hook_that_refuses_ends_it(noting: Repository) -> None:
    hook(noting, ".git/hooks/pre-commit", REFUSE)
    noting.install()
    noting.write(FIRST, "not even SQL")
    done = noting.commit()
    assert done.code != 0
    assert done.output.strip() == "refused"


def test_it_holds_in_work_trees_too(noting: Repository, tmp_path: Path) -> None:
    hook(noting, ".git/hooks/pre-commit")
    noting.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = replace(noting, top=tmp_path / "linked")
    put_python(linked)
    assert linked.install().code == 0
    linked.write(FIRST, "changed")
    assert ASKED in linked.inside("shop").commit().output
    assert notes(noting) == ["pre-commit"]
    assert noting.git("config", "core.hooksPath") == ".githooks"


def test_a_work_tree_with_a_configuration_of_its_own_keeps_it(noting: Repository) -> None:
    noting.git("config", "extensions.worktreeConfig", "true")
    hook(noting, "own/pre-commit")
    noting.git("config", "--worktree", "core.hooksPath", "own")
    assert noting.install().code == 0
    assert noting.git("config", "--show-scope", "core.hooksPath") == "worktree\t.githooks"
    noting.write("README.md", "changed")
    noting.commit()
    assert notes(noting) == ["pre-commit"]
    uninstall(noting)
    assert noting.git("config", "--show-scope", "core.hooksPath") == "worktree\town"


def test_a_submodule_has_hooks_of_its_own(noting: Repository, tmp_path: Path) -> None:
    outer = replace(noting, top=tmp_path / "outer")
    outer.top.mkdir()
    outer.git("init", "-q")
    add = ("-c", "protocol.file.allow=always", "submodule", "add", "-q")
    outer.git(*add, str(noting.top), "inner")
    inner = replace(outer, top=outer.top / "inner")
    put_python(inner)
    assert inner.install().code == 0
    inner.write(FIRST, "changed")
    assert ASKED in inner.commit().output
    assert outer.run("git", "config", "core.hooksPath").code == 1


def test_outside_of_git_it_says_so(bare_shop: Repository, tmp_path: Path) -> None:
    shutil.copytree(bare_shop.top / "scripts", tmp_path / "scripts")
    done = replace(bare_shop, top=tmp_path).install()
    assert done.code == 2
    assert "is in no work tree of git." in done.output
    assert bare_shop.run("bash", "scripts/setup-git-hooks.sh", "--wrong").code == 2


def test_a_branch_without_the_hooks_is_left_alone(bare_shop: Repository) -> None:
    shutil.rmtree(bare_shop.top / ".githooks")
    done = bare_shop.install()
    assert done.code == 2
    assert "python -m schema_tools.hooks install" in done.output
    assert bare_shop.run("git", "config", "core.hooksPath").code == 1


def test_who_has_no_environment_yet_is_told(bare_shop: Repository) -> None:
    bare_shop.git("config", "--unset", "schematools.python")
    without = {key: value for key, value in bare_shop.environment.items() if key != "PYTHONPATH"}
    only_git = bare_shop.top.parent / "bin"
    only_git.mkdir()
    for name in ("git", "sh", "bash", "dirname", "tr", "cat", "chmod", "ln", "env", "rm"):
        (only_git / name).symlink_to(shutil.which(name))
    shop = replace(bare_shop, environment={**without, "PATH": str(only_git)})
    done = shop.install()
    assert done.code == 0
    assert "no Python with Django, psycopg and schema_tools was found" in done.output
    shop.write(FIRST, "not even SQL")
    done = shop.commit()
    assert done.code != 0
    assert "git config schematools.python PATH" in done.output
    assert "Commit blocked." in done.output


def test_the_environment_of_the_main_work_tree_serves_the_others(
    bare_shop: Repository, tmp_path: Path
) -> None:
    bare_shop.git("config", "--unset", "schematools.python")
    hook(bare_shop, ".venv/bin/python", PYTHON)
    bare_shop.git("worktree", "add", "-q", str(tmp_path / "linked"))
    found = replace(bare_shop, top=tmp_path / "linked").install().output.replace("/./", "/")
    assert f"It will use {os.path.realpath(bare_shop.top)}/.venv/bin/python, manage.py." in found


def test_without_a_change_that_matters_no_python_starts(bare_shop: Repository) -> None:
    bare_shop.install()
    put_python(bare_shop)
    bare_shop.write("README.md", "changed")
    bare_shop.write("shop/views.py", "")
    runs = [bare_shop.run(".githooks/pre-commit") for _ in range(5)]
    assert {(done.code, done.output) for done in runs} == {(0, "")}
    seconds = min(done.seconds for done in runs)
    sys.stdout.write(f"the hook without a relevant change: {seconds:.3f} s\n")
    bare_shop.git("config", "--add", "schematools.watch", "*/views.py")
    assert ASKED in bare_shop.run(".githooks/pre-commit").output


def test_the_hooks_of_this_repository_are_those_that_are_installed() -> None:
    top = Path(__file__).resolve().parents[2]
    assert {path.name for path in (top / ".githooks").iterdir()} == {
        *HOOKS,
        "run-hook",
        "check-staged",
        "project.sh",
        "config",
    }
    files = top / "schema_tools/hooks/files"
    for path in files.iterdir():
        folder = (
            "scripts" if path.name.endswith("-hooks.sh") or "full" in path.name else ".githooks"
        )
        assert (top / folder / path.name).samefile(path)


def test_files_that_differ_are_not_replaced_unasked(bare_shop: Repository) -> None:
    install = (sys.executable, "-m", "schema_tools.hooks", "install")
    assert bare_shop.run(*install).code == 0
    assert bare_shop.git("status", "--porcelain") == ""
    bare_shop.write(".githooks/check-staged", "mine")
    done = bare_shop.run(*install)
    assert done.code == 2
    assert "not the same: .githooks/check-staged" in done.output
    assert bare_shop.run(*install, "--force").code == 0
    assert bare_shop.git("diff", "HEAD", "--stat") == ""


def checked(repository: Repository) -> str:
    """Return what the hook says of a change that matters."""
    put_python(repository)
    repository.write(FIRST, "changed")
    return repository.run(".githooks/check-staged").output


def test_manage_py_may_be_in_a_folder_of_its_own(bare_shop: Repository) -> None:
    bare_shop.git("mv", "manage.py", "shop")
    assert "--manage shop/manage.py" in checked(bare_shop)


def test_of_several_manage_py_one_is_chosen(bare_shop: Repository) -> None:
    bare_shop.git("mv", "manage.py", "shop")
    bare_shop.write("other shop/manage.py", "")
    found = checked(bare_shop)
    assert "there are several manage.py: other shop/manage.py shop/manage.py" in found
    assert "git config schematools.manage PATH" in found
    bare_shop.write(".githooks/config", "[schematools]\n\tmanage = other shop/manage.py\n")
    assert "--manage other shop/manage.py" in checked(bare_shop)
    bare_shop.git("config", "schematools.manage", "nowhere.py")
    assert "there is no nowhere.py" in checked(bare_shop)


def test_without_any_manage_py_it_says_so(bare_shop: Repository) -> None:
    bare_shop.git("rm", "-q", "--cached", "manage.py")
    (bare_shop.top / "manage.py").unlink()
    assert "git knows no manage.py" in checked(bare_shop)


def test_a_pattern_that_git_does_not_take_is_told(bare_shop: Repository) -> None:
    bare_shop.git("config", "schematools.watch", ":(nonsense)x")
    assert "schematools.watch lists" in checked(bare_shop)
