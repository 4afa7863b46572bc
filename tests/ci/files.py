"""The CI files, read as YAML, and a clone of a project in which their steps are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github/workflows/schema.yml"
ACTION = ROOT / ".github/actions/schema/action.yml"
GITLAB = ROOT / "ci/gitlab/schema.yml"
IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.org")


def read(path: Path) -> dict[str, Any]:
    """Return a YAML file; `on` stays a word."""
    return YAML(typ="safe").load(path)


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, without anybody's settings; return what it prints."""
    # Within a hook git's variables name the repository that is committed to.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *IDENTITY, *arguments],
        cwd=folder,
        env={**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def commit(folder: Path, message: str) -> None:
    """Commit all that is in a folder."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", message)


@dataclass
class Job:
    """A machine of a CI: a clone, and the environment that the steps share."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def bash(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script as both CIs do: an error ends it."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )

    def step(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a step of the composite action; an input without a value has its default."""
        action = read(ACTION)
        step = next(step for step in action["runs"]["steps"] if step["name"].startswith(name))
        given = {key: str(each["default"]) for key, each in action["inputs"].items()}
        values = {f"inputs.{key}": value for key, value in {**given, **inputs}.items()}
        values["github.event.pull_request.number"] = "7"
        variables = {
            key: re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], value)
            for key, value in step["env"].items()
        }
        return self.bash(
            step["run"],
            GITHUB_ACTIONS="true",
            GITHUB_ACTION_PATH=str(self.folder / ".github/actions/schema"),
            **variables,
        )

    def gitlab(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a job of the GitLab include."""
        job = extended(read(GITLAB), name)
        script = "\n".join([*job["before_script"], *job["script"]])
        given = {name: str(value) for name, value in job.get("variables", {}).items()}
        return self.bash(script, **{**given, **variables})


def extended(file: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a job with what it extends; dictionaries are joined, all else is replaced."""
    job = dict(file[name])
    base = extended(file, job.pop("extends")) if "extends" in job else {}
    both = {key for key in base if isinstance(base[key], dict) and key in job}
    return {**base, **job, **{key: {**base[key], **job[key]} for key in both}}


def new_clone(folder: Path) -> Job:
    """Return a clone of the sample service and its CI, on a branch of its own."""
    upstream, clone = folder / "upstream", folder / "clone"
    for name in ("authservice", "migrations_sql", "ci", ".github"):
        shutil.copytree(ROOT / name, upstream / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", upstream)
    git(upstream, "init", "--quiet", "--initial-branch=main")
    commit(upstream, "the sample")
    git(folder, "clone", "--quiet", str(upstream), str(clone))
    git(clone, "checkout", "--quiet", "-b", "feature")
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Job(clone, {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"})
