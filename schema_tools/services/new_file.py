"""A new migration file: its number and name, its text from the template, and its writing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schema_tools.errors import ConfigurationError
from schema_tools.history.directory import shown
from schema_tools.history.numbers import next_number
from schema_tools.services.provenance import author

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
{directives}-- ==========================================

-- 🔄 FORWARD MIGRATION (UP)
{up}

-- 🔙 ROLLBACK MIGRATION (DOWN)
{down}"""


@dataclass(frozen=True, slots=True)
class Body:
    """The two halves of a file, as they stand in it; DOWN in comments."""

    up: str
    down: str
    transactional: bool = True
    requires: tuple[str, ...] = ()
    """Django migrations to run before it: ``auth.0001_initial``."""
    modes: str = ""
    """What stands after BEGIN: ``ISOLATION LEVEL SERIALIZABLE``."""
    more: tuple[str, ...] = ()
    """Other lines of the header: ``Irreversible: why``."""

    @property
    def directives(self) -> str:
        """Return the lines of the header that say how the file is to be run."""
        lines = ["-- Transaction: off\n"] if not self.transactional else []
        lines += [f"-- Requires: {', '.join(self.requires)}\n"] if self.requires else []
        return "".join([*lines, *(f"-- {line}\n" for line in self.more)])

    @property
    def whole_up(self) -> str:
        """Return the UP part with its transaction, if it has one."""
        if not self.transactional:
            return self.up
        return f"{' '.join(['BEGIN', *self.modes.split()])};\n{self.up}\nCOMMIT;"


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says that is not the file's own; "" takes what git or the name say."""

    purpose: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be written."""

    version: str
    path: Path
    text: str


def new_files(
    folder: Path,
    names_and_bodies: Iterable[tuple[str, Body]],
    header: Header,
    *,
    now: datetime,
) -> tuple[NewFile, ...]:
    """Return files with the next numbers, each after the one before it.

    Raises ConfigurationError for a name or a header that cannot be used.
    """
    files = _numbered_files(folder)
    result = []
    for name, body in names_and_bodies:
        number = next_number(files[-1][0] if files else "", now)
        version = f"{number}_{snake_case(name)}"
        text = text_of(
            version, body, header, last=files[-1][1] if files else "none", now=now, folder=folder
        )
        result.append(NewFile(version, folder / f"{version}.sql", text))
        files.append((version.partition("_")[0], f"{version}.sql"))
    return tuple(result)


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


def text_of(
    version: str, body: Body, header: Header, *, last: str, now: datetime, folder: Path
) -> str:
    """Return what a file holds; ``last`` is what it depends on."""
    name = version.partition("_")[2].replace("_", " ")
    nearest = next(
        path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir()
    )
    return _TEMPLATE.format(
        version=version,
        author=_one_line(header.author or author(nearest), "--author"),
        date=now,
        purpose=_one_line(header.purpose or name.capitalize(), "--purpose"),
        dependencies=last,
        directives=body.directives,
        up=body.whole_up,
        down=body.down,
    )


def _one_line(value: str, option: str) -> str:
    if len(value.splitlines()) != 1:
        raise ConfigurationError(f"{option} must be one line", hint="It goes into one comment.")
    return value.strip()


def write(file: NewFile) -> None:
    """Write a file, its folder too where that is not there; never over another.

    Raises ConfigurationError where it cannot be written.
    """
    path = file.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(file.text)
    except FileExistsError:
        raise ConfigurationError(f"{shown(path)} is there already and was not touched") from None
    except OSError as error:
        raise ConfigurationError(
            f"{shown(path)} cannot be written: {error.strerror}",
            hint="May the user who runs this write to that folder?",
        ) from error
