"""The steps of the action for real, in a clone, on a server: a good branch, and a bad one."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.ci.files import ROOT, Job, commit, new_clone
from tests.conftest import Database

pytestmark = pytest.mark.db
SARIF = json.loads((ROOT / "tests/reports/standards/sarif-2.1.0.json").read_text("utf-8"))
WAY_BACK = "-- DOWN\n-- DROP TABLE odd;\n"


@pytest.fixture
def job(tmp_path: Path, database: Database) -> Job:
    job = new_clone(tmp_path)
    job.environment["DATABASE_URL"] = database.url
    job.environment["SCHEMA_TOOLS_CACHE"] = str(tmp_path / "cache")
    return job


def report(job: Job, name: str) -> str:
    return (job.folder / "schema-reports" / name).read_text(encoding="utf-8")


def test_a_bad_branch_fails_at_each_step_and_leaves_its_reports(job: Job) -> None:
    path = job.folder / "migrations_sql/005_odd.sql"
    path.write_text(f"CREATE TABLE odd (id bigint);\n{WAY_BACK}", encoding="utf-8")
    commit(job.folder, "a table without a model, in a file without a header")

    lint = job.step("Lint", base="main")
    assert lint.returncode == 1, lint.stdout
    assert "::warning file=migrations_sql/005_odd.sql,title=lint.header::" in lint.stdout
    models = job.step("Compare models")
    assert models.returncode == 1, models.stdout
    assert "title=table.extra" in models.stdout
    database = job.step("Migrate", database="true")
    assert database.returncode == 1, database.stdout
    assert "005_odd" in database.stdout

    for name in ("lint", "models", "database"):
        sarif = json.loads(report(job, f"{name}.sarif"))
        jsonschema.validate(sarif, SARIF)
        assert sarif["runs"][0]["results"]
        suite = ElementTree.fromstring(report(job, f"{name}.xml"))
        assert suite.find(".//failure") is not None
        assert report(job, f"{name}.md").startswith("<!-- schema_tools -->\n### ")


def test_a_good_branch_passes(job: Job) -> None:
    (job.folder / "README.md").write_text("what it is\n", encoding="utf-8")
    commit(job.folder, "no schema")
    assert job.step("Lint", base="main").returncode == 0
    done = job.step("Migrate")
    assert done.returncode == 0, done.stdout
    assert "not ok" not in report(job, "database.md")
