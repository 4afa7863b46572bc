"""``python -m schema_tools.hooks install``: put the hooks and scripts into a project."""

from __future__ import annotations

import sys
from pathlib import Path

from schema_tools.hooks.work_tree import GitFailed, WorkTree

_FILES = Path(__file__).parent / "files"
_HOOK = "run-hook"
# Where each file goes, from the top folder.
_PLACES = {
    _HOOK: ".githooks",
    "check-staged": ".githooks",
    "project.sh": ".githooks",
    "setup-git-hooks.sh": "scripts",
    "full-schema-validation.sh": "scripts",
}
# Hooks that change nothing by being there (Git documentation, githooks); setup-git-hooks.sh adds
# others where a repository has them.
HOOKS = (
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-merge",
    "post-rewrite",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "prepare-commit-msg",
    "sendemail-validate",
)


def install(*, force: bool) -> int:
    """Write .githooks and two scripts into the repository of the current folder; commit them."""
    try:
        top = WorkTree.here().top
    except GitFailed as error:
        return _refuse(str(error), "Run it in the project's repository; git init makes one.")
    places = {top / folder / name: _FILES / name for name, folder in _PLACES.items()}
    in_the_way = [path for path, source in places.items() if _differs(path, source)]
    if in_the_way and not force:
        names = ", ".join(str(path.relative_to(top)) for path in in_the_way)
        return _refuse(f"there already, and not the same: {names}", "Replace them with --force.")
    for path, source in places.items():
        _write(path, source)
    for name in HOOKS:
        link = top / ".githooks" / name
        if not (link.exists() or link.is_symlink()):
            link.symlink_to(_HOOK)
    sys.stdout.write(
        f"{len(places)} files and {len(HOOKS)} hooks are in {top}, in .githooks and scripts.\n"
        "Commit them; then everybody runs, once a clone: bash scripts/setup-git-hooks.sh\n"
    )
    return 0


def _differs(path: Path, source: Path) -> bool:
    return path.exists() and path.read_bytes() != source.read_bytes()


def _write(path: Path, source: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    if path.exists() and path.samefile(source):  # a checkout of this very project
        return
    path.write_bytes(source.read_bytes())
    path.chmod(0o755)


def _refuse(message: str, hint: str) -> int:
    sys.stderr.write(f"❌ {message}\n→ {hint}\n")
    return 2
