"""Write any schema down as a snapshot."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import ConfigurationError, Unavailable
from schema_tools.findings import Report
from schema_tools.reports.words import counted
from schema_tools.schema.snapshot import write_snapshot
from schema_tools.services.schema_source import read_sources
from schema_tools.services.schema_spec import parse_spec


@dataclass(frozen=True, slots=True)
class Taken:
    """The bytes of a snapshot, and what to say of it."""

    data: bytes
    report: Report


def take_snapshot(alias: str, spec: str) -> Taken:
    """Return the snapshot of a schema; raises what reading settings, files and servers raises."""
    (source,) = read_sources([parse_spec(spec, "--of")], alias)
    major = source.schema.server_version // 10000
    number = len(source.schema.objects)
    return Taken(
        write_snapshot(source.schema),
        Report(
            title=f"Snapshot of {source.name} (PostgreSQL {major})",
            summary=f"{counted(number, 'object')} written.",
            not_checked=source.not_checked,
            facts={
                "of": {"name": source.name, "server_version": major},
                "counts": {"objects_written": number},
            },
        ),
    )


def check_place(path: Path) -> None:
    """Refuse a file that cannot be made, before work begins whose result it could not take."""
    if not path.resolve().parent.is_dir():
        raise ConfigurationError(
            f"--output {path}: there is no folder {path.parent}", hint="Create it first."
        )
    if path.is_dir():
        raise ConfigurationError(f"--output {path} is a folder", hint="Name a file in it.")


def replace_file(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all: whoever reads it sees the old one or the new one.

    Raises Unavailable where it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():  # /dev/stdout, a pipe
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)  # a link stays one
    except OSError as error:
        raise Unavailable(
            f"the snapshot could not be written to {path}: {error.strerror}",
            hint="Nothing was changed there. May the user who runs this write to that folder?",
        ) from error


def _replace(place: Path, data: bytes) -> None:
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            beside.chmod(place.stat().st_mode)
        beside.replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
