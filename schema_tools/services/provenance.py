"""Who runs the tool, and from which commit."""

from __future__ import annotations

import getpass
import socket
import subprocess
from pathlib import Path

from schema_tools import __version__
from schema_tools.postgres.ledger import Provenance

_GIT_SECONDS = 5


def provenance(folder: Path, environment: str) -> Provenance:
    """Return what every history row says about its origin."""
    return Provenance(
        user=f"{os_user()}@{socket.gethostname()}",
        environment=environment,
        tool_version=__version__,
        git_commit=git(folder, "rev-parse", "HEAD"),
    )


def author(folder: Path) -> str:
    """Return the user's name as git knows it, else as the operating system does."""
    return git(folder, "config", "user.name") or os_user()


def os_user() -> str:
    """Return the name of the user; a container's number may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints about a folder, "" where there is no git, folder or answer."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
