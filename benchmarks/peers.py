"""Other programs that do such work, from the registries, in folders of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import django

FOLDER = Path("build") / "bench" / "peers"
# migra is not maintained: it needs what newer versions of setuptools have dropped.
PACKAGES = (
    f"django=={django.get_version()}",
    "psycopg[binary]",
    "django-extensions==4.1",
    "migra==3.0.1663481299",
    "psycopg2-binary",
    "setuptools<81",
)
DBMATE = "dbmate@2.36.0"


def install(root: Path) -> Path:
    """Return the folder of the peers' programs, which are installed at the first call."""
    folder = root / FOLDER
    done = folder / ".installed"
    wanted = "\n".join(PACKAGES)
    if not (done.is_file() and done.read_text() == wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qqq"]
        subprocess.run([*pip, "--disable-pip-version-check", *PACKAGES], check=True)
        done.write_text(wanted)
    return folder / "bin"


def install_dbmate(root: Path) -> Path | None:
    """Return dbmate, which npm installs at the first call; None where there is no npm."""
    folder = root / FOLDER.parent / "dbmate"
    program = folder / "node_modules" / ".bin" / "dbmate"
    if program.exists():
        return program
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write("NOT MEASURED: dbmate, which needs npm\n")
        return None
    quiet = ("--silent", "--no-audit", "--no-fund")
    subprocess.run([npm, "install", *quiet, "--prefix", folder, DBMATE], check=True)
    return program
