"""The files that a report goes to, opened before any work: what they cannot take is said early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from schema_tools.errors import ConfigurationError, Unavailable
from schema_tools.findings import Report
from schema_tools.reports.format import Format
from schema_tools.reports.style import Style


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that an option asks for, and its format."""

    option: str
    path: Path
    format: Format


@dataclass(frozen=True, slots=True)
class ReportFile:
    """Such a file, open and empty."""

    path: Path
    format: Format
    stream: TextIO

    def write(self, report: Report) -> None:
        """Write the report; where there is no room, say that the command itself has ended."""
        try:
            self.stream.write(self.format.render(report, Style()))
            self.stream.flush()
        except OSError as error:
            raise not_written(str(self.path), report, error) from error


def not_written(place: str, report: Report, error: OSError) -> Unavailable:
    """Say what came of a command whose report found no room: what was done is done."""
    return Unavailable(
        f"the report could not be written to {place}: {error.strerror}; the "
        f"command itself has ended{': ' if report.summary else ''}{report.summary}",
        hint="Make room; sqlmigrate_status says what is applied.",
    )


def wanted_files(
    formats: Mapping[str, Format], output: tuple[str, Path | None], also: Iterable[str]
) -> tuple[Wanted, ...]:
    """Return the files of ``--output``, a format and a path, and of each ``--also``."""
    name, path = output
    files = [Wanted("--output", path, formats[name])] if path else []
    files += [_also(value, formats) for value in also]
    paths = [file.path for file in files]
    for path in paths:
        if paths.count(path) > 1:
            raise ConfigurationError(
                f"two reports would go to {path}", hint="Give each of them a file of its own."
            )
    return tuple(files)


def _also(value: str, formats: Mapping[str, Format]) -> Wanted:
    name, _, path = value.partition("=")
    if name not in formats or not path:
        raise ConfigurationError(
            f"--also {value} is not a format and a file",
            hint=f"Write FORMAT=FILE; formats are {', '.join(formats)}.",
        )
    return Wanted("--also", Path(path), formats[name])


@contextmanager
def opened(wanted: Iterable[Wanted]) -> Iterator[tuple[ReportFile, ...]]:
    """Open and empty files, all of them or none is used."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(_opened(each)) for each in wanted)


@contextmanager
def _opened(wanted: Wanted) -> Iterator[ReportFile]:
    path = wanted.path
    try:
        stream = path.open("w", encoding="utf-8")
    except OSError as error:
        there = path.parent.is_dir()
        raise ConfigurationError(
            f"{wanted.option} {path} cannot be written: {error.strerror}"
            if there
            else f"{wanted.option} {path}: there is no folder {path.parent}",
            hint="" if there else "Create it first.",
        ) from error
    try:
        yield ReportFile(path, wanted.format, stream)
    finally:
        with suppress(OSError):  # what could not be written has been said by then
            stream.close()
