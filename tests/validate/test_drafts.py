"""Files drafted from the models or from the live database: written, applied, and clean.

A case is a file of the folder `drafts`: edits to the sample's models, SQL run on the live
database, and what the drafted files are called and say. All of it is done with the commands that
users type. Files drafted from the database are recorded where the hotfix is, and applied on
another database.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.diff import diff
from schema_tools.schema.objects import Schema
from tests.validate.sample import run
from tests.validate.test_differences import apply_edit

CASES = sorted((Path(__file__).parent / "drafts").glob("*.toml"))
ROWS = """
INSERT INTO users (email, username, password_hash, city)
SELECT n || '@example.org', 'user' || n, '!', 'here' FROM generate_series(1, 50) AS n
"""
pytestmark = pytest.mark.db


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_draft(case: Path, sample, copy: Path, server, sample_template: str) -> None:
    said = tomllib.loads(case.read_text(encoding="utf-8"))
    for edit in said["edit"]:
        apply_edit(copy, **edit)
    if said.get("rows"):
        sample.execute(ROWS)
    before = schema_of(sample)
    for statement in filter(str.strip, said.get("database", "").split(";;\n")):
        sample.execute(statement)
    create(copy, sample.url, said)
    if said.get("source") == "database":
        succeed(copy, sample.url, "sqlmigrate_apply", "--fake", "--noinput")
        remaining = said.get("remaining", [])
        assert findings(copy, sample.url) == remaining
        elsewhere = sample.url.replace(sample.name, f"{sample.name}_elsewhere")
        server.execute(f"CREATE DATABASE {sample.name}_elsewhere TEMPLATE {sample_template}")
        try:
            succeed(copy, elsewhere, "sqlmigrate_apply")
            assert findings(copy, elsewhere) == remaining
        finally:
            server.execute(f"DROP DATABASE {sample.name}_elsewhere WITH (FORCE)")
        return
    succeed(copy, sample.url, "sqlmigrate_apply")
    assert findings(copy, sample.url) == []
    steps = str(len(said["files"]))
    succeed(
        copy, sample.url, "sqlmigrate_rollback", "--steps", steps, "--allow-data-loss", "--noinput"
    )
    assert diff(schema_of(sample), before) == ()


def create(copy: Path, url: str, said: dict[str, Any]) -> None:
    """Draft the files; see that they are those, and say what the case says."""
    source = said.get("source", "models")
    there = {path.stem for path in (copy / "migrations_sql").glob("*.sql")}
    printed = succeed(copy, url, "sqlmigrate_create", "NewWork", f"--from-{source}", "--noinput")
    assert said.get("prints", "") in printed
    written = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (copy / "migrations_sql").glob("*.sql")
        if path.stem not in there
    }
    assert sorted(written) == said["files"], written
    for name, texts in said["says"].items():
        for text in texts:
            assert text in written[name]


def succeed(copy: Path, url: str, *words: str) -> str:
    done = run(copy, url, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def findings(copy: Path, url: str) -> list[str]:
    done = run(copy, url, "validate_schema", "--format", "json")
    assert done.stdout, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return [each["code"] for each in found]


def schema_of(database) -> Schema:
    with database.connect() as connection:
        return read_schema(connection, ("public",))
