"""What a running server shows of itself: its ``postmaster.pid`` and its Unix socket."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.unprivileged import Account

PORT = 5432
SHORT_FOLDERS = (Path("/tmp"), Path("/var/tmp"), Path("/run"))
LONGEST_SOCKET_PATH = 103  # bytes; macOS allows 104 with the closing zero, Linux 108


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The main process of a server, as ``postmaster.pid`` names it.

    The file outlives a server that was killed: its pid may belong to any program by now.
    """

    pid: int
    data: Path
    port: int
    socket_folder: Path
    status: str

    def answers(self) -> bool:
        """Tell whether a server listens on the socket."""
        return listens(self.socket_folder, self.port)


def listens(folder: Path, port: int) -> bool:
    """Tell whether a server listens on the folder's socket; that of a killed server refuses."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(folder / f".s.PGSQL.{port}"))
        except OSError:
            return False
    return True


def read_postmaster(data: Path) -> Postmaster | None:
    """Return what ``postmaster.pid`` says, None if there is none or it is not complete yet."""
    try:
        pid, folder, _started, port, sockets, _tcp, _memory, status, *_ = (
            (data / "postmaster.pid").read_text().splitlines()
        )
        postmaster = Postmaster(int(pid), Path(folder), int(port), Path(sockets), status.strip())
    except (FileNotFoundError, ValueError):
        return None
    return postmaster if postmaster.pid > 0 and sockets else None


def make_socket_folder(prefix: str, account: Account) -> Path:
    """Make a private folder whose path is short enough for a Unix socket in it."""
    for parent in (*SHORT_FOLDERS, Path(tempfile.gettempdir())):
        room = LONGEST_SOCKET_PATH - len(f"{prefix}12345678/.s.PGSQL.{PORT}")
        if os.access(parent, os.W_OK) and len(os.fsencode(parent)) < room:
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            account.give(folder)
            return folder
    raise Unavailable(
        "there is no folder for the embedded PostgreSQL's socket",
        hint="Let this user write to /tmp, or name a short folder with TMPDIR.",
    )


def check_private(folder: Path, *, owner: int) -> None:
    """Raise Unavailable unless a folder is the owner's and closed to everybody else.

    The server trusts whoever reaches its socket, so that must be nobody but the owner and root.
    """
    facts = folder.lstat()
    if stat.S_ISDIR(facts.st_mode) and facts.st_uid == owner and not facts.st_mode & 0o077:
        return
    raise Unavailable(
        f"the socket folder {folder} of the embedded PostgreSQL is not private",
        hint="Somebody changed its owner or its mode. Stop the server and start it again.",
    )


def remove_socket_folder(link: Path, prefix: str) -> None:
    """Remove the folder that a link names, if it is of this server, and the link."""
    if not link.is_symlink():
        return
    folder = link.readlink()
    if folder.name.startswith(prefix):
        shutil.rmtree(folder, ignore_errors=True)
    link.unlink(missing_ok=True)
