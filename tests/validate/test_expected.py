"""validate_schema --expected: a database beside a snapshot, with nothing to build on."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from schema_tools.schema.snapshot import read_snapshot, write_snapshot
from tests.schema.test_snapshot import signed
from tests.validate.sample import ROOT, validated

pytestmark = pytest.mark.db
NO_SCRATCH = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def snapshot(sample, alias: str, tmp_path: Path, settings) -> str:
    """The snapshot of the sample's files; from then on no scratch database is to be had."""
    path = tmp_path / "schema.jsonl"
    call_command("schema_snapshot", of="migrations", database=alias, output=str(path))
    settings.SCHEMA_TOOLS = {
        "MIGRATIONS_DIR": str(ROOT / "migrations_sql"),
        "SCRATCH": NO_SCRATCH,
    }
    return str(path)


@pytest.fixture
def poor(server, sample, alias: str) -> Iterator[str]:
    """A role that may CONNECT and nothing else, as which the alias connects."""
    name = f"poor_{secrets.token_hex(4)}"
    server.execute(f"CREATE ROLE {name} LOGIN")
    server.execute(f"ALTER ROLE {name} SET default_transaction_read_only = on")
    sample.execute("REVOKE ALL ON SCHEMA public FROM public")
    connections[alias].close()
    connections[alias].settings_dict["USER"] = name
    yield name
    connections[alias].close()
    server.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def codes(result: dict) -> list[tuple[str, str | None]]:
    return [(each["code"], each["verdict"]) for each in result["findings"]]


def test_a_database_as_the_snapshot_says_has_no_finding(snapshot: str, alias: str) -> None:
    result = validated(alias, "--expected", snapshot)
    assert result["findings"] == []
    assert result["ok"] is True
    assert result["migrations"]["applied"] == 4
    assert result["expected"]["path"] == snapshot
    assert result["summary"]["objects_compared"] > 150
    assert {each["what"] for each in result["not_checked"]} >= {"models and SQL files themselves"}


def test_drift_is_found_and_can_be_undone(sample, snapshot: str, alias: str) -> None:
    sample.execute(
        "ALTER TABLE users ALTER COLUMN email TYPE varchar(100); DROP INDEX idx_users_role;"
        "CREATE TABLE extra (i int)"
    )
    result = validated(alias, "--expected", snapshot)
    assert sorted(codes(result)) == [
        ("column.type", "database_drifted"),
        ("index.missing", "database_drifted"),
        ("table.extra", "database_drifted"),
    ]
    assert result["ok"] is False
    for finding in result["findings"]:
        undo = next(each for each in finding["remedies"] if each["action"] == "undo")
        sample.execute(undo["text"])
    assert validated(alias, "--expected", snapshot)["findings"] == []


def test_a_role_with_nothing_but_connect_can_ask(
    sample, snapshot: str, alias: str, poor: str
) -> None:
    sample.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    result = validated(alias, "--expected", snapshot, "--kinds", "column,index,constraint")
    assert codes(result) == [("column.type", "database_drifted")]
    reasons = {each["what"]: each["reason"] for each in result["not_checked"]}
    assert f"role {poor!r} lacks a privilege" in reasons["which SQL files are applied"]


def test_damaged_history_is_found(sample, snapshot: str, alias: str) -> None:
    sample.execute("UPDATE schema_migrations SET checksum = 'other' WHERE version LIKE '004%'")
    assert codes(validated(alias, "--expected", snapshot)) == [("history.changed", None)]


def test_files_that_are_not_there_are_no_fault(snapshot: str, alias: str, settings) -> None:
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": "/nowhere", "SCRATCH": NO_SCRATCH}
    result = validated(alias, "--expected", snapshot)
    assert result["findings"] == []
    reasons = {each["what"]: each["reason"] for each in result["not_checked"]}
    assert "/nowhere cannot be read" in reasons["which SQL files are applied"]


def test_the_result_can_be_restricted(sample, snapshot: str, alias: str) -> None:
    sample.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    assert codes(validated(alias, "--expected", snapshot, "--tables", "sessions")) == []
    assert codes(validated(alias, "--expected", snapshot, "--kinds", "index")) == []
    with pytest.raises(CommandError, match="no table 'user'") as caught:
        validated(alias, "--expected", snapshot, "--tables", "user")
    assert caught.value.returncode == 2


def test_a_snapshot_of_another_server_or_version_is_named(snapshot: str, alias: str) -> None:
    path = Path(snapshot)
    lines = path.read_bytes().decode().split("\n")
    header = json.loads(lines[0])
    header["kinds"]["column"].remove("collation")
    header["server_version"] = 14
    body = "".join(f"{line}\n" for line in [json.dumps(header), *lines[1:-2]])
    path.write_bytes(signed(body.encode()))
    result = validated(alias, "--expected", snapshot)
    assert result["findings"] == []
    reasons = {each["what"]: each["reason"] for each in result["not_checked"]}
    assert "an older version" in reasons["column.collation"]
    printed = reasons["whether expressions differ in more than their printed form"]
    assert "the snapshot was made on PostgreSQL 14" in printed


def test_the_snapshot_of_a_database_expects_what_is_there(
    sample, snapshot: str, alias: str
) -> None:
    sample.execute("CREATE TABLE extra (i int)")
    call_command("schema_snapshot", of="database", database=alias, output=snapshot)
    assert validated(alias, "--expected", snapshot)["findings"] == []
    kept = read_snapshot(Path(snapshot).read_bytes(), snapshot)
    assert write_snapshot(kept.schema) == Path(snapshot).read_bytes()


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (["--no-database"], "--no-database asks for something else"),
        (["--only", "models,database"], "--only asks for something else"),
    ],
)
def test_other_comparisons_are_refused_beside_it(
    snapshot: str, alias: str, more: list[str], what: str
) -> None:
    with pytest.raises(CommandError, match=what) as caught:
        validated(alias, "--expected", snapshot, *more)
    assert caught.value.returncode == 2


@pytest.mark.parametrize("path", ["", "/nowhere.jsonl", "/"])
def test_a_snapshot_that_cannot_be_read_is_refused(snapshot: str, alias: str, path: str) -> None:
    with pytest.raises(CommandError) as caught:
        validated(alias, "--expected", path)
    assert caught.value.returncode == 2
