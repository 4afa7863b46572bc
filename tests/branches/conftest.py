"""A git repository with a migrations folder, which commands and real git work on."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from schema_tools.history.lock_file import LOCK_FILE, lock_text
from schema_tools.services import renumber as service

HEADER = """\
-- Migration: {0}.sql
-- Author: Jo Doe
-- Date: 2026-02-16
-- Purpose: Show what becomes of it
-- Dependencies: {1}
BEGIN;
CREATE TABLE {2} (id int);
COMMIT;
-- DOWN
-- DROP TABLE {2};
"""


@dataclass(frozen=True)
class Result:
    """What a command left: its code, and its report as JSON says it."""

    code: int
    report: dict

    @property
    def moved(self) -> dict[str, str]:
        """Return the new names by the old ones."""
        return {each["from"]: each["to"] for each in self.report["moved"]}


@dataclass(frozen=True)
class Repository:
    """A repository whose folder `sql` holds migrations."""

    root: Path

    @property
    def folder(self) -> Path:
        """Return the migrations folder."""
        return self.root / "sql"

    def git(self, *arguments: str, code: int = 0) -> str:
        """Run git; return what it says. Another exit code than the one expected is an error."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout

    def write(self, version: str, dependencies: str = "none", more: str = "") -> Path:
        """Write a migration file."""
        path = self.folder / f"{version}.sql"
        text = HEADER.format(version, dependencies, version.partition("_")[2])
        path.write_text(text + more, encoding="utf-8")
        return path

    def lock(self) -> None:
        """Write the lock file for the files that are there."""
        out = io.StringIO()
        call_command("sqlmigrate_lint", "--fix", "--fail-on=never", stdout=out)

    def commit(self, message: str = "More") -> None:
        """Commit all that is there."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def add(self, *versions: str) -> None:
        """Write migration files, each after the one before it, with the lock; commit them."""
        last = self.versions()[-1] if self.versions() else ""
        for version in versions:
            self.write(version, f"{last}.sql" if last else "none")
            last = version
        self.lock()
        self.commit(f"Add {', '.join(versions)}")

    def versions(self) -> list[str]:
        """Return the versions of the files that are there."""
        return sorted(path.stem for path in self.folder.glob("*.sql"))

    def text(self, version: str) -> str:
        """Return the text of a file."""
        return (self.folder / f"{version}.sql").read_text(encoding="utf-8")

    def unmerged(self) -> set[str]:
        """Return the paths that are in conflict."""
        return set(self.git("diff", "--name-only", "--diff-filter=U").split())

    def run(self, command: str, *arguments: str) -> Result:
        """Run a command; return its exit code and its report."""
        out = io.StringIO()
        code = 0
        try:
            call_command(command, *arguments, "--format=json", stdout=out)
        except CommandError as error:
            code = error.returncode
        return Result(code, json.loads(out.getvalue()))

    def renumber(self, onto: str, *arguments: str, code: int = 0) -> Result:
        """Renumber onto a commit."""
        result = self.run("sqlmigrate_renumber", "--onto", onto, *arguments)
        assert result.code == code, result.report
        return result

    def faults(self) -> list[str]:
        """Return what lint finds wrong with numbers, names and lock."""
        found = self.run("sqlmigrate_lint", "--fail-on=never").report["findings"]
        return [each["code"] for each in found if each["code"].startswith("file.")]


@pytest.fixture(scope="session", autouse=True)
def only_this_git() -> Iterator[None]:
    """Keep git from what the user has set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
            patch.setenv(name, "/dev/null")
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def begun(tmp_path_factory, only_this_git) -> Path:
    """A repository whose branch `main` has two migrations, to be copied."""
    repository = Repository(tmp_path_factory.mktemp("begun"))
    repository.folder.mkdir()
    repository.git("init", "-q", "-b", "main")
    repository.git("config", "user.name", "Jo Doe")
    repository.git("config", "user.email", "jo@example.com")
    repository.write("001_users")
    repository.write("002_mails", "001_users.sql")
    (repository.folder / LOCK_FILE).write_text(lock_text(repository.versions()))
    repository.commit("Begin")
    return repository.root


@pytest.fixture
def repository(begun, tmp_path, monkeypatch, settings) -> Repository:
    """A repository whose branch `main` has two migrations; no database is asked."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(service, "all_aliases", lambda: ())
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": tmp_path / "sql", "APPS": []}
    return Repository(tmp_path)
