"""A project with every sort of model is compared without one false alarm, model by model.

Two projects have the same models: one is migrated by Django's own migrations and has no SQL files,
the other has SQL files that were drafted from the models. All that is done with either happens
once, in a process of its own; a test looks at one model's share of it.
"""

from __future__ import annotations

import ast
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest

from schema_tools.schema.names import qualified

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = sorted((HERE / "zoo" / "models").glob("[!_]*.py"))
# What is no finding: of a view nobody can say more, and nothing else made by hand has a model.
HIDDEN_VIEW = {"what": "model of public.legacy_view", "reason": "it is a view, not a table"}
ICU = "provider = icu, locale = 'und-u-ks-level2', deterministic = false"
WITHOUT_ICU = "provider = libc, locale = 'C'"
INTRUDER = """
DO $$
DECLARE found regclass;
BEGIN
  FOR found IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'r' AND n.nspname IN ('public', 'app')
                  AND c.relname NOT LIKE 'schema\\_migration%'
  LOOP
    EXECUTE format('ALTER TABLE %s ADD COLUMN intruder integer', found);
  END LOOP;
END $$
"""
MIGRATE = ["migrate", "--skip-checks", "--verbosity", "0"]
VALIDATE = ["validate_schema", "--format", "json"]
VALIDATE_ARCHIVE = [*VALIDATE, "--database", "archive", "--only", "models,database"]

pytestmark = pytest.mark.db


