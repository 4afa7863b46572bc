"""A walk through a page: its files are written and its lines typed, in a checkout of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from schema_tools.postgres.embedded.binaries import find_binaries
from tests.docs.pages import ROOT, SHELLS, Block, Line, blocks, lines

# No container engine runs here: tests/docs/test_shell_lines.py holds these against the files.
NOT_TYPED = re.compile(r"docker(-compose)? |make ")
# The package is taken from the working tree, as from a wheel; the rest no line asks for.
NOT_COPIED = ("schema_tools/", "tests/", "benchmarks/", "docs/")
SERVICE = "localhost:8001"
DEADLINE = 300


def in_shell(
    command: str, folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a line as it is typed; both its outputs are in the one of what is returned."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that was typed, and what came of it."""

    line: Line
    code: int
    output: str


@dataclass(slots=True)
class Walk:
    """A checkout, its environment, and the service once a line has asked for it."""

    folder: Path
    environment: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)
    service: subprocess.Popen[bytes] | None = None

    def through(self, page: Path) -> Iterator[Typed]:
        """Write the files of a page and type its lines, from its first to its last."""
        for block in blocks(page):
            if block.note in {"file", "append"}:
                self.write(block)
            elif block.language in SHELLS and block.note != "not run":
                yield from self.type(lines(block))

    def write(self, block: Block) -> None:
        """Write a block to the file that its page names."""
        path = self.folder / block.place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block.note == "append" else "w", encoding="utf-8") as file:
            file.write(block.text)

    def type(self, typed: Iterable[Line]) -> Iterator[Typed]:
        """Type lines one after the other; those for a container engine are left out."""
        for line in typed:
            if not NOT_TYPED.match(line.command):
                yield self._typed(line)

    def _typed(self, line: Line) -> Typed:
        command = line.command
        if SERVICE in command:
            command = command.replace(SERVICE, self._serve())
        done = in_shell(command, self.folder, self.environment)
        output = done.stdout
        for name, shown in self.names.items():
            output = output.replace(name, shown)
        return Typed(line, done.returncode, output)

    def _serve(self) -> str:
        """Start the service on a free port, and return where it answers."""
        if self.service is None:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                place = f"127.0.0.1:{free.getsockname()[1]}"
            self.names[place] = SERVICE
            self.service = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", "--noreload", "--skip-checks", place],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            _wait_for(f"http://{place}/health/schema")
        return next(place for place, shown in self.names.items() if shown == SERVICE)

    def end(self) -> None:
        """End the service, if it was started."""
        if self.service is not None:
            self.service.send_signal(signal.SIGTERM)
            self.service.wait(timeout=DEADLINE)


def _wait_for(url: str) -> None:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing answers at {url}")


@contextmanager
def checkout(folder: Path, database: str, url: str) -> Iterator[Walk]:
    """Copy what version control knows of the working tree to a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(NOT_COPIED):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    walk = Walk(folder, environment_of(folder, url), {database: "auth_db", str(folder): "."})
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=The sample service"],
    ):
        subprocess.run(["git", *command], cwd=folder, env=walk.environment, check=True)
    try:
        yield walk
    finally:
        walk.end()


def environment_of(folder: Path, url: str) -> dict[str, str]:
    """Return what the shell of a developer has who has just installed the project."""
    programs = [Path(sys.executable).parent, find_binaries().folder]
    return {
        "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
        "HOME": str(folder.parent),
        "VIRTUAL_ENV": sys.prefix,
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "DATABASE_URL": url,
        "DEBUG": "1",
        "SCHEMA_TOOLS_CACHE": str(folder.parent / "cache"),
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


# What differs from run to run.
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "TIME"),
    (re.compile(r"\b\d+(\.\d+)? (ms|s)\b"), "DURATION"),
    (re.compile(r" on (the embedded server|this machine, port \d+) \(PostgreSQL"), " (PostgreSQL"),
    (re.compile(r"PostgreSQL \d+(\.\d+)?"), "PostgreSQL"),
    (re.compile(r"\b[0-9a-f]{7,40}\b"), "HASH"),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r" $", re.MULTILINE), ""),
    (re.compile(r"\S+@\S+$", re.MULTILINE), "WHO"),
)


def shows(output: str, shown: str) -> bool:
    """Return whether an output is what a page shows of it; ``…`` in the page is any text."""
    pattern = ".*?".join(re.escape(part) for part in _settled(shown).split("…"))
    return re.fullmatch(pattern, _settled(output), re.DOTALL) is not None


def _settled(text: str) -> str:
    for varying, word in _VARIES:
        text = varying.sub(word, text)
    return text.strip()
