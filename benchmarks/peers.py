"""Other programs that compare schemas, from the registry, in an environment of their own."""

from __future__ import annotations

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
