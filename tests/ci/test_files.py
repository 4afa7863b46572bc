"""The CI files: what their schemas say, least rights, pinned actions, no text from outside run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ci.files import ACTION, GITLAB, ROOT, WORKFLOW, extended, read

SCHEMAS = {
    "workflow": ("vendor.github-workflows", WORKFLOW),
    "action": ("vendor.github-actions", ACTION),
    "gitlab": ("vendor.gitlab-ci", GITLAB),
}
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


def steps() -> list[dict[str, Any]]:
    return [*read(WORKFLOW)["jobs"]["schema"]["steps"], *read(ACTION)["runs"]["steps"]]


@pytest.mark.process
@pytest.mark.parametrize(("schema", "path"), SCHEMAS.values(), ids=SCHEMAS)
def test_the_file_is_what_its_service_takes(schema: str, path: Path) -> None:
    transform = ["--data-transform", "gitlab-ci"] if path == GITLAB else []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run(
        [*command, *transform, str(path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_has_no_rights_but_those_that_its_job_names() -> None:
    workflow = read(WORKFLOW)
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["schema"]["permissions"] == {
        "contents": "read",
        "pull-requests": "write",
        "security-events": "write",
    }
    assert "pull_request_target" not in workflow["on"]


def test_what_needs_rights_is_left_out_for_forks() -> None:
    """The token of their pull requests may only read."""
    given = next(step for step in steps() if step.get("uses", "").startswith("./"))["with"]
    for name in ("sarif", "comment"):
        assert "github.event.pull_request.head.repo.full_name == github.repository" in given[name]


def test_actions_of_others_are_pinned() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert "github/codeql-action/upload-sarif@v4" in used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@(v\d+|[0-9a-f]{40})", action) or action.startswith("./")


def test_the_checkout_keeps_no_token_and_has_the_history() -> None:
    given = next(s for s in steps() if s.get("uses", "").startswith("actions/checkout"))["with"]
    assert given == {"fetch-depth": 0, "persist-credentials": False}


def test_no_text_from_outside_becomes_a_script() -> None:
    """The name of a branch may hold anything: it comes as a variable."""
    scripts = [step["run"] for step in steps() if "run" in step]
    assert len(scripts) == 5
    assert not any(map(EXPRESSION.search, scripts))


def test_the_action_is_given_what_it_takes_and_uses_it() -> None:
    action = read(ACTION)
    text = json.dumps(action["runs"])
    assert {*re.findall(r"inputs\.([a-z-]+)", text)} == {*action["inputs"]}
    given = next(step for step in steps() if step.get("uses", "").startswith("./"))
    assert {*given["with"]} <= {*action["inputs"]}
    assert given["uses"] == f"./{ACTION.parent.relative_to(ROOT)}"


def test_every_input_is_documented_with_its_default() -> None:
    page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    rows = [re.findall(r"`([^`]+)`", row) for row in page.splitlines() if row.startswith("| `")]
    for name, given in read(ACTION)["inputs"].items():
        (row,) = [row for row in rows if name in row]
        default = str(given["default"])
        assert default in row or default.startswith("${{"), name


def test_each_upload_has_a_category_of_its_own() -> None:
    uploads = [s["with"] for s in steps() if "upload-sarif" in s.get("uses", "")]
    assert len({upload["category"] for upload in uploads}) == 3
    assert len({upload["sarif_file"] for upload in uploads}) == 3


def test_all_steps_run_also_where_an_earlier_one_has_found_something() -> None:
    first, *others = read(ACTION)["runs"]["steps"]
    assert "if" not in first
    assert all("!cancelled()" in step["if"] for step in others)


@pytest.mark.parametrize("name", ["schema-lint", "schema-models", "schema-database"])
def test_gitlab_keeps_reports_also_of_a_job_that_failed(name: str) -> None:
    job = extended(read(GITLAB), name)
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["reports"] == {"junit": f"{job['variables']['REPORTS']}/*.xml"}


def test_gitlab_comments_once_and_only_with_a_token() -> None:
    job = extended(read(GITLAB), "schema-comment")
    assert "$SCHEMA_TOOLS_TOKEN" in job["rules"][0]["if"]
    assert job["stage"] == ".post"
    assert "artifacts" not in job


@pytest.mark.process
@pytest.mark.parametrize("script", sorted((ROOT / "ci").glob("*.sh")), ids=lambda p: p.name)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    program = shutil.which("shellcheck", path=Path(sys.executable).parent)
    assert program, "make install brings it"
    done = subprocess.run([program, script], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert script.stat().st_mode & 0o111 == 0o111
