"""`manage.py sqlmigrate_apply` as a process that can be struck while it tells how far it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from tests.crash.crashing_server import CrashingServer
from tests.interrupts import heed_interrupts

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0
START, END = ("", 0), ("end", 0)
"""Where a run is that has begun no statement yet, or has finished the last file."""

_STATEMENT = re.compile(r"\[\d+/\d+\] Applying \S*?(\w+)\.sql: statement (\d+) of \d+")
_LAST_FILE = re.compile(r"\[(\d+)/\1\] Applying \S+ ✅")
_MANAGE = """
    import sys
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
_SETTINGS = """
    import os
    SECRET_KEY = "for tests only"
    INSTALLED_APPS = ["schema_tools"]
    USE_TZ = True
    SCHEMA_TOOLS = {{"MIGRATIONS_DIR": {folder!r}, "LOCK_TIMEOUT": 2}}
    DATABASES = {{
        "default": {{
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["CRASH_DATABASE"],
            "HOST": os.environ["CRASH_HOST"],
            "PORT": os.environ["CRASH_PORT"],
            "USER": os.environ["CRASH_USER"],
        }},
    }}
"""

Place = tuple[str, int]


@dataclass(frozen=True)
class Ended:
    """What a process left: its exit code, its report, and what it wrote beside that."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Manage:
    """A Django project whose commands run as processes on one database of the server."""

    home: Path
    server: CrashingServer
    database: str

    @classmethod
    def make(cls, home: Path, folder: Path, server: CrashingServer, database: str) -> Manage:
        """Write the project's two files."""
        (home / "manage.py").write_text(dedent(_MANAGE))
        settings = dedent(_SETTINGS).format(folder=str(folder))
        (home / "crash_settings.py").write_text(settings)
        return cls(home, server, database)

    def start(self, *arguments: str) -> Running:
        """Start `manage.py` with these arguments."""
        params = self.server.params
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "crash_settings",
            "PYTHONPATH": f"{self.home}{os.pathsep}{ROOT}",
            "PYTHONUTF8": "1",
            "CRASH_DATABASE": self.database,
            "CRASH_HOST": str(params["host"]),
            "CRASH_PORT": str(params["port"]),
            "CRASH_USER": str(params["user"]),
        }
        return Running(
            subprocess.Popen(
                [sys.executable, "-W", "error", "manage.py", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=self.home,
                preexec_fn=heed_interrupts,
            )
        )

    def run(self, *arguments: str) -> Ended:
        """Run `manage.py` to its end."""
        return self.start(*arguments).end()


@dataclass
class Running:
    """A process whose error output is read while it is written."""

    process: subprocess.Popen[str]
    begun: float = field(default_factory=time.monotonic)
    places: list[tuple[float, Place]] = field(default_factory=list)
    """When which statement was begun, in seconds from the start."""

    def __post_init__(self) -> None:
        self._news = threading.Condition()
        self._err: list[str] = []
        self._out: list[str] = []
        self._threads = [
            threading.Thread(target=self._read_err, daemon=True),
            threading.Thread(target=self._read_out, daemon=True),
        ]
        self._is_over = False
        for thread in self._threads:
            thread.start()

    def _read_err(self) -> None:
        for line in self.process.stderr or ():
            with self._news:
                self._err.append(line)
                if place := _place(line):
                    self.places.append((time.monotonic() - self.begun, place))
                self._news.notify_all()
        with self._news:
            self._is_over = True
            self._news.notify_all()

    def _read_out(self) -> None:
        self._out += self.process.stdout or ()

    @property
    def place(self) -> Place:
        """Return the statement that was begun last."""
        return self.places[-1][1] if self.places else START

    def wait_for(self, place: Place) -> None:
        """Return once this statement, or one behind it, has begun or the process has ended."""
        with self._news:
            self._news.wait_for(lambda: self._is_over or self.place >= place, SECONDS)

    def end(self) -> Ended:
        """Return what it left, once it has ended by itself."""
        code = self.process.wait(SECONDS)
        for thread in self._threads:
            thread.join(SECONDS)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        return Ended(code, "".join(self._out), "".join(self._err))


def _place(line: str) -> Place | None:
    if _LAST_FILE.search(line):
        return END
    found = _STATEMENT.search(line)
    return (found[1], int(found[2])) if found else None
