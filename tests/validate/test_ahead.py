"""Models' tables are made while files are replayed, where that comes to the same."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from schema_tools.services import ahead
from schema_tools.services.ahead import Ahead
from schema_tools.services.cache import VARIABLE
from tests.validate.sample import ROOT, validated

pytestmark = pytest.mark.db

HIDDEN = "DO $do$ BEGIN EXECUTE $sql${}$sql$; END $do$"
FUNCTION = "CREATE FUNCTION {} RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'x'$$"


@pytest.fixture
def folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample's SQL files in a folder of their own, with a cache of its own."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    shutil.copytree(ROOT / "migrations_sql", tmp_path / "files")
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path / "files")}
    return tmp_path / "files"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether what was made ahead counted, each time that something was."""
    seen: list[bool] = []
    read = Ahead.read

    def noted(self: Ahead, *given: Any, **named: Any) -> Any:
        found = read(self, *given, **named)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(Ahead, "read", noted)
    return seen


def one_after_the_other(alias: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a validation finds that does nothing ahead."""
    monkeypatch.setattr(ahead, "_can_go_ahead", lambda _replays: False)
    return validated(alias, "--no-cache")


APART = {
    "the sample's own files, whose type a model has": "",
    "a function that no model names": FUNCTION.format("apart()"),
    "a type that only code shows": HIDDEN.format("CREATE TYPE apart AS (i int)"),
    "a value more of a model's type": "ALTER TYPE user_role ADD VALUE 'guest'",
    "a comment on a model's type": "COMMENT ON TYPE user_role IS 'what a user may do'",
    "a schema with a table": "CREATE SCHEMA apart CREATE TABLE users (id int)",
    "a type that is gone again": "CREATE TYPE apart AS (i int);\nDROP TYPE apart",
    "a sequence that a table owns in the end": (
        "CREATE SEQUENCE apart_seq; CREATE TABLE apart (i int DEFAULT nextval('apart_seq'));\n"
        "ALTER SEQUENCE apart_seq OWNED BY apart.i"
    ),
}
IN_DOUBT = {
    "a type that only code shows, named as a column": HIDDEN.format("CREATE DOMAIN email AS text"),
    "a function that only code shows, named as a column": HIDDEN.format(
        FUNCTION.format("username(text)")
    ),
    "a name that is no word": HIDDEN.format('CREATE DOMAIN "e-mail" AS text'),
    "a model's type that code changes": HIDDEN.format("ALTER TYPE user_role ADD VALUE 'guest'"),
    "a cast": (
        "CREATE FUNCTION role_of(text) RETURNS user_role IMMUTABLE LANGUAGE sql\n"
        "    RETURN 'user'::user_role;\n"
        "CREATE CAST (text AS user_role) WITH FUNCTION role_of(text) AS IMPLICIT"
    ),
    "an operator that only code shows": HIDDEN.format(
        "CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)"
    ),
}


def sql(folder: Path, statements: str) -> None:
    if statements:
        text = f"-- Migration: 005_more.sql\nBEGIN;\n{statements};\nCOMMIT;\n"
        (folder / "005_more.sql").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("statements", APART.values(), ids=APART)
def test_tables_are_made_ahead_of_what_has_no_part_in_them(
    sample, alias: str, folder: Path, counted: list[bool], statements: str, monkeypatch
) -> None:
    sql(folder, statements)
    found = validated(alias)
    assert counted == [True]
    assert one_after_the_other(alias, monkeypatch) == found
    assert counted == [True]


@pytest.mark.parametrize("statements", IN_DOUBT.values(), ids=IN_DOUBT)
def test_tables_are_made_again_beside_what_may_have_a_part_in_them(
    sample, alias: str, folder: Path, counted: list[bool], statements: str, monkeypatch
) -> None:
    sql(folder, statements)
    found = validated(alias)
    assert True not in counted
    assert one_after_the_other(alias, monkeypatch) == found


def test_a_model_that_needs_what_only_code_shows_is_made_after_the_files(
    sample, alias: str, folder: Path, counted: list[bool], monkeypatch
) -> None:
    first = folder / "001_initial_schema.sql"
    text = first.read_text(encoding="utf-8")
    shown = "CREATE TYPE user_role AS ENUM ('user', 'admin', 'moderator');"
    assert shown in text
    hidden = HIDDEN.format(shown.rstrip(";"))
    first.write_text(text.replace(shown, f"{hidden};"), encoding="utf-8")
    found = validated(alias, "--only", "models,migrations")
    assert counted == [False]
    assert found["findings"] == []
    assert [each["what"] for each in found["not_checked"]] == [
        "database",
        "6 tables of Django's own migrations",
    ]


def test_an_interruption_of_one_ends_the_other(
    sample, server, alias: str, folder: Path, monkeypatch
) -> None:
    sql(folder, "SELECT pg_sleep(600)")

    def interrupted(_connection: Any, _some: Any) -> None:
        until_asleep(server)
        raise KeyboardInterrupt

    monkeypatch.setattr(ahead, "run_together", interrupted)
    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        call_command("validate_schema", database=alias)
    connections[alias].close()
    assert time.monotonic() - before < 400
    assert not [each for each in threading.enumerate() if "replay" in each.name]
    left = "SELECT datname FROM pg_database WHERE datname LIKE 'schema_tools_scratch%'"
    assert server.execute(left) == []


def until_asleep(server: Any) -> None:
    asleep = (
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%'"
        " AND pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + 180
    while not server.execute(asleep):
        assert time.monotonic() < deadline, "the replay never began"
        time.sleep(0.05)
