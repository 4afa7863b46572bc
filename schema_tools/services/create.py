"""Write the next migration file from the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Report
from schema_tools.history import problems as problem
from schema_tools.history.command import command
from schema_tools.history.directory import shown
from schema_tools.history.files import is_timestamp
from schema_tools.services.provenance import author

_FEWEST_DIGITS = 3
_LONGEST_NAME = 100
_FILE = re.compile(r"(?P<number>[0-9]{3,})_.*\.sql", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*", re.ASCII)
# Between a lower-case letter or digit and a capital, and before the last capital of an acronym.
_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_TEMPLATE = """\
-- ==========================================
-- Migration: {version}.sql
-- Author: {author}
-- Date: {date:%Y-%m-%d}
-- Purpose: {purpose}
-- Dependencies: {dependencies}
-- ==========================================

-- 🔄 FORWARD MIGRATION (UP)
BEGIN;
{up}
COMMIT;

-- 🔙 ROLLBACK MIGRATION (DOWN)
{down}"""
_UP_GUIDE = """
-- Write the change here. What cannot run in a transaction (CREATE INDEX CONCURRENTLY) goes into
-- a file of its own, without BEGIN; and COMMIT; and with `-- Transaction: off` in the header.
"""
_DOWN_GUIDE = """\
-- To rollback this migration manually:
-- Write the statements that undo it, each line in a comment like this one.
"""


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """What the command line may say; "" takes what git, the clock or the name say."""

    purpose: str = ""
    author: str = ""
    empty: bool = False
    dry_run: bool = False


def create(
    alias: str,
    name: str,
    options: CreateOptions = CreateOptions(),
    *,
    now: datetime | None = None,
) -> Report:
    """Write ``NNN_name.sql`` into the migrations folder, which is made if it is not there.

    Raises ConfigurationError for a name that cannot be used, or a folder that takes no file.
    """
    snake = snake_case(name)
    folder = get_settings(alias).migrations_dir
    now = now or datetime.now(UTC).astimezone()
    files = _numbered_files(folder)
    version = f"{_next_number(files, now)}_{snake}"
    text = _text(version, files, options, folder=folder, now=now)
    path = folder / f"{version}.sql"
    if not options.dry_run:
        _write(path, text)
    return Report(
        title="" if not options.dry_run else f"-- would be written to {shown(path)}",
        summary=""
        if options.dry_run
        else f"Created {shown(path)}. Next: write its SQL and its rollback, then "
        f"{command('sqlmigrate_apply', alias=alias)}",
        findings=(problem.empty_rollback(shown(path)),),
        body=text if options.dry_run else "",
        facts={
            "version": version,
            "path": shown(path),
            "text": text,
            "written": not options.dry_run,
        },
    )


def snake_case(name: str) -> str:
    """Return ``add_user_two_factor`` for ``AddUserTwoFactor``; snake_case stays as it is.

    Raises ConfigurationError for what makes no file name.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is no name for a migration",
            hint="Use letters, digits and single underscores, a letter first: AddUserTwoFactor "
            "or add_user_two_factor. The number is put before it by itself.",
        )
    snake = _WORD_BORDER.sub("_", name).lower()
    if len(snake) > _LONGEST_NAME:
        raise ConfigurationError(
            f"the name has {len(snake)} characters; the most is {_LONGEST_NAME}",
            hint="Name it shorter, and tell the rest with --purpose.",
        )
    return snake


def _numbered_files(folder: Path) -> list[tuple[str, str]]:
    """Return number and name of each file, in their order; what is in them does not matter."""
    if not folder.exists():
        return []
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError as error:
        raise ConfigurationError(
            f"the migrations folder {shown(folder)} cannot be read: {error.strerror}"
        ) from error
    matches = [match for match in map(_FILE.fullmatch, names) if match]
    return sorted(
        ((match["number"], match.group()) for match in matches),
        key=lambda file: (int(file[0]), file[1]),
    )


def _next_number(files: list[tuple[str, str]], now: datetime) -> str:
    if not files:
        return "1".zfill(_FEWEST_DIGITS)
    last = files[-1][0]
    if not is_timestamp(int(last)):
        return str(int(last) + 1).zfill(max(len(last), _FEWEST_DIGITS))
    stamp = now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return str(max(int(stamp), int(last) + 1))


def _text(
    version: str,
    files: list[tuple[str, str]],
    options: CreateOptions,
    *,
    folder: Path,
    now: datetime,
) -> str:
    name = version.partition("_")[2].replace("_", " ")
    nearest = next(
        path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir()
    )
    return _TEMPLATE.format(
        version=version,
        author=_one_line(options.author or author(nearest), "--author"),
        date=now,
        purpose=_one_line(options.purpose or name.capitalize(), "--purpose"),
        dependencies=files[-1][1] if files else "none",
        up="" if options.empty else _UP_GUIDE,
        down="" if options.empty else _DOWN_GUIDE,
    )


def _one_line(value: str, option: str) -> str:
    if len(value.splitlines()) != 1:
        raise ConfigurationError(f"{option} must be one line", hint="It goes into one comment.")
    return value.strip()


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigurationError(f"{shown(path)} is there already and was not touched") from None
    except OSError as error:
        raise ConfigurationError(
            f"{shown(path)} cannot be written: {error.strerror}",
            hint="May the user who runs this write to that folder?",
        ) from error
