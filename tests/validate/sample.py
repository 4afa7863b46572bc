"""Run the commands on the sample service, or on a copy of it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connections

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` of a folder as a process, on the database of a URL."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "authservice.settings",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def validated(alias: str, *arguments: str) -> dict[str, Any]:
    """Run validate_schema in this process; return its JSON."""
    out = io.StringIO()
    try:
        call_command("validate_schema", *arguments, database=alias, format="json", stdout=out)
    except CommandError as error:
        if error.returncode != 1:  # what 1 stands for is in the report
            raise
    finally:
        connections[alias].close()
    return json.loads(out.getvalue())