def model_names() -> list[str]:
    """Return the names of the models, read from their files: only the project can import them."""
    names: list[str] = []
    for path in MODULES:
        if path.stem == "since_6_1" and django.VERSION < (6, 1):
            continue
        models: set[str] = {"Model"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and models & set(map(_last_name, node.bases)):
                models.add(node.name)
                if not _is_abstract(node):
                    names.append(node.name)
    return names


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _is_abstract(node: ast.ClassDef) -> bool:
    return "abstract = True" in ast.unparse(node)


@dataclass(frozen=True)
class Zoo:
    """What came of a project."""

    tables: dict[str, list[list[str]]]
    report: dict[str, Any]
    known: list[list[str]]
    """The tables that were seen to be compared."""
    archive: dict[str, Any]

    def findings_on(self, tables: list[list[str]]) -> list[dict[str, Any]]:
        """Return the findings on these tables or what belongs to them."""
        return [each for each in self.report["findings"] if place(each) in tables]


def place(finding: dict[str, Any]) -> list[str] | None:
    """Return schema and name of the table that a finding is about."""
    of = finding["object"]
    return [of["schema"], of["table"] or of["name"]] if of else None


@contextmanager
def databases(server) -> Iterator[dict[str, str]]:
    """Make two databases; yield the environment that names them."""
    name = f"zoo_{secrets.token_hex(6)}"
    made = (name, f"{name}_archive")
    for each in made:
        server.create(each)
    url = "postgresql://{user}@/{name}?host={host}&port={port}"
    default, archive = (url.format(**{**server.params, "name": each}) for each in made)
    try:
        yield {
            "ZOO_DEFAULT": default,
            "ZOO_ARCHIVE": archive,
            "ZOO_SERVER_VERSION": str(server.version),
        }
    finally:  # else the tablespace cannot go either, and no standby can be made of the server
        for each in made:
            server.execute(f"DROP DATABASE {each} WITH (FORCE)")


def prerequisites(server) -> str:
    """Return the SQL of what models need and do not make."""
    text = (HERE / "prerequisites.sql").read_text(encoding="utf-8")
    assert ICU in text
    known = server.execute("SELECT FROM pg_collation WHERE collprovider = 'i' LIMIT 1")
    return text if known else text.replace(ICU, WITHOUT_ICU)


def done(folder: Path, environment: dict[str, str], *commands: list[str]) -> list[str]:
    """Run the commands in one process; return what each has printed."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.field_zoo.program", json.dumps(commands)],
        cwd=ROOT,
        env={
            **os.environ,
            **environment,
            "ZOO_FOLDER": str(folder),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.field_zoo.settings",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    results = json.loads(run.stdout)
    for words, result in zip(commands, results, strict=True):
        # A validation that finds something is no error: the tests look at it.
        accepted = {0, 1} if words[0] == VALIDATE[0] else {0}
        assert result["code"] in accepted, (words, result["out"], result["err"])
    return [result["out"] for result in results]


LOOK = (["zoo_tables"], VALIDATE, VALIDATE_ARCHIVE)


def spoilt(report: dict[str, Any]) -> list[list[str] | None]:
    """Return the tables that are said to have a column too much."""
    return [
        place(each)
        for each in report["findings"]
        if each["code"] == "column.extra" and each["object"]["name"] == "intruder"
    ]


@pytest.fixture(scope="module")
def tablespace(server) -> Iterator[None]:
    """The tablespace that a model names."""
    with psycopg.connect(**server.params, dbname="postgres", autocommit=True) as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE zoo_space LOCATION ''")
    yield
    server.execute("DROP TABLESPACE zoo_space")


@pytest.fixture(scope="module")
def migrated(server, tablespace, tmp_path_factory) -> Iterator[Zoo]:
    """The project that Django's migrations have made, and that has no SQL files."""
    folder = tmp_path_factory.mktemp("migrated")
    for label in ("zoo", "annex"):
        (folder / f"{label}_migrations").mkdir()
        (folder / f"{label}_migrations" / "__init__.py").touch()
    with databases(server) as environment:
        with psycopg.connect(environment["ZOO_DEFAULT"]) as connection:
            connection.execute(prerequisites(server))
        *_before, tables, report, archive, _done, after = done(
            folder,
            {**environment, "ZOO_MIGRATED": "1"},
            ["makemigrations", "zoo", "annex", "--skip-checks", "--verbosity", "0"],
            MIGRATE,
            [*MIGRATE, "--database", "archive"],
            *LOOK,
            ["run_sql", INTRUDER],
            VALIDATE,
        )
        known = spoilt(json.loads(after))
        yield Zoo(json.loads(tables), json.loads(report), known, json.loads(archive))


@pytest.fixture(scope="module")
def drafted(server, tablespace, tmp_path_factory) -> Iterator[Zoo]:
    """The project whose SQL files were drafted from the models before anything was applied."""
    folder = tmp_path_factory.mktemp("drafted")
    files = folder / "migrations_sql"
    files.mkdir()
    (files / "001_prerequisites.sql").write_text(
        "-- Requires: auth.0012_alter_user_first_name_max_length\n"
        f"BEGIN;\n{prerequisites(server)}COMMIT;\n",
        encoding="utf-8",
    )
    with databases(server) as environment:
        printed = done(
            folder,
            environment,
            [*MIGRATE, "auth"],
            ["sqlmigrate_create", "Zoo", "--from-models", "--noinput"],
            ["sqlmigrate_apply", "--noinput"],
            MIGRATE,
            [*MIGRATE, "--database", "archive", "--run-syncdb"],
            *LOOK,
        )
        tables, report, archive = map(json.loads, printed[-len(LOOK) :])
        text = "".join(path.read_text(encoding="utf-8") for path in files.iterdir())
        known = [
            table
            for each in tables.values()
            for table in each
            if f"CREATE TABLE {qualified(*table)} (" in text
        ]
        yield Zoo(tables, report, known, archive)


@pytest.fixture(params=["migrated", "drafted"])
def zoo(request) -> Zoo:
    """Both projects, one after the other."""
    found: Zoo = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("name", model_names())
def test_model_is_compared_and_nothing_is_found(name: str, zoo: Zoo) -> None:
    if name not in zoo.tables and name in {"Virtual", "OrderedTokens"}:
        pytest.skip("needs PostgreSQL 18, and a Django that can state it")
    tables = [table for table in zoo.tables[name] if table != ["public", "legacy_view"]]
    assert zoo.findings_on(tables) == []
    notes = [each for each in zoo.report["not_checked"] if each["what"] == f"model zoo.{name}"]
    assert notes == []
    assert [table for table in tables if table not in zoo.known] == []


def test_there_are_enough_models() -> None:
    assert len(model_names()) >= 80


def test_proxies_and_swapped_models_have_no_table(zoo: Zoo) -> None:
    without = {name for name, tables in zoo.tables.items() if not tables}
    assert without == {"RestaurantProxy", "SwappedOut"}
    assert set(zoo.tables) <= set(model_names())


def test_nothing_is_found_elsewhere(zoo: Zoo) -> None:
    assert zoo.report["findings"] == []
    assert HIDDEN_VIEW in zoo.report["not_checked"]
    models = [each for each in zoo.report["not_checked"] if each["what"].startswith("model ")]
    assert models == [HIDDEN_VIEW]


def test_models_of_another_database_are_compared_there_only(zoo: Zoo) -> None:
    assert zoo.archive["findings"] == []
    assert zoo.archive["summary"]["objects_compared"] < 50
    assert zoo.tables["Numbers"] == [["public", "zoo_numbers"]]
