"""The published JSON Schemas: real outputs of every command fit them, and no other command's."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import get_commands
from referencing import Registry, Resource

from schema_tools.history.settlement import Deed
from schema_tools.history.standing import State
from schema_tools.reports.format import formats
from schema_tools.reports.style import Style
from schema_tools.services.inquiry import Situation
from schema_tools.services.outlook import FLAGS
from tests.reports.samples import REPORTS, WHOLE
from tests.runner.conftest import Project

FOLDER = files("schema_tools.reports").joinpath("json_schemas")
SCHEMAS = {
    each.name.removesuffix(".json"): json.loads(each.read_text("utf-8"))
    for each in FOLDER.iterdir()
}
REGISTRY = Registry().with_resources(
    [(f"{name}.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()]
)
COMMANDS = sorted(name for name, app in get_commands().items() if app == "schema_tools")
TABLE = """
-- Purpose: One table
-- FORWARD MIGRATION (UP)
BEGIN;
CREATE TABLE one (id bigint PRIMARY KEY);
COMMIT;
-- ROLLBACK MIGRATION (DOWN)
-- DROP TABLE one;
"""


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(SCHEMAS[name], registry=REGISTRY)


def complaints(name: str, document: dict[str, Any]) -> list[str]:
    return [f"{each.json_path}: {each.message}" for each in validator(name).iter_errors(document)]


def test_every_command_has_one() -> None:
    assert {*COMMANDS} | {"report"} == {*SCHEMAS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_key_is_described(name: str) -> None:
    """The page says of each key of a report, and of its summary, what it means."""
    text = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    schema = SCHEMAS[name]
    parts = (schema, schema.get("then", {}), schema.get("else", {}))
    keys = [key for part in parts for key in part.get("properties", {})]
    keys += [
        key
        for part in parts
        for key in part.get("properties", {}).get("summary", {}).get("properties", {})
    ]
    assert [key for key in keys if f"`{key}`" not in text] == []


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_report_fits_the_common_one(report) -> None:
    document = json.loads(formats()["json"].render(report, Style()))
    if "database" not in report.facts or isinstance(report.facts["database"], dict):
        assert complaints("report", document) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["findings", 0, "severity"], "bad"),
        (["findings", 0, "locations", 0, "line"], 0),
        (["findings", 0, "remedies", 0, "side"], "elsewhere"),
        (["findings", 0, "more"], 1),
        (["not_checked", 0, "reason"], None),
        (["ok"], "yes"),
        (["format_version"], 2),
        (["summary", "critical"], -1),
    ],
)
def test_what_is_wrong_does_not_fit(path: list[Any], value: object) -> None:
    document = json.loads(formats()["json"].render(WHOLE, Style()))
    *parents, last = path
    place = document
    for part in parents:
        place = place[part]
    place[last] = value
    assert complaints("report", document)


def test_the_states_are_those_that_there_are() -> None:
    states = SCHEMAS["sqlmigrate_status"]["$defs"]["version"]["properties"]["state"]["enum"]
    assert {*states} == {state.value for state in State}
    counted = SCHEMAS["report"]["$defs"]["migrations"]["properties"]
    assert {*counted} == {*states}


def test_what_may_be_settled_is_what_there_is() -> None:
    schema = SCHEMAS["sqlmigrate_resolve"]
    offer, situation = schema["$defs"]["offer"], schema["else"]["properties"]["situation"]
    assert {*offer["properties"]["deed"]["enum"]} == {deed.name.lower() for deed in Deed}
    assert {*situation["enum"]} == {each.value for each in Situation}
    assert {*schema["$defs"]["flag"]["enum"]} == {*FLAGS}


@pytest.fixture
def project(tmp_path: Path, alias: str, database, settings) -> Project:
    """A project with one file, and an empty database."""
    folder = tmp_path / "migrations_sql"
    folder.mkdir()
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(folder), "APPS": []}
    found = Project(folder, alias, database)
    found.write("001_one", TABLE)
    return found


def fits(project: Project, command: str, *arguments: str, code: int = 0, **options: Any) -> dict:
    """Run a command, hold its JSON against its schema and the common one, and return it."""
    result = project.run(command, *arguments, format="json", **options)
    assert result.code == code, result.err
    document = json.loads(result.out)
    assert complaints(command, document) == []
    assert complaints("report", document) == []
    return document


@pytest.mark.db
def test_real_outputs_of_the_runner_fit(project: Project) -> None:
    fits(project, "sqlmigrate_status")
    fits(project, "sqlmigrate_apply", "--plan")
    fits(project, "sqlmigrate_apply")
    project.write("002_bad", "SELECT 1;\n\nSELECT nowhere;")
    fits(project, "sqlmigrate_apply", code=5)
    project.write("003_two", TABLE.replace("one", "two"))
    project.write("001_one", TABLE + "-- changed\n")
    states = {each["state"] for each in fits(project, "sqlmigrate_status")["history"]}
    assert {"changed", "pending"} <= states
    assert fits(project, "sqlmigrate_resolve", "1")["situation"] == "changed"
    assert fits(project, "sqlmigrate_resolve", "2", "--restore", code=2)["refused"]
    assert fits(project, "sqlmigrate_resolve", "1", "--accept-checksum")["settled"]
    (project.folder / "002_bad.sql").unlink()
    fits(project, "sqlmigrate_apply", "9", code=2)
    fits(project, "sqlmigrate_rollback", "--plan")
    fits(project, "sqlmigrate_rollback", "--noinput", "--allow-data-loss")


@pytest.mark.db
@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        ("sqlmigrate_apply", ["--noinput"], 5),
        ("sqlmigrate_apply", ["--noinput", "--dry-run"], 5),
        ("sqlmigrate_apply", ["9"], 2),
        ("sqlmigrate_rollback", ["--steps", "1", "--noinput"], 2),
        ("sqlmigrate_resolve", ["9"], 2),
        ("sqlmigrate_baseline", ["9"], 2),
    ],
)
def test_an_error_names_the_database(
    project: Project, command: str, arguments: list[str], code: int
) -> None:
    fits(project, "sqlmigrate_apply")
    project.write("002_bad", "BEGIN;\nSELECT nowhere;\nCOMMIT;\n")
    found = fits(project, command, *arguments, code=code)
    assert found["exit_code"] == code
    assert found["database"]["alias"] == project.alias
    assert found["database"]["name"] == project.database.name


@pytest.mark.db
def test_real_outputs_of_a_baseline_fit(project: Project) -> None:
    refused = fits(project, "sqlmigrate_baseline", "1", code=2)
    assert [each["code"] for each in refused["findings"]] == ["table.missing"]
    project.database.execute("CREATE TABLE one (id bigint PRIMARY KEY)")
    project.database.execute("CREATE TABLE alembic_version (version_num varchar(32))")
    adopted = fits(project, "sqlmigrate_baseline", "1")
    assert [each["version"] for each in adopted["recorded"]] == ["001_one"]
    assert [each["tool"] for each in adopted["other_histories"]] == ["Alembic"]
    assert fits(project, "sqlmigrate_baseline", "1")["recorded"] == []
    fits(project, "sqlmigrate_baseline", "9", code=2)


@pytest.mark.db
def test_real_outputs_of_create_and_lint_fit(project: Project) -> None:
    created = fits(project, "sqlmigrate_create", "AddTwo", "--dry-run")
    assert created["written"] is False
    assert fits(project, "sqlmigrate_create", "AddTwo", "--empty")["written"] is True
    assert fits(project, "sqlmigrate_lint", fail_on="never")["files"]
    explained = fits(project, "sqlmigrate_lint", "--explain", "lint.foreign_key_index")
    assert explained["rule"]["what"]
    fits(project, "sqlmigrate_lint", "--explain", "lint.nothing", code=2)


@pytest.mark.db
def test_real_outputs_of_the_comparisons_fit(project: Project, tmp_path: Path) -> None:
    project.run("sqlmigrate_apply")
    only = {"only": "migrations,database"}
    assert fits(project, "validate_schema", **only)["ok"] is True
    snapshot = tmp_path / "schema.jsonl"
    # The file of --output is the snapshot; its report goes to the standard output.
    fits(project, "schema_snapshot", "--of", "database", output=str(snapshot))
    project.database.execute(
        "ALTER TABLE one ADD COLUMN note text; CREATE VIEW v AS SELECT 1 AS a"
    )
    found = fits(project, "validate_schema", code=1, **only)
    assert {each["code"] for each in found["findings"]} >= {"column.extra", "view.extra"}
    assert fits(project, "validate_schema", code=1, expected=str(snapshot))["expected"]
    fits(project, "validate_schema", only="models", code=2)
    differing = project.run(
        "schema_diff", "--from", str(snapshot), "--to", "database", format="json"
    )
    assert complaints("schema_diff", json.loads(differing.out)) == []


@pytest.mark.db
def test_outputs_of_different_commands_do_not_pass_for_each_other(project: Project) -> None:
    status = fits(project, "sqlmigrate_status")
    plan = fits(project, "sqlmigrate_apply", "--plan")
    assert complaints("sqlmigrate_apply", status)
    assert complaints("sqlmigrate_status", plan)
    assert complaints("validate_schema", plan)
    assert complaints("schema_diff", plan)
