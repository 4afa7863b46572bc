"""What is linted of a branch, and what is refused; a stand-in notes what manage.py is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci.files import Job, new_clone

pytestmark = pytest.mark.process


class Clone:
    """A clone whose Python notes its arguments, and ends with the code of the file `code`."""

    def __init__(self, folder: Path) -> None:
        self.job: Job = new_clone(folder)
        self.folder = self.job.folder
        self.log = folder / "log"
        python = folder / "noting python"
        python.write_text(
            f'#!/bin/sh\necho "$*" >> "{self.log}"\n'
            f'exit "$(cat "{folder}/code" 2>/dev/null || echo 0)"\n',
            encoding="utf-8",
        )
        python.chmod(0o755)
        (folder / "python").symlink_to(python)
        self.job.environment["PATH"] = f"{folder}:{self.job.environment['PATH']}"

    def ends_with(self, code: int) -> None:
        """Let the command end with a code."""
        (self.log.parent / "code").write_text(str(code), encoding="utf-8")

    def lint(self, base: str = "main", **inputs: str) -> tuple[int, str]:
        """Run the step; return its exit code and what it prints."""
        done = self.job.step("Lint", base=base, **inputs)
        return done.returncode, done.stdout

    @property
    def asked(self) -> list[str]:
        """What was run, a line for each format."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


def words(asked: str) -> str:
    """Return a command and its own arguments."""
    return asked.removeprefix("manage.py ").split(" --format ")[0]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_what_the_branch_changes_is_linted_in_every_form(clone: Clone) -> None:
    assert clone.lint() == (0, "")
    assert clone.asked == [
        "manage.py sqlmigrate_lint --against origin/main --format github "
        "--also sarif=schema-reports/lint.sarif --also junit=schema-reports/lint.xml "
        "--also markdown=schema-reports/lint.md"
    ]


def test_all_is_linted_where_there_is_no_base(clone: Clone) -> None:
    assert clone.lint(base="")[0] == 0
    assert clone.asked[0].startswith("manage.py sqlmigrate_lint --format github ")


@pytest.mark.parametrize("code", [1, 2, 70])
def test_the_code_of_the_command_is_that_of_the_step(clone: Clone, code: int) -> None:
    clone.ends_with(code)
    assert clone.lint()[0] == code
    assert len(clone.asked) == 1


def test_where_edits_are_allowed_all_is_linted(clone: Clone) -> None:
    assert clone.lint(**{"allow-edits": "true"})[0] == 0
    assert clone.asked[0].startswith("manage.py sqlmigrate_lint --format github ")


def test_a_checkout_without_the_history_is_told_what_it_needs(clone: Clone) -> None:
    code, said = clone.lint(base="elsewhere")
    assert code == 2
    assert "fetch-depth: 0" in said


def test_a_project_in_a_subfolder_is_linted_there(clone: Clone) -> None:
    folder = clone.folder / "site"
    folder.mkdir()
    inner = Job(folder, clone.job.environment)
    done = inner.bash("../ci/lint.sh", BASE="main")
    assert done.returncode == 0, done.stdout
    assert words(clone.asked[0]) == "sqlmigrate_lint --against origin/main"


def test_gitlab_lints_the_same(clone: Clone) -> None:
    done = clone.job.gitlab(
        "schema-lint", SCHEMA_TOOLS_INSTALL="true", CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main"
    )
    assert done.returncode == 0, done.stdout
    assert words(clone.asked[0]) == "sqlmigrate_lint --against origin/main"
    assert clone.job.gitlab("schema-lint", SCHEMA_TOOLS_INSTALL="true").returncode == 0
    assert words(clone.asked[1]) == "sqlmigrate_lint"


def test_gitlab_migrates_before_it_compares(clone: Clone) -> None:
    assert clone.job.gitlab("schema-database", SCHEMA_TOOLS_INSTALL="true").returncode == 0
    assert [*map(words, clone.asked)] == [
        "sqlmigrate_apply --noinput",
        "migrate --noinput",
        "validate_schema",
    ]
    clone.ends_with(5)
    assert clone.job.gitlab("schema-database", SCHEMA_TOOLS_INSTALL="true").returncode == 5


def test_what_fails_to_install_ends_the_job(clone: Clone) -> None:
    assert clone.job.gitlab("schema-models", SCHEMA_TOOLS_INSTALL="false").returncode != 0
    assert clone.asked == []


@pytest.mark.parametrize("arguments", ["", "lint"])
def test_without_a_command_there_is_nothing_to_report(clone: Clone, arguments: str) -> None:
    done = clone.job.bash(f"ci/report.sh {arguments}")
    assert (done.returncode, done.stdout) == (
        2,
        "usage: ci/report.sh NAME COMMAND [ARGUMENT…]\n",
    )
    assert clone.asked == []
