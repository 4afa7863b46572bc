"""A file that is written as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from schema_tools.errors import ConfigurationError, Unavailable


def check_place(path: Path, option: str) -> None:
    """Refuse a file that cannot be made, before work begins whose result it could not take.

    ``option`` is who named it, such as ``--output``.
    """
    if not path.resolve().parent.is_dir():
        raise ConfigurationError(
            f"{option} {path}: there is no folder {path.parent}", hint="Create it first."
        )
    if path.is_dir():
        raise ConfigurationError(f"{option} {path} is a folder", hint="Name a file in it.")


def replace_file(path: Path, data: bytes, what: str) -> None:
    """Write a file as a whole or not at all: whoever reads it sees the old one or the new one.

    Raises Unavailable where it cannot be written; ``what`` is how the message calls it.
    """
    try:
        if path.exists() and not path.is_file():  # /dev/stdout, a pipe
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)  # a link stays one
    except OSError as error:
        raise Unavailable(
            f"{what} could not be written to {path}: {error.strerror}",
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
