"""Real Django projects, migrated by their own migrations, and what validate_schema says of them.

A project is a folder of `projects`: its settings, the pinned versions of what it needs, and
`project.toml`, which says in which stages it was migrated and which findings are expected. Its
programs are installed under `.cache/real`, once; its database is on a private server that ends
with the campaign.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import private_server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".cache" / "real"
PROJECTS = HERE / "projects"
OFFLINE = (
    "NOT RUN: {name}: its programs could not be installed. This campaign downloads them once, so "
    "the package index must be within reach.\n{output}"
)


class NotRun(Exception):
    """Something that a project needs is not to be had on this machine."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One time at which a project was migrated: its code, its versions, its Python."""

    name: str
    folder: Path
    requirements: Path
    pythons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """A project, and what is expected of it; ``findings`` are (severity, code, object)."""

    name: str
    title: str
    stages: tuple[Stage, ...]
    findings: tuple[tuple[str, str, str], ...]
    tolerated: dict[str, int]


def read_project(name: str) -> Project:
    """Return the project of a folder."""
    folder = PROJECTS / name
    said = tomllib.loads((folder / "project.toml").read_text(encoding="utf-8"))
    stages = []
    for stage in said["stage"]:
        place = folder / stage.get("folder", ".")
        stages.append(
            Stage(
                "-".join(place.resolve().relative_to(PROJECTS.resolve()).parts),
                place,
                place / stage["requirements"],
                tuple(stage.get("pythons", ())),
            )
        )
    expected = [(each["severity"], each["code"], each["object"]) for each in said["finding"]]
    return Project(
        name, said["title"], tuple(stages), tuple(sorted(expected)), said.get("tolerated", {})
    )


def main(names: list[str]) -> int:
    """Run the projects, or all; return 1 where one is not as expected, 2 where one did not run."""
    known = sorted(each.parent.name for each in PROJECTS.glob("*/project.toml"))
    for name in names:
        if name not in known:
            say(f"There is no project {name!r}. Known: {', '.join(known)}.")
            return 2
    server = private_server(find_binaries()).params
    code = 0
    for name in names or known:
        project = read_project(name)
        try:
            wrong = list(run_project(project, server))
        except NotRun as error:
            say(str(error))
            code = 2
            continue
        for line in wrong:
            say(f"  {line}")
        say(f"{'FAILED' if wrong else 'ok'}: {project.name}")
        code = code or int(bool(wrong))
    return code


def run_project(project: Project, server: dict[str, Any]) -> Iterator[str]:
    """Migrate a project through its stages and validate it; yield what is not as expected."""
    say(f"{project.name}: {project.title}")
    database = f"real_{project.name}"
    with psycopg.connect(**server, dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    place = {"NAME": database, "HOST": server["host"], "PORT": server["port"]}
    place["USER"] = server["user"]
    for stage in project.stages:
        python = installed(stage)
        done = django(stage, python, place, "migrate", "--verbosity", "0")
        if done.returncode:
            raise NotRun(f"NOT RUN: {project.name}: migrate failed in {stage.name}\n{done.stderr}")
    begin = time.monotonic()
    done = django(stage, python, place, "validate_schema", "--format", "json", "--no-cache")
    say(f"  validated in {time.monotonic() - begin:.1f} s, exit code {done.returncode}")
    yield from deviations(project, done)


def deviations(project: Project, done: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """Yield in what a validation is not as expected."""
    if done.returncode not in (0, 1):
        yield f"validate_schema ended with {done.returncode}: {done.stderr.strip()}"
        return
    report = json.loads(done.stdout)
    found = sorted(
        (each["severity"], each["code"], _name(each["object"])) for each in report["findings"]
    )
    expected = list(project.findings)
    for each in found:
        if each in expected:
            expected.remove(each)
        else:
            yield f"not expected: {' '.join(each)}"
    for each in expected:
        yield f"expected, and not found: {' '.join(each)}"
    if report["tolerated"] != project.tolerated:
        yield f"tolerated: {report['tolerated']}, expected {project.tolerated}"
    if not report["summary"]["objects_compared"]:
        yield "nothing was compared"


def _name(subject: dict[str, Any] | None) -> str:
    return ".".join(filter(None, (subject["table"], subject["name"]))) if subject else "-"


def django(
    stage: Stage, python: Path, place: dict[str, Any], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of a stage's Django, which sees of this checkout the package alone."""
    package = CACHE / "path"
    package.mkdir(parents=True, exist_ok=True)
    link = package / "schema_tools"
    if not link.is_symlink():
        link.symlink_to(ROOT / "schema_tools")
    return subprocess.run(
        [python, "-m", "django", *arguments],
        cwd=stage.folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "PYTHONPATH": os.pathsep.join(map(str, (stage.folder, HERE, package))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "settings",
            "REAL_DATABASE": json.dumps(place),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def installed(stage: Stage) -> Path:
    """Return the Python of a stage's virtual environment, which is made where it is not there.

    Stages with the same versions share one.
    """
    python = find_python(stage)
    said = f"{python}\n{stage.requirements.read_text(encoding='utf-8')}"
    folder = CACHE / hashlib.sha256(said.encode()).hexdigest()[:16]
    own = folder / "bin" / "python"
    if (folder / "complete").exists():
        return own
    shutil.rmtree(folder, ignore_errors=True)
    say(f"  installing {stage.name}")
    requirements = ("-r", str(stage.requirements))
    for command in (
        (python, "-m", "venv", str(folder)),
        (str(own), "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotRun(OFFLINE.format(name=stage.name, output=done.stderr.strip()[-2000:]))
    (folder / "complete").touch()
    return own


def find_python(stage: Stage) -> str:
    """Return a Python of a version that a stage runs on; this one where it names none."""
    if not stage.pythons:
        return sys.executable
    for version in stage.pythons:
        own = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
        for program in (shutil.which(f"python{version}"), *own):
            if program and _runs(str(program)):
                return str(program)
    raise NotRun(
        f"NOT RUN: {stage.name} needs a Python of these versions, and there is none: "
        f"{', '.join(stage.pythons)}"
    )


def _runs(program: str) -> bool:
    """Return whether it is a Python: pyenv leaves programs that only say they are not there."""
    done = subprocess.run([program, "-c", ""], capture_output=True, check=False)
    return done.returncode == 0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
