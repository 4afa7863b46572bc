"""Make a data folder, and start PostgreSQL's programs on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import USE_A_SERVER
from schema_tools.postgres.embedded.unprivileged import Account, Place

SUPERUSER = "postgres"
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "PATH", "TZ")


def initdb(place: Place, lock: int) -> None:
    """Make the data folder, whole or not at all; the lock is held until then."""
    unfinished = place.data.with_name("pgdata.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    command = [
        *place.account.prefix,
        place.binaries.program("initdb"),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # the socket's folder is private
        "--no-sync",
        "--no-instructions",
        "--encoding=UTF8",
        *_locale(place.binaries.major),
    ]
    answer = _run(command, place.account, lock, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if answer.returncode:
        said = answer.stdout.decode(errors="replace")
        raise Unavailable(
            f"initdb could not make {place.data}:\n{last_lines(said)}",
            hint=f"Put right what it says, or {USE_A_SERVER}.",
        )
    unfinished.rename(place.data)


def _locale(major: int) -> tuple[str, ...]:
    """Return the options for C.UTF-8, from PostgreSQL itself where it has it (17 and later)."""
    common = ("--lc-messages=C", "--text-search-config=english")
    if major < 17:
        return ("--locale=C.UTF-8", *common)
    return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", *common)


def check_version(place: Place) -> None:
    """Raise Unavailable if the data folder was made by another major version."""
    made_by = (place.data / "PG_VERSION").read_text().strip()
    if made_by == str(place.binaries.major):
        return
    home = place.home
    raise Unavailable(
        f"the data in {home} were made by PostgreSQL {made_by}, "
        f"and the programs here are of PostgreSQL {place.binaries.major}",
        hint=f"Delete {home} to start with an empty server, use the programs of "
        f"PostgreSQL {made_by}, or {USE_A_SERVER}.",
    )


def launch(place: Place, lock: int, *, settings: tuple[str, ...], log: int) -> None:
    """Start the server, left to init so that nobody here has to wait for its end."""
    server = [*place.account.prefix, place.binaries.program("postgres"), "-D", str(place.data)]
    for setting in settings:
        server += ["-c", setting]
    shell = ["/bin/sh", "-c", '"$@" &', "sh"]
    _run([*shell, *server], place.account, lock, stdout=log, stderr=log, start_new_session=True)


def _run(
    command: list[str], account: Account, lock: int, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run a program that holds the lock, without variables that would steer it."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            pass_fds=(lock,),
            cwd="/",
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            check=False,
            **account.options(),
            **options,
        )
    except OSError as error:
        raise Unavailable(
            f"{command[0]} cannot be started: {error}", hint=f"Mend that, or {USE_A_SERVER}."
        ) from error


def last_lines(text: str) -> str:
    """Return the end of what a program has written, indented."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-12:])
