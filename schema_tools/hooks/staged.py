"""``python -m schema_tools.hooks staged``: check what a commit would hold, before it is made."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.db import DEFAULT_DB_ALIAS

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding, Location, NotChecked, Report
from schema_tools.history.command import command
from schema_tools.hooks.checkout import staged_project
from schema_tools.hooks.database import cut_off_if_unreachable
from schema_tools.hooks.django_project import set_up
from schema_tools.hooks.work_tree import WorkTree
from schema_tools.hooks.wrong_tree import refuse_other_trees
from schema_tools.management.base import SchemaCommand

if TYPE_CHECKING:
    from schema_tools.services.published import SqlChange

_FOLDER = "migrations_sql"
_MODELS = "*models*.py"
_SHOWN = 3


class Staged(SchemaCommand):
    """Look at the index of git, not at the work tree."""

    help = "Check what is staged: SQL files, and the models beside them."
    example = "python -m schema_tools.hooks staged --manage manage.py"
    alias = DEFAULT_DB_ALIAS
    manage = "manage.py"
    next_command = ""
    """What manage.py is to be told next, once the report is there."""
    unstaged: tuple[str, ...] = ()
    """What the work tree has beyond the index: SQL files, models."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where the project is, and whether to check all of it."""
        super().add_arguments(parser)
        parser.add_argument(
            "--manage",
            metavar="PATH",
            default="manage.py",
            help="The project's manage.py, from the top folder (default: %(default)s).",
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="Take all that differs from the main branch for changed, not from HEAD.",
        )

    def report(self, options: dict[str, Any]) -> Report:
        """Check the project out as it is staged, load it, and look at it."""
        begun = time.perf_counter()
        work_tree = WorkTree.here()
        alias = self.alias = work_tree.setting("database") or options["database"]
        self.manage = options["manage"]
        main = work_tree.main_branch()
        base = work_tree.common_ancestor(main) if options["all"] and main else ""
        with staged_project(work_tree) as tree:
            set_up(_manage(tree, self.manage))
            refuse_other_trees(tree, work_tree.roots)
            unreachable = cut_off_if_unreachable(alias)
            # Services want Django's apps, which are there only now.
            from schema_tools.services.staged import review

            folder = _folder(tree, alias)
            self.unstaged = _unstaged(work_tree, folder)
            changes = _changes(work_tree, tree, folder, main, base)
            found = review(
                alias, changes, main=main, whole=options["all"], unreachable=unreachable
            )
            findings = tuple(_from_top(each, tree) for each in found.findings)
        self.next_command = str(found.facts["next_command"])
        seconds = f" ({time.perf_counter() - begun:.1f} s)"
        return replace(
            found,
            findings=findings,
            summary=found.summary + seconds,
            not_checked=(*found.not_checked, *_unwatched(work_tree, folder)),
        )

    def ways_on(self) -> Iterator[str]:
        """Yield what to do where the commit is blocked, a line each."""
        yield from _forgotten(self.unstaged)
        if self.next_command:
            yield f"To write the migration: {self._typed(self.next_command)}"
        closer = command("validate_schema", "--no-database", alias=self.alias)
        yield f"To look closer, at the work tree: {self._typed(closer)}"
        yield "To commit all the same: git commit --no-verify"

    def _typed(self, line: str) -> str:
        return f"python {shlex.quote(self.manage)}{line.removeprefix('manage.py')}"


def _forgotten(paths: Sequence[str]) -> Iterator[str]:
    if paths:
        names = ", ".join(paths[:_SHOWN])
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        which = "it" if len(paths) == 1 else "one of them"
        yield f"Not staged: {names}{more}; does the commit lack {which}? git add it"


def _manage(tree: Path, path: str) -> Path:
    manage = tree / path
    if not manage.is_file():
        raise ConfigurationError(
            f"{path} is not staged, and git does not have it",
            hint="git add it, or name another: git config schematools.manage PATH",
        )
    return manage


def _folder(tree: Path, alias: str) -> PurePosixPath:
    """Return the migrations folder, from the top of the checkout."""
    folder = get_settings(alias).migrations_dir.resolve()
    if not folder.is_relative_to(tree):
        raise ConfigurationError(
            f"the migrations folder {folder} is not in the work tree, or named by its whole path",
            hint="Name it in SCHEMA_TOOLS['MIGRATIONS_DIR'] beginning with BASE_DIR.",
        )
    return PurePosixPath(folder.relative_to(tree).as_posix())


def _changes(
    work_tree: WorkTree, tree: Path, folder: PurePosixPath, main: str, base: str
) -> Sequence[SqlChange]:
    from schema_tools.history.directory import shown
    from schema_tools.services.published import SqlChange

    paths = (PurePosixPath(path) for path in work_tree.staged_paths(base))
    return tuple(
        SqlChange(
            shown(tree / path),
            work_tree.content(main, str(path)) if main else None,
            work_tree.content("", str(path)),
            typed=str(path),
        )
        for path in paths
        if _is_migration(path, folder)
    )


def _from_top(finding: Finding, tree: Path) -> Finding:
    """Return a finding with its places as they are called from the top folder.

    They are told from the folder of manage.py, in which the project was loaded: git, and with it
    what is printed, is in the top folder.
    """
    places = (Location(_path_from(tree, each.path), each.line) for each in finding.locations)
    return replace(finding, locations=tuple(places))


def _path_from(tree: Path, path: str) -> str:
    whole = os.path.normpath(Path.cwd() / path)
    return os.path.relpath(whole, tree) if Path(whole).is_relative_to(tree) else whole


def _unstaged(work_tree: WorkTree, folder: PurePosixPath) -> tuple[str, ...]:
    paths = map(PurePosixPath, work_tree.unstaged_paths(f":(literal){folder}", _MODELS))
    return tuple(
        str(path) for path in paths if path.suffix == ".py" or _is_migration(path, folder)
    )


def _is_migration(path: PurePosixPath, folder: PurePosixPath) -> bool:
    return path.parent == folder and path.suffix == ".sql" and path.name[0] not in "._"


def _unwatched(work_tree: WorkTree, folder: PurePosixPath) -> Sequence[NotChecked]:
    """Say where the shell's part of the hook looks for SQL files in another folder."""
    watched = PurePosixPath(work_tree.setting("migrations") or _FOLDER)
    if folder.parts[-len(watched.parts) :] == watched.parts:
        return ()
    return (
        NotChecked(
            f"commits that change nothing but SQL files in {folder}",
            f"the hook looks for those in {watched}; tell it: git config --file .githooks/config "
            f"schematools.migrations {shlex.quote(str(folder))}",
        ),
    )
